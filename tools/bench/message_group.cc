// Growth with the message: 64 bytes to 4 KiB.
#include "software/software_key.h"
#include "tools/bench/closed_loop.h"
#include "tools/bench/groups.h"
#include "tools/bench/key_subject.h"
#include "tools/bench/plan.h"
#include "tools/bench/sample_message.h"

namespace custos::bench {

Result<void> run_message_group(Workbench& bench, const Run& run) {
  auto token_key = bench.prepare_key(Workbench::kArmed, kShelf);
  if (!token_key) return token_key.failure();
  auto software_key = software::SoftwareKey::make(key::Algorithm::hmac_sha256, bench.secret());
  if (!software_key) return software_key.failure();
  std::vector<SampleMessage> messages;
  for (std::size_t size = 64; size <= 4096; size *= 2) messages.emplace_back(size);

  std::vector<Case> cases;
  for (const SampleMessage& message : messages) {
    const auto add = [&](const char* subject, const char* title, SubjectFactory make) {
      Measurement head{"message", subject, title, {.message_size = message.view().size()}};
      cases.push_back({std::move(head), [make = std::move(make), &run] {
                         return run_closed_loop(make, 1, run.effort.closed_loop / 2, Rearming::counted);
                       }});
    };
    add("raw", "raw loop, C_SignInit + C_Sign", [&] { return bench.raw().sign_loop(message.view()); });
    add("armed", "Custos, armed", [&] { return std::make_unique<KeySubject>(*token_key, message.view(), RearmedBy::caller); });
    add("software", "Custos, in software",
        [&] { return std::make_unique<KeySubject>(*software_key, message.view(), RearmedBy::other); });
  }
  run_cases(std::move(cases), (run.effort.repetitions + 1) / 2, run.progress, run.report);
  return {};
}

}  // namespace custos::bench
