#include "memory/heap_watch.h"

#include <cxxabi.h>
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unwind.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

// glibc's own allocator behind the public names (malloc/malloc.c).
extern "C" {
void* __libc_malloc(std::size_t);                 // NOLINT(bugprone-reserved-identifier)
void __libc_free(void*);                          // NOLINT(bugprone-reserved-identifier)
void* __libc_calloc(std::size_t, std::size_t);    // NOLINT(bugprone-reserved-identifier)
void* __libc_realloc(void*, std::size_t);         // NOLINT(bugprone-reserved-identifier)
void* __libc_memalign(std::size_t, std::size_t);  // NOLINT(bugprone-reserved-identifier)
}

namespace custos::memory {
namespace {

// The table is open-addressed, in a mapping of its own: recording must not allocate.
constexpr std::size_t kSlots = 1U << 17U;
constexpr std::uintptr_t kErased = 1;

class SpinLock {
 public:
  explicit SpinLock(std::atomic_flag& flag) : flag_(flag) {
    while (flag_.test_and_set(std::memory_order_acquire)) {
    }
  }
  ~SpinLock() { flag_.clear(std::memory_order_release); }
  SpinLock(const SpinLock&) = delete;
  SpinLock& operator=(const SpinLock&) = delete;

 private:
  std::atomic_flag& flag_;
};

constinit std::atomic_flag table_lock = ATOMIC_FLAG_INIT;
constinit Block* table = nullptr;
constinit const std::vector<Pattern>* watched = nullptr;
constinit std::vector<FreedSecret>* freed = nullptr;

// inside keeps the hooks from watching what they allocate themselves.
thread_local constinit bool inside = false;
thread_local constinit std::size_t allocation_count = 0;
thread_local constinit AllocationRecord* record = nullptr;

class Inside {
 public:
  Inside() { inside = true; }
  ~Inside() { inside = false; }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;
};

std::size_t slot_of(std::uintptr_t address) { return (address >> 4U) * 0x9E3779B97F4A7C15U >> 47U; }

struct Walk {
  Frames& frames;
  std::size_t used = 0;
};

_Unwind_Reason_Code take_frame(_Unwind_Context* context, void* argument) {
  auto& walk = *static_cast<Walk*>(argument);
  if (walk.used == walk.frames.size()) return _URC_END_OF_STACK;
  walk.frames[walk.used++] = _Unwind_GetIP(context);
  return _URC_NO_REASON;
}

Frames walk_stack() {
  Frames frames{};
  Walk walk{frames};
  _Unwind_Backtrace(take_frame, &walk);
  return frames;
}

// insert and take run under the lock.
void insert(const Block& block) {
  if (table == nullptr) {
    void* pages =
        mmap(nullptr, kSlots * sizeof(Block), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (pages == MAP_FAILED) std::abort();
    table = static_cast<Block*>(pages);
  }
  for (std::size_t tried = 0, i = slot_of(block.address); tried < kSlots; ++tried, i = (i + 1) % kSlots) {
    if (table[i].address > kErased) continue;
    table[i] = block;
    return;
  }
  std::abort();  // more live blocks than any test here has
}

std::optional<Block> take(std::uintptr_t address) {
  if (table == nullptr) return std::nullopt;
  for (std::size_t tried = 0, i = slot_of(address); tried < kSlots && table[i].address != 0; ++tried, i = (i + 1) % kSlots) {
    if (table[i].address != address) continue;
    const Block block = table[i];
    table[i] = Block{};
    table[i].address = kErased;
    return block;
  }
  return std::nullopt;
}

void note_allocation(void* memory, std::size_t size) {
  if (memory == nullptr || inside) return;
  ++allocation_count;
  const Inside guard;
  const Block block{reinterpret_cast<std::uintptr_t>(memory), size, walk_stack()};
  if (record != nullptr) record->add(block.frames);
  const SpinLock lock(table_lock);
  insert(block);
}

void look_for_patterns(const Block& block) {
  const ByteView bytes(reinterpret_cast<const std::uint8_t*>(block.address), block.size);
  for (const auto& pattern : *watched) {
    if (pattern.next(bytes, 0) == bytes.size()) continue;
    if (freed == nullptr) freed = new std::vector<FreedSecret>;
    freed->push_back({pattern.name(), block, walk_stack()});
  }
}

void note_free(void* memory) {
  if (memory == nullptr || inside) return;
  const Inside guard;
  const SpinLock lock(table_lock);
  const auto block = take(reinterpret_cast<std::uintptr_t>(memory));
  if (block && watched != nullptr) look_for_patterns(*block);
}

}  // namespace

std::optional<Block> live_block(std::uintptr_t address) {
  const SpinLock lock(table_lock);
  for (std::size_t i = 0; table != nullptr && i < kSlots; ++i) {
    if (table[i].address > kErased && table[i].address <= address && address < table[i].address + table[i].size) return table[i];
  }
  return std::nullopt;
}

AllocationRecord::AllocationRecord() noexcept { record = this; }
void AllocationRecord::stop() noexcept {
  if (record == this) record = nullptr;
}

std::size_t allocations() noexcept { return allocation_count; }

bool passes_through(const Frames& frames, const std::vector<Mapping>& mappings, const std::string& library) {
  return std::ranges::any_of(mappings, [&](const Mapping& mapping) {
    return mapping.name.find(library) != std::string::npos &&
           std::ranges::any_of(frames, [&](std::uintptr_t frame) { return mapping.holds(frame); });
  });
}

std::string describe_frames(const Frames& frames) {
  std::string text;
  for (const auto frame : frames) {
    Dl_info info{};
    if (frame == 0 || dladdr(reinterpret_cast<void*>(frame), &info) == 0) continue;  // NOLINT(performance-no-int-to-ptr)
    std::string name = info.dli_sname == nullptr ? "?" : info.dli_sname;
    int status = 0;
    const std::unique_ptr<char, decltype(&std::free)> plain(abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status),
                                                            &std::free);
    if (status == 0) name = plain.get();
    text += "\n      " + name + " in " + (info.dli_fname == nullptr ? "?" : info.dli_fname);
  }
  return text;
}

void watch_frees(const std::vector<Pattern>* patterns) {
  const Inside guard;
  const SpinLock lock(table_lock);
  watched = patterns;
  if (patterns != nullptr && freed != nullptr) freed->clear();
}

std::vector<FreedSecret> freed_secrets() {
  const Inside guard;  // copying allocates
  const SpinLock lock(table_lock);
  return freed == nullptr ? std::vector<FreedSecret>() : *freed;
}

}  // namespace custos::memory

