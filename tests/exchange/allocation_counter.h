// Counts the heap allocations of the calling thread in this test program.
#pragma once

#include <cstddef>

namespace custos::exchange::testing {

// allocations answers how often this thread has called operator new.
[[nodiscard]] std::size_t allocations() noexcept;

}  // namespace custos::exchange::testing
