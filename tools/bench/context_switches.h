// Context switches of the calling thread.
#pragma once

#include <sys/resource.h>

#include <cstdint>

namespace custos::bench {

// ContextSwitches: `voluntary` ones gave up the processor (a lock, a sleep), `involuntary` ones lost it to another thread.
struct ContextSwitches {
  std::uint64_t voluntary = 0, involuntary = 0;

  [[nodiscard]] static ContextSwitches now() noexcept {
    rusage usage{};
    if (::getrusage(RUSAGE_THREAD, &usage) != 0) return {};
    return {static_cast<std::uint64_t>(usage.ru_nvcsw), static_cast<std::uint64_t>(usage.ru_nivcsw)};
  }
  ContextSwitches& operator+=(const ContextSwitches& other) noexcept {
    voluntary += other.voluntary;
    involuntary += other.involuntary;
    return *this;
  }
  friend ContextSwitches operator-(const ContextSwitches& a, const ContextSwitches& b) noexcept {
    return {a.voluntary - b.voluntary, a.involuntary - b.involuntary};
  }
};

}  // namespace custos::bench
