#include "tools/bench/allocation_count.h"

#include <cstddef>

// glibc's own allocator behind the names that this file takes (malloc/malloc.c).
// NOLINTBEGIN(readability-identifier-naming)
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
}
// NOLINTEND(readability-identifier-naming)

namespace {
constinit thread_local std::uint64_t count = 0;
}  // namespace

namespace custos::bench {
std::uint64_t allocations() noexcept { return count; }
}  // namespace custos::bench

// A program's own definitions come before those of libc for every library in the process. operator new calls malloc.
extern "C" {
[[gnu::visibility("default")]] void* malloc(std::size_t size) noexcept {
  ++count;
  return __libc_malloc(size);
}
[[gnu::visibility("default")]] void* calloc(std::size_t number, std::size_t size) noexcept {
  ++count;
  return __libc_calloc(number, size);
}
[[gnu::visibility("default")]] void* realloc(void* memory, std::size_t size) noexcept {
  ++count;
  return __libc_realloc(memory, size);
}
[[gnu::visibility("default")]] void* memalign(std::size_t alignment, std::size_t size) noexcept {
  ++count;
  return __libc_memalign(alignment, size);
}
[[gnu::visibility("default")]] void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  ++count;
  return __libc_memalign(alignment, size);
}
}
