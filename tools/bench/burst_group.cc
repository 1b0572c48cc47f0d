// Bursts: 1 to 1,000 requests that are all due at once, after a pause in which the shelf was filled.
#include "tools/bench/groups.h"
#include "tools/bench/key_subject.h"
#include "tools/bench/open_loop.h"
#include "tools/bench/plan.h"
#include "tools/bench/sample_message.h"

namespace custos::bench {
namespace {

constexpr std::size_t kMessageSize = 200;
constexpr std::size_t kDepth = 64;
constexpr std::size_t kBursts[] = {1, 10, 100, 1000};

}  // namespace

Result<void> run_burst_group(Workbench& bench, const Run& run) {
  auto key = bench.prepare_key(Workbench::kShelf, kDepth);
  if (!key) return key.failure();
  const SampleMessage message(kMessageSize);
  const auto raw = bench.raw().sign_loop(message.view());
  if (raw == nullptr) return fail(Errc::busy, Origin::token, "the token gives the raw loop no session");
  KeySubject armed(*key, message.view(), RearmedBy::caller);

  std::vector<Case> cases;
  for (const std::size_t burst : kBursts) {
    const auto add = [&](const char* name, const char* title, Subject& subject, std::optional<std::size_t> shelf) {
      Measurement head{"burst", name, title, {.message_size = kMessageSize, .shelf = shelf, .burst = burst}};
      cases.push_back({std::move(head), [&subject, burst, &run] { return run_burst(subject, burst, run.effort.bursts); }});
    };
    add("raw", "raw loop, C_SignInit + C_Sign", *raw, std::nullopt);
    add("armed", "Custos, 64 armed", armed, kDepth);
  }
  run_cases(std::move(cases), run.effort.repetitions, run.progress, run.report);
  return {};
}

}  // namespace custos::bench
