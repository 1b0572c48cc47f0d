#include "tools/bench/closed_loop.h"

#include <latch>
#include <thread>
#include <vector>

#include "tools/bench/allocation_count.h"
#include "tools/bench/interrupt.h"
#include "tools/bench/tick_clock.h"

namespace custos::bench {
namespace {

void warm_up(Subject& subject, std::chrono::nanoseconds time) noexcept {
  const TickClock& clock = TickClock::instance();
  const std::uint64_t until = clock.now() + clock.to_ticks(time);
  while (clock.now() < until && !interrupted()) {
    subject.sign();
    subject.rearm();
  }
}

void measure(Subject& subject, std::chrono::nanoseconds time, Rearming rearming, Repetition& seen) noexcept {
  const TickClock& clock = TickClock::instance();
  const ContextSwitches switches = ContextSwitches::now();
  const std::uint64_t armed = subject.armed();
  const std::uint64_t start = clock.now();
  const std::uint64_t until = start + clock.to_ticks(time);
  std::uint64_t now = start;
  while (now < until && !interrupted()) {
    const std::uint64_t allocated = allocations();
    const std::uint64_t asked = clock.now();
    const bool done = subject.sign();
    const std::uint64_t answered = clock.now();
    seen.allocations += allocations() - allocated;
    seen.failures += done ? 0 : 1;
    seen.latency.record(clock.to_ns(answered - asked));
    subject.rearm();
    now = clock.now();
  }
  const std::uint64_t taken = clock.to_ns(now - start);
  if (rearming == Rearming::counted && taken > 0) {
    seen.per_second = 1e9 * static_cast<double>(seen.latency.count()) / static_cast<double>(taken);
  }
  seen.armed = subject.armed() - armed;
  seen.switches = ContextSwitches::now() - switches;
}

}  // namespace

Repetition run_closed_loop(const SubjectFactory& make, unsigned threads, std::chrono::nanoseconds time, Rearming rearming) {
  std::vector<Repetition> seen(threads);
  std::latch ready(threads);
  {
    std::vector<std::jthread> workers;
    workers.reserve(threads);
    for (Repetition& mine : seen) {
      workers.emplace_back([&make, &ready, &mine, time, rearming] {
        const auto subject = make();
        if (subject != nullptr) warm_up(*subject, time / 10);
        ready.arrive_and_wait();
        if (subject == nullptr) {
          mine.failures = 1;
        } else {
          measure(*subject, time, rearming, mine);
        }
      });
    }
  }
  for (std::size_t i = 1; i < seen.size(); ++i) seen.front().add(seen[i]);
  return std::move(seen.front());
}

}  // namespace custos::bench
