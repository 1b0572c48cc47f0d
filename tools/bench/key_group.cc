// HMAC-SHA256 of 200 bytes on one token key, in a closed loop: what the token's own calls cost, and what Custos makes of them.
#include "tools/bench/closed_loop.h"
#include "tools/bench/groups.h"
#include "tools/bench/key_subject.h"
#include "tools/bench/plan.h"
#include "tools/bench/sample_message.h"

namespace custos::bench {
namespace {

constexpr std::size_t kMessageSize = 200;

}  // namespace

Result<void> run_key_group(Workbench& bench, const Run& run) {
  auto armed = bench.prepare_key(Workbench::kArmed, kShelf);
  if (!armed) return armed.failure();
  auto unarmed = bench.prepare_key(Workbench::kUnarmed, 0);
  if (!unarmed) return unarmed.failure();
  const SampleMessage message(kMessageSize);

  struct Contender {
    const char* subject;
    const char* title;
    Rearming rearming;
    SubjectFactory make;
  };
  const Contender contenders[] = {
      {"floor", "bare C_Sign, armed before", Rearming::not_counted,
       [&] { return bench.raw().armed_sign(message.view(), kArmedAhead); }},
      {"raw", "raw loop, C_SignInit + C_Sign", Rearming::counted, [&] { return bench.raw().sign_loop(message.view()); }},
      {"armed", "Custos, armed", Rearming::counted,
       [&] { return std::make_unique<KeySubject>(*armed, message.view(), RearmedBy::caller); }},
      {"unarmed", "Custos, arming off", Rearming::counted,
       [&] { return std::make_unique<KeySubject>(*unarmed, message.view(), RearmedBy::other); }},
  };
  std::vector<Case> cases;
  for (const unsigned threads : {1U, 2U, 4U}) {
    for (const Contender& each : contenders) {
      Measurement head{"key", each.subject, each.title, {.threads = threads, .message_size = kMessageSize}};
      cases.push_back({std::move(head), [&each, &run, threads] {
                         return run_closed_loop(each.make, threads, run.effort.closed_loop, each.rearming);
                       }});
    }
  }
  run_cases(std::move(cases), run.effort.repetitions, run.progress, run.report);
  return {};
}

}  // namespace custos::bench
