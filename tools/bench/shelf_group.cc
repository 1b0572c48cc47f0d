// Growth with the shelf: 1 to 256 sessions that wait armed.
#include "tools/bench/groups.h"
#include "tools/bench/key_subject.h"
#include "tools/bench/open_loop.h"
#include "tools/bench/plan.h"
#include "tools/bench/sample_message.h"

namespace custos::bench {
namespace {

constexpr std::size_t kMessageSize = 200;
constexpr std::size_t kBurst = 64;

}  // namespace

// Depths ascend, because the deepest shelf that was asked for counts.
Result<void> run_shelf_group(Workbench& bench, const Run& run) {
  const SampleMessage message(kMessageSize);
  for (std::size_t depth = 1; depth <= key::kMaxShelf; depth *= 4) {
    auto key = bench.prepare_key(Workbench::kShelf, depth);
    if (!key) return key.failure();
    KeySubject subject(*key, message.view(), RearmedBy::caller);
    Measurement head{"shelf", "armed", "Custos, 64 at once", {.message_size = kMessageSize, .shelf = depth, .burst = kBurst}};
    std::vector<Case> cases;
    cases.push_back({std::move(head), [&] { return run_burst(subject, kBurst, run.effort.bursts); }});
    run_cases(std::move(cases), run.effort.repetitions, run.progress, run.report);
  }
  return {};
}

}  // namespace custos::bench
