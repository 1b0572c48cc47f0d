// Clock: the time, which tests can set.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace custos {

// Clock gives Unix time in milliseconds. Thread-safe.
class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;
  [[nodiscard]] virtual std::int64_t now_ms() const noexcept = 0;

  // system is the machine's clock; it lives for the whole process.
  [[nodiscard]] static const Clock& system() noexcept;
};

// steady_ns counts from boot and never goes back, whatever is done to the clock. coarse_ns is the same within a few milliseconds,
// behind it, for a few nanoseconds (clock_gettime(2), CLOCK_MONOTONIC_COARSE).
[[nodiscard]] std::int64_t steady_ns() noexcept;
[[nodiscard]] std::int64_t coarse_ns() noexcept;

// ManualClock stands still until a test moves it.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(std::int64_t now_ms) noexcept : now_ms_(now_ms) {}
  [[nodiscard]] std::int64_t now_ms() const noexcept override { return now_ms_.load(std::memory_order_relaxed); }
  void set_ms(std::int64_t now_ms) noexcept { now_ms_.store(now_ms, std::memory_order_relaxed); }
  void advance(std::chrono::milliseconds by) noexcept { now_ms_.fetch_add(by.count(), std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> now_ms_;
};

}  // namespace custos
