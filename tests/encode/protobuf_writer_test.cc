#include "encode/protobuf_writer.h"

#include <gtest/gtest.h>

#include <limits>

#include "encode/hex.h"
#include "encode/protobuf_reader.h"

namespace custos::encode {
namespace {

std::string hex_of(const ProtobufWriter& writer) { return to_hex(as_bytes(writer.written())); }

TEST(ProtobufWriter, WritesTheExamplesOfTheGuide) {
  // https://protobuf.dev/programming-guides/encoding: Test1 { a = 150 }, Test2 { b = "testing" }.
  ProtobufWriter number, text;
  number.integer(1, 150);
  EXPECT_EQ(hex_of(number), "089601");
  text.bytes(2, "testing");
  EXPECT_EQ(hex_of(text), "120774657374696e67");
}

TEST(ProtobufWriter, LeavesOutWhatIsZeroOrEmpty) {
  ProtobufWriter writer;
  writer.integer(1, 0);
  writer.fixed32(2, 0);
  writer.bytes(3, "");
  EXPECT_EQ(hex_of(writer), "");
  writer.element(4, "");
  EXPECT_EQ(hex_of(writer), "2200");
}

TEST(ProtobufWriter, WritesWhatTheReaderReads) {
  for (unsigned bits = 1; bits <= 64; ++bits) {
    const std::uint64_t value = std::numeric_limits<std::uint64_t>::max() >> (64 - bits);
    ProtobufWriter writer;
    writer.integer(1, value);
    writer.fixed32(7, static_cast<std::uint32_t>(value));
    writer.bytes(2047, std::string(bits * 5, 'x'));
    auto reader = ProtobufReader::with_fixed_fields(writer.written());
    ASSERT_TRUE(reader.next());
    EXPECT_EQ(reader.integer(), value);
    ASSERT_TRUE(reader.next());
    EXPECT_EQ(reader.wire_type(), WireType::fixed32);
    EXPECT_EQ(reader.integer(), static_cast<std::uint32_t>(value));
    ASSERT_TRUE(reader.next());
    EXPECT_EQ(reader.number(), 2047U);
    EXPECT_EQ(reader.bytes().size(), bits * 5);
    EXPECT_FALSE(reader.next() || reader.malformed());
  }
}

}  // namespace
}  // namespace custos::encode
