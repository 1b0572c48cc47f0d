// TickClock: the clock that the benchmark measures with.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace custos::bench {

// TickClock counts the processor's own ticks where they are of constant rate (Intel SDM volume 3, section 18.17.1, invariant
// TSC), calibrated against the steady clock, else the steady clock's nanoseconds. Immutable.
class TickClock {
 public:
  // instance calibrates when it is first used, which takes 20 ms.
  [[nodiscard]] static const TickClock& instance();

  [[nodiscard]] std::uint64_t now() const noexcept {
#if defined(__x86_64__)
    if (uses_tsc_) {
      _mm_lfence();  // what was called before is done
      return __rdtsc();
    }
#endif
    return steady_ns();
  }

  [[nodiscard]] std::uint64_t to_ns(std::uint64_t ticks) const noexcept {
    return static_cast<std::uint64_t>(static_cast<double>(ticks) * ns_per_tick_);
  }
  [[nodiscard]] std::uint64_t to_ticks(std::chrono::nanoseconds time) const noexcept {
    return static_cast<std::uint64_t>(static_cast<double>(time.count()) / ns_per_tick_);
  }

  [[nodiscard]] std::string_view source() const noexcept { return uses_tsc_ ? "TSC" : "CLOCK_MONOTONIC"; }

 private:
  TickClock();
  static std::uint64_t steady_ns() noexcept {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count());
  }

  bool uses_tsc_ = false;
  double ns_per_tick_ = 1;
};

// seconds_of gives how long `work` takes.
template <class Work>
double seconds_of(Work&& work) {
  const TickClock& clock = TickClock::instance();
  const std::uint64_t start = clock.now();
  work();
  return static_cast<double>(clock.to_ns(clock.now() - start)) / 1e9;
}

}  // namespace custos::bench
