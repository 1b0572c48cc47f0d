#include "base/writer.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace custos {
namespace {

// write_sample appends with every kind of call; the whole is kSample.
constexpr std::string_view kSample = "ab,-12,xyz";
void write_sample(BoundedWriter& writer) {
  writer.append("ab").append(',').append_decimal(-12).append(',');
  if (char* place = writer.claim(3)) std::memcpy(place, "xyz", 3);
}

TEST(BoundedWriter, WritesAllIntoABufferOfExactlyThatSize) {
  std::vector<char> buffer(kSample.size());
  BoundedWriter writer(buffer);
  write_sample(writer);
  EXPECT_FALSE(writer.overflowed());
  EXPECT_EQ(writer.written(), kSample);
  EXPECT_TRUE(writer.rest().empty());
}

TEST(BoundedWriter, OverflowIsStickyAndStaysInsideTheBufferAtEverySize) {
  for (std::size_t size = 0; size < kSample.size(); ++size) {
    std::vector<char> buffer(size + 8, '#');  // the tail shows writes past the end
    BoundedWriter writer(std::span<char>(buffer).first(size));
    write_sample(writer);
    EXPECT_TRUE(writer.overflowed()) << size;
    const std::string before(writer.written());
    EXPECT_EQ(before, kSample.substr(0, before.size())) << "with " << size << ": only whole pieces from the front";
    writer.append('a').append("").append_decimal(1);
    EXPECT_TRUE(writer.overflowed()) << size;
    EXPECT_EQ(writer.written(), before) << "nothing is appended after an overflow, with " << size;
    EXPECT_TRUE(writer.rest().empty()) << size;
    EXPECT_EQ(std::string(buffer.end() - 8, buffer.end()), "########") << size;
  }
}

TEST(BoundedWriter, AppendingNothingToAnEmptyBufferIsNoOverflow) {
  BoundedWriter writer(std::span<char>{});
  writer.append("");
  EXPECT_FALSE(writer.overflowed());
  writer.append('x');
  EXPECT_TRUE(writer.overflowed());
}

TEST(BoundedWriter, ClaimingMoreThanAnyBufferHoldsIsAnOverflow) {
  char buffer[8];
  BoundedWriter writer(buffer);
  writer.append("abc");
  EXPECT_EQ(writer.claim(std::numeric_limits<std::size_t>::max()), nullptr);
  EXPECT_TRUE(writer.overflowed());
}

TEST(BoundedWriter, WritesTheExtremesOfEveryInteger) {
  char buffer[64];
  BoundedWriter writer(buffer);
  writer.append_decimal(std::numeric_limits<std::int64_t>::min()).append(' ');
  writer.append_decimal(std::numeric_limits<std::uint64_t>::max()).append(' ').append_decimal(std::uint8_t{0});
  EXPECT_EQ(writer.written(), "-9223372036854775808 18446744073709551615 0");
}

TEST(BoundedWriter, SinceGivesWhatFollowedAMark) {
  char buffer[16];
  BoundedWriter writer(buffer);
  writer.append("name=");
  const auto mark = writer.size();
  writer.append("value");
  EXPECT_EQ(writer.since(mark), "value");
  EXPECT_EQ(writer.rest().size(), 6U);
}

}  // namespace
}  // namespace custos
