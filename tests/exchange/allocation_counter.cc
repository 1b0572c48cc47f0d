#include "exchange/allocation_counter.h"

#include <cstdlib>
#include <new>

namespace {

thread_local std::size_t count = 0;

void* counted(std::size_t size) noexcept {
  ++count;
  return std::malloc(size == 0 ? 1 : size);
}

void* counted_or_abort(std::size_t size) noexcept {
  void* memory = counted(size);
  if (memory == nullptr) std::abort();
  return memory;
}

}  // namespace

namespace custos::exchange::testing {
std::size_t allocations() noexcept { return count; }
}  // namespace custos::exchange::testing

void* operator new(std::size_t size) { return counted_or_abort(size); }
void* operator new[](std::size_t size) { return counted_or_abort(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return counted(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return counted(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
