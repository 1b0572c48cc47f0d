// thread_number gives each thread a small number, by which threads spread over several copies of what they would fight for.
#pragma once

#include <atomic>
#include <cstddef>

namespace custos {

// thread_number is 0 for the first thread that asks, and counts on.
[[nodiscard]] inline std::size_t thread_number() noexcept {
  static constinit std::atomic<std::size_t> next{0};
  static thread_local const std::size_t number = next.fetch_add(1, std::memory_order_relaxed);
  return number;
}

}  // namespace custos
