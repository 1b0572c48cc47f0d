// The groups of comparisons, one file each.
#pragma once

#include <chrono>
#include <cstddef>

#include "custos/result.h"
#include "tools/bench/progress.h"
#include "tools/bench/report.h"
#include "tools/bench/workbench.h"

namespace custos::bench {

// Effort is how long and how often each case runs.
struct Effort {
  std::chrono::milliseconds closed_loop{400}, open_loop{1000}, call{200};
  std::size_t repetitions = 5;
  std::size_t bursts = 20;
  std::size_t credentials = 10'000;  // the most in a registry
  std::size_t keys = kManyKeys;      // the most in a keystore

  [[nodiscard]] static constexpr Effort quick() {
    return {std::chrono::milliseconds(25), std::chrono::milliseconds(50), std::chrono::milliseconds(10), 2, 3, 300, 1'000};
  }
};

// Run is what every group is handed.
struct Run {
  const Effort& effort;
  Progress& progress;
  Report& report;
};

// kShelf is how many sessions wait armed where the depth is not what is compared: the library's own default.
inline constexpr std::size_t kShelf = PrepareOptions{}.shelf;

// kArmedAhead is how many sessions the bare C_Sign has armed before, for each thread.
inline constexpr std::size_t kArmedAhead = 64;

// Each group adds what it measured to the report. Errors: those of the token; the report then lacks the group.
Result<void> run_key_group(Workbench& bench, const Run& run);       // closed loop on one key
Result<void> run_open_group(Workbench& bench, const Run& run);      // open loop at fixed rates
Result<void> run_software_group(const Run& run);                    // HMAC in software, call by call
Result<void> run_signing_group(const Run& run);                     // private keys in software
Result<void> run_keystore_group(const Run& run);                    // 1, 1,000 and 100,000 keys in software
Result<void> run_venue_group(const Run& run);                       // an order of each venue in software
Result<void> run_wallet_group(const Run& run);                      // transactions by a software key
Result<void> run_request_group(Workbench& bench, const Run& run);   // a whole Binance order
Result<void> run_message_group(Workbench& bench, const Run& run);   // messages from 64 B to 4 KiB
Result<void> run_registry_group(Workbench& bench, const Run& run);  // 1, 100 and 10,000 credentials
Result<void> run_shelf_group(Workbench& bench, const Run& run);     // shelves from 1 to 256 sessions
Result<void> run_burst_group(Workbench& bench, const Run& run);     // 1 to 1,000 requests at once

}  // namespace custos::bench
