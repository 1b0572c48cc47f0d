#include "tools/bench/tick_clock.h"

#include <thread>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace custos::bench {
namespace {

// has_invariant_tsc: CPUID leaf 80000007H, EDX bit 8 (Intel SDM volume 2, CPUID).
bool has_invariant_tsc() noexcept {
#if defined(__x86_64__)
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid(0x80000007U, &a, &b, &c, &d) != 0 && (d >> 8U & 1U) != 0;
#else
  return false;
#endif
}

}  // namespace

const TickClock& TickClock::instance() {
  static const TickClock clock;
  return clock;
}

TickClock::TickClock() : uses_tsc_(has_invariant_tsc()) {
  if (!uses_tsc_) return;
  const std::uint64_t ticks = now(), ns = steady_ns();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const std::uint64_t ticks_passed = now() - ticks, ns_passed = steady_ns() - ns;
  ns_per_tick_ = static_cast<double>(ns_passed) / static_cast<double>(ticks_passed);
}

}  // namespace custos::bench
