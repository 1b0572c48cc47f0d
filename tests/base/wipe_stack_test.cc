#include "base/wipe_stack.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>

namespace custos {
namespace {

constexpr std::uint64_t kMark = 0xA7C3'91E5'5D2B'F816;  // no address looks so
constexpr std::size_t kMarks = 128;

// leave_mark fills a frame below the caller's, as a hash function does, and tells where.
__attribute__((noinline, no_sanitize("address"))) void leave_mark(std::uintptr_t& place) {
  volatile std::uint64_t frame[kMarks];
  for (auto& word : frame) word = kMark;
  place = reinterpret_cast<std::uintptr_t>(&frame[0]);
}

__attribute__((noinline, no_sanitize("address"))) std::size_t marks_left(std::uintptr_t place) {
  const auto* words = reinterpret_cast<const volatile std::uint64_t*>(place);
  std::size_t marks = 0;
  for (std::size_t i = 0; i < kMarks; ++i) marks += words[i] == kMark ? 1U : 0U;
  return marks;
}

TEST(WipeStack, RemovesWhatAnEarlierCallLeft) {
  std::uintptr_t place = 0;
  leave_mark(place);
  EXPECT_GT(marks_left(place), 100U) << "the mark is there as long as nobody wipes it";
  leave_mark(place);
  wipe_stack();
  EXPECT_EQ(marks_left(place), 0U);
}

}  // namespace
}  // namespace custos
