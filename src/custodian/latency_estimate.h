// LatencyEstimate: how long a device takes for a signature, as it has been of late.
#pragma once

#include <atomic>
#include <cstdint>

namespace custos {

// LatencyEstimate is a moving mean and deviation, as RFC 6298 has them for round trips. Threads that observe at once may lose one
// of the observations. Nanoseconds; 0 until something was observed.
class LatencyEstimate {
 public:
  void observe(std::uint64_t took_ns) noexcept {
    const std::uint64_t mean = mean_.load(std::memory_order_relaxed);
    const std::uint64_t deviation = deviation_.load(std::memory_order_relaxed);
    if (mean == 0) {
      mean_.store(took_ns, std::memory_order_relaxed);
      deviation_.store(took_ns / 2, std::memory_order_relaxed);
      return;
    }
    const std::uint64_t off = took_ns > mean ? took_ns - mean : mean - took_ns;
    mean_.store(mean - mean / 8 + took_ns / 8, std::memory_order_relaxed);
    deviation_.store(deviation - deviation / 4 + off / 4, std::memory_order_relaxed);
  }

  [[nodiscard]] std::uint64_t mean() const noexcept { return mean_.load(std::memory_order_relaxed); }
  // late is what about one signature in twenty exceeds.
  [[nodiscard]] std::uint64_t late() const noexcept { return mean() + 2 * deviation_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> mean_{0}, deviation_{0};
};

}  // namespace custos
