// The same key in an open loop: requests due at fixed rates, latency counted from the moment each was due.
#include "custos/rearmer.h"
#include "tools/bench/groups.h"
#include "tools/bench/key_subject.h"
#include "tools/bench/open_loop.h"
#include "tools/bench/plan.h"
#include "tools/bench/sample_message.h"

namespace custos::bench {
namespace {

constexpr std::size_t kMessageSize = 200;
constexpr unsigned kRates[] = {1'000, 10'000, 30'000, 50'000};  // per second

Repetition failed() {
  Repetition none;
  none.failures = 1;
  return none;
}

}  // namespace

Result<void> run_open_group(Workbench& bench, const Run& run) {
  auto key = bench.prepare_key(Workbench::kArmed, kShelf);
  if (!key) return key.failure();
  auto signer = bench.custodian().prepare_request_signer(Workbench::kArmed);  // shares the key's shelf
  if (!signer) return signer.failure();
  const SampleMessage message(kMessageSize);
  const auto time = run.effort.open_loop;

  std::vector<Case> cases;
  const auto add = [&](unsigned rate, const char* subject, const char* title, std::function<Repetition()> repeat) {
    Measurement head{"open", subject, title, {.rate = rate, .message_size = kMessageSize}};
    cases.push_back({std::move(head), std::move(repeat)});
  };
  for (const unsigned rate : kRates) {
    add(rate, "raw", "raw loop, C_SignInit + C_Sign", [&bench, &message, rate, time] {
      const auto subject = bench.raw().sign_loop(message.view());
      return subject == nullptr ? failed() : run_open_loop(*subject, rate, time);
    });
    add(rate, "armed", "Custos, re-armed by the caller", [&key, &message, rate, time] {
      KeySubject subject(*key, message.view(), RearmedBy::caller);
      return run_open_loop(subject, rate, time);
    });
    add(rate, "background", "Custos, re-armed by a thread", [&key, &signer, &message, rate, time] {
      const auto rearmer = Rearmer::start();
      if (!rearmer) return failed();
      rearmer->add(*signer);
      KeySubject subject(*key, message.view(), RearmedBy::other);
      return run_open_loop(subject, rate, time);
    });
  }
  run_cases(std::move(cases), run.effort.repetitions, run.progress, run.report);
  return {};
}

}  // namespace custos::bench
