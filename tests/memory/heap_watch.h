// heap_watch: who allocated each block of the heap. It replaces malloc and its kin in the program it is linked into.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "memory/memory_scan.h"

namespace custos::memory {

// Frames are the return addresses on the stack of an allocation, innermost first.
using Frames = std::array<std::uintptr_t, 40>;

struct Block {
  std::uintptr_t address = 0;
  std::size_t size = 0;
  Frames frames{};
};

// live_block gives the allocated block that holds `address`.
[[nodiscard]] std::optional<Block> live_block(std::uintptr_t address);

// passes_through tells whether a frame lies in a mapping whose name contains `library`.
[[nodiscard]] bool passes_through(const Frames& frames, const std::vector<Mapping>& mappings, const std::string& library);

// describe_frames names each frame's function and library, for people.
[[nodiscard]] std::string describe_frames(const Frames& frames);

// allocations answers how often this thread has asked the heap for memory.
[[nodiscard]] std::size_t allocations() noexcept;

// AllocationRecord keeps the stacks of the first allocations of the thread that made it, until stop.
class AllocationRecord {
 public:
  AllocationRecord() noexcept;
  ~AllocationRecord() { stop(); }
  AllocationRecord(const AllocationRecord&) = delete;
  AllocationRecord& operator=(const AllocationRecord&) = delete;

  void add(const Frames& frames) noexcept {
    if (count_ < kept_.size()) kept_[count_] = frames;
    ++count_;
  }
  void stop() noexcept;

  // count is how many there were; kept() holds at most 512 of them.
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] std::span<const Frames> kept() const noexcept { return std::span(kept_).first(std::min(count_, kept_.size())); }

 private:
  std::array<Frames, 512> kept_{};
  std::size_t count_ = 0;
};

// FreedSecret is a block that still held a pattern when it was freed, with the stack of the free.
struct FreedSecret {
  std::string pattern;
  Block block;  // with the frames of its allocation
  Frames freed_by{};
};

// watch_frees looks for `patterns` in every block that is freed from now on, until nullptr is given; freed_secrets tells what it
// found since it began.
void watch_frees(const std::vector<Pattern>* patterns);
[[nodiscard]] std::vector<FreedSecret> freed_secrets();

}  // namespace custos::memory
