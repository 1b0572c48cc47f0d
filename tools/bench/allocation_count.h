// Counts the heap allocations of each thread of this program, those of PKCS#11 modules and OpenSSL included.
#pragma once

#include <cstdint>

namespace custos::bench {

// allocations answers how often the calling thread has asked malloc, calloc, realloc or their relatives for memory.
[[nodiscard]] std::uint64_t allocations() noexcept;

}  // namespace custos::bench
