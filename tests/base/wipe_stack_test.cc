#include "base/wipe_stack.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace custos {
namespace {

constexpr std::uint8_t kMark = 0xA7;

// leave_mark fills a frame below the caller's, as a hash function does, and tells where.
__attribute__((noinline, no_sanitize("address"))) void leave_mark(std::uintptr_t& place) {
  volatile std::uint8_t frame[1024];
  for (auto& byte : frame) byte = kMark;
  place = reinterpret_cast<std::uintptr_t>(&frame[0]);
}

__attribute__((noinline, no_sanitize("address"))) std::size_t marks_left(std::uintptr_t place) {
  const auto* bytes = reinterpret_cast<const volatile std::uint8_t*>(place);
  std::size_t marks = 0;
  for (std::size_t i = 0; i < 1024; ++i) marks += bytes[i] == kMark ? 1U : 0U;
  return marks;
}

TEST(WipeStack, RemovesWhatAnEarlierCallLeft) {
  std::uintptr_t place = 0;
  leave_mark(place);
  EXPECT_GT(marks_left(place), 800U) << "the mark is there as long as nobody wipes it";
  leave_mark(place);
  wipe_stack();
  EXPECT_EQ(marks_left(place), 0U);
}

}  // namespace
}  // namespace custos