// The public names, for every library of the process: symbols of the program win.
#define HEAP_WATCH_EXPORT __attribute__((visibility("default")))
extern "C" {

HEAP_WATCH_EXPORT void* malloc(std::size_t size) {
  void* memory = __libc_malloc(size);
  custos::memory::note_allocation(memory, size);
  return memory;
}

HEAP_WATCH_EXPORT void free(void* memory) {
  custos::memory::note_free(memory);
  __libc_free(memory);
}

HEAP_WATCH_EXPORT void* calloc(std::size_t count, std::size_t size) {
  void* memory = __libc_calloc(count, size);
  custos::memory::note_allocation(memory, count * size);
  return memory;
}

HEAP_WATCH_EXPORT void* realloc(void* old, std::size_t size) {
  custos::memory::note_free(old);  // a move frees the old block
  void* memory = __libc_realloc(old, size);
  custos::memory::note_allocation(memory, size);
  return memory;
}

HEAP_WATCH_EXPORT void* memalign(std::size_t alignment, std::size_t size) {
  void* memory = __libc_memalign(alignment, size);
  custos::memory::note_allocation(memory, size);
  return memory;
}

HEAP_WATCH_EXPORT void* aligned_alloc(std::size_t alignment, std::size_t size) { return memalign(alignment, size); }

HEAP_WATCH_EXPORT int posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
  *memory = memalign(alignment, size);
  return *memory == nullptr ? ENOMEM : 0;
}
}
