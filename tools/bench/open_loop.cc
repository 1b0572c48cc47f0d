#include "tools/bench/open_loop.h"

#include "tools/bench/allocation_count.h"
#include "tools/bench/interrupt.h"
#include "tools/bench/tick_clock.h"

namespace custos::bench {
namespace {

void wait_until(const TickClock& clock, std::uint64_t due) noexcept {
  while (clock.now() < due && !interrupted()) {
#if defined(__x86_64__)
    _mm_pause();
#endif
  }
}

// Tally counts what one thread's signatures cost beside their latency.
class Tally {
 public:
  Tally(Subject& subject, Repetition& seen) noexcept
      : subject_(subject), seen_(seen), armed_(subject.armed()), switches_(ContextSwitches::now()) {}
  ~Tally() {
    seen_.armed = subject_.armed() - armed_;
    seen_.switches = ContextSwitches::now() - switches_;
  }
  Tally(const Tally&) = delete;
  Tally& operator=(const Tally&) = delete;

  // sign makes one signature that was due at `due`.
  void sign(const TickClock& clock, std::uint64_t due) noexcept {
    const std::uint64_t allocated = allocations();
    const bool done = subject_.sign();
    const std::uint64_t answered = clock.now();
    seen_.allocations += allocations() - allocated;
    seen_.failures += done ? 0 : 1;
    seen_.latency.record(clock.to_ns(answered - due));
  }

 private:
  Subject& subject_;
  Repetition& seen_;
  const std::uint64_t armed_;
  const ContextSwitches switches_;
};

}  // namespace

Repetition run_open_loop(Subject& subject, unsigned rate, std::chrono::nanoseconds time) {
  const TickClock& clock = TickClock::instance();
  constexpr std::chrono::nanoseconds kSecond = std::chrono::seconds(1);
  const std::uint64_t per_second = clock.to_ticks(kSecond);
  const std::uint64_t count = std::max<std::uint64_t>(1, rate * static_cast<std::uint64_t>(time.count()) / 1'000'000'000);
  Repetition seen;
  for (int i = 0; i < 100; ++i) {  // warm up
    subject.sign();
    subject.rearm();
  }
  subject.fill();
  const std::uint64_t start = clock.now();
  {
    Tally tally(subject, seen);
    for (std::uint64_t i = 0; i < count && !interrupted(); ++i) {
      const std::uint64_t due = start + i * per_second / rate;
      wait_until(clock, due);
      tally.sign(clock, due);
      subject.rearm();
    }
  }
  const std::uint64_t taken = clock.to_ns(clock.now() - start);
  if (taken > 0) seen.per_second = 1e9 * static_cast<double>(seen.latency.count()) / static_cast<double>(taken);
  return seen;
}

Repetition run_burst(Subject& subject, std::size_t size, std::size_t times) {
  const TickClock& clock = TickClock::instance();
  Repetition seen;
  std::uint64_t signing = 0;
  {
    Tally tally(subject, seen);
    for (std::size_t burst = 0; burst < times && !interrupted(); ++burst) {
      subject.fill();
      const std::uint64_t due = clock.now();
      for (std::size_t i = 0; i < size && !interrupted(); ++i) tally.sign(clock, due);
      signing += clock.now() - due;
    }
  }
  const std::uint64_t taken = clock.to_ns(signing);
  if (taken > 0) seen.per_second = 1e9 * static_cast<double>(seen.latency.count()) / static_cast<double>(taken);
  return seen;
}

}  // namespace custos::bench
