// thread_number gives each thread a small number, by which threads spread over several copies of what they would fight for.
#pragma once

#include <atomic>
#include <cstddef>

namespace custos {

namespace detail {
inline constinit std::atomic<std::size_t> last_thread_number{0};
inline thread_local constinit std::size_t own_thread_number = 0;  // not asked yet
}  // namespace detail

// thread_number is 1 for the first thread that asks, and counts on.
[[nodiscard]] inline std::size_t thread_number() noexcept {
  std::size_t& number = detail::own_thread_number;
  if (number == 0) number = detail::last_thread_number.fetch_add(1, std::memory_order_relaxed) + 1;
  return number;
}

}  // namespace custos
