#include "encode/protobuf_reader.h"

#include <gtest/gtest.h>

#include <string>

#include "encode/hex.h"

namespace custos::encode {
namespace {

// read shows a message's fields: "1=5 2=[6162] 2+[] ", with "+" where one repeats, and "malformed" where reading ended.
std::string read(std::string_view hex) {
  const Bytes bytes = *from_hex(hex);
  ProtobufReader reader(as_text(bytes));
  std::string text;
  while (reader.next()) {
    text += std::to_string(reader.number()) + (reader.repeated() ? '+' : '=');
    text += reader.is_integer() ? std::to_string(reader.integer()) : '[' + to_hex(as_bytes(reader.bytes())) + ']';
    text += ' ';
  }
  EXPECT_FALSE(reader.next()) << "the end stays the end";
  return text + (reader.malformed() ? "malformed" : "");
}

TEST(ProtobufReader, ReadsIntegersAndBytesInOrder) {
  EXPECT_EQ(read(""), "");
  EXPECT_EQ(read("0805"), "1=5 ");
  EXPECT_EQ(read("0801120161"), "1=1 2=[61] ");
  EXPECT_EQ(read("0a000a0162"), "1=[] 1+[62] ");
  EXPECT_EQ(read("08ffffffffffffffffff01"), "1=18446744073709551615 ");
  EXPECT_EQ(read("fa7f0163"), "2047=[63] ");
  EXPECT_EQ(read("f8ffffff0f01"), "536870911=1 ");
}

TEST(ProtobufReader, RefusesWhatTwoReadersMayReadDifferently) {
  EXPECT_EQ(read("1201610801"), "2=[61] malformed") << "a lower number behind a higher one";
  EXPECT_EQ(read("0800"), "malformed") << "a written zero";
  EXPECT_EQ(read("088000"), "malformed") << "a zero in two bytes";
  EXPECT_EQ(read("088100"), "malformed") << "a one in two bytes";
  EXPECT_EQ(read("888000"
                 "01"),
            "malformed")
      << "a tag longer than need be";
  EXPECT_EQ(read("0a810061"), "malformed") << "a size longer than need be";
  EXPECT_EQ(read("08ffffffffffffffffff02"), "malformed") << "more than 64 bits";
  EXPECT_EQ(read("08ffffffffffffffffffff01"), "malformed") << "more than ten bytes";
  EXPECT_EQ(read("0001"), "malformed") << "the field number zero";
  EXPECT_EQ(read("8080808010"
                 "01"),
            "malformed")
      << "a field number above 2^29 - 1";
  EXPECT_EQ(read("090000000000000000"), "malformed") << "fixed 64";
  EXPECT_EQ(read("0d00000000"), "malformed") << "fixed 32";
  EXPECT_EQ(read("0b0c"), "malformed") << "a group";
}

TEST(ProtobufReader, RefusesWhatIsCutOff) {
  EXPECT_EQ(read("08"), "malformed");
  EXPECT_EQ(read("0880"), "malformed");
  EXPECT_EQ(read("0a"), "malformed");
  EXPECT_EQ(read("0a01"), "malformed");
  EXPECT_EQ(read("0a0261"), "malformed");
  EXPECT_EQ(read("0affffffffffffffffff0161"), "malformed");
  EXPECT_EQ(read("0805fa"), "1=5 malformed");
}

TEST(ProtobufReader, ReadsFixedFieldsWhenAsked) {
  const Bytes bytes = *from_hex("0d04030201110807060504030201");
  auto reader = ProtobufReader::with_fixed_fields(as_text(bytes));
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.wire_type(), WireType::fixed32);
  EXPECT_FALSE(reader.is_integer());
  EXPECT_EQ(reader.integer(), 0x01020304U);
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.wire_type(), WireType::fixed64);
  EXPECT_EQ(reader.integer(), 0x0102030405060708U);
  EXPECT_FALSE(reader.next() || reader.malformed());
  for (const char* const hex : {"0d0403", "0d00000000", "0b0c", "1201610801"}) {
    const Bytes malformed = *from_hex(hex);
    auto strict = ProtobufReader::with_fixed_fields(as_text(malformed));
    while (strict.next()) {
    }
    EXPECT_TRUE(strict.malformed()) << hex;
  }
}

TEST(ProtobufReader, KnowsWhatIsWellFormed) {
  for (const char* const hex : {"", "0d00000000", "1201610801", "0800", "08010802"}) {
    const Bytes bytes = *from_hex(hex);
    EXPECT_TRUE(is_well_formed(as_text(bytes))) << hex;
  }
  for (const char* const hex : {"0d0403", "0b0c", "088000", "0a0561", "00"}) {
    const Bytes bytes = *from_hex(hex);
    EXPECT_FALSE(is_well_formed(as_text(bytes))) << hex;
  }
}

}  // namespace
}  // namespace custos::encode
