// Report: all that one run of the benchmark found.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/bench/measurement.h"

namespace custos::bench {

// CallTime is the processor time of one call of a library function: the median over repetitions of the mean.
struct CallTime {
  std::string subject;
  std::string title;
  std::optional<double> ns;  // absent: `note` says why
  std::string note;
};

// RegistrySize is how a signer fares in a home with that many credentials.
struct RegistrySize {
  std::size_t credentials = 0;
  double first_prepare_ms = 0;  // the registry was changed before
  double prepare_ms = 0;
  double sign_p50_ns = 0;
  double resident_mib = 0;
};

// kManyKeys is as many as a keystore is to hold with ease.
inline constexpr std::size_t kManyKeys = 100'000;

// KeystoreSize is how a software keystore of that many keys fares.
struct KeystoreSize {
  std::size_t keys = 0;
  double open_ms = 0;
  double list_ms = 0;        // once it is open
  double first_sign_ms = 0;  // preparing a key and its first signature; the passphrase was given before
  double resident_mib = 0;   // what opening it added
};

// CcxtTime is what tools/bench/compare-ccxt measured of ccxt's sign.
struct CcxtTime {
  std::string version, node;
  double p50_ns = 0, p99_ns = 0, per_second = 0;
  std::map<std::string, double, std::less<>> venue_p50_ns;  // of the venues that ccxt has
};

// Ratio is one row of the figures to reach.
struct Ratio {
  enum class Goal : unsigned char { none, at_least, at_most };
  std::string name;
  double measured = 0;
  std::string unit;  // "×", "ns", "per signature"
  Goal goal = Goal::none;
  double limit = 0;

  [[nodiscard]] bool met() const noexcept {
    return goal == Goal::none || (goal == Goal::at_least ? measured >= limit : measured <= limit);
  }
};

// TokenSummary is the token that was measured; an empty label: none was needed.
struct TokenSummary {
  std::string name, label, manufacturer, model, profile, module;
  std::string arming;        // "off", "key" or "copies"
  std::string raw_instance;  // how the raw loop got at the module
};

using Facts = std::vector<std::pair<std::string, std::string>>;

struct Report {
  bool quick = false;
  bool complete = true;  // false: interrupted
  Facts machine;         // "processor", "kernel", "OpenSSL", …
  TokenSummary token;
  double timer_ns = 0;  // what reading the clock once costs
  std::vector<Measurement> measurements;
  std::vector<CallTime> calls;
  std::vector<RegistrySize> registry;
  std::vector<KeystoreSize> keystore;
  std::optional<CcxtTime> ccxt;
  std::vector<Ratio> ratios;
  std::vector<std::string> notes;

  // find gives the measurement of a subject under a load, nullptr when it was not made.
  [[nodiscard]] const Measurement* find(std::string_view group, std::string_view subject, unsigned threads = 1,
                                        std::optional<unsigned> rate = std::nullopt) const;
  [[nodiscard]] std::optional<double> call_ns(std::string_view subject) const;
};

}  // namespace custos::bench
