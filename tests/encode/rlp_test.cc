#include "encode/rlp.h"

#include <gtest/gtest.h>

#include <string>

#include "encode/hex.h"

namespace custos::encode {
namespace {

Bytes bytes(std::string_view hex) { return *from_hex(hex); }
std::string string_rlp(std::string_view text) {
  RlpWriter writer;
  writer.put(as_bytes(text));
  return to_hex(writer.written());
}
std::string number_rlp(const Uint256& number) {
  RlpWriter writer;
  writer.put(number);
  return to_hex(writer.written());
}

// fault_of_string reads one string and wants nothing behind it.
RlpFault fault_of_string(std::string_view hex) {
  const Bytes rlp = bytes(hex);
  RlpReader reader(rlp);
  reader.take_string();
  return reader.fault();
}

RlpFault fault_of_number(std::string_view hex) {
  const Bytes rlp = bytes(hex);
  RlpReader reader(rlp);
  static_cast<void>(reader.take_number());
  return reader.fault();
}

RlpFault fault_of_list(std::string_view hex) {
  const Bytes rlp = bytes(hex);
  RlpReader reader(rlp);
  reader.enter();
  return reader.fault();
}

// The examples of ethereum.org, "Recursive-length prefix serialization".
TEST(Rlp, WritesTheExamplesOfItsDefinition) {
  EXPECT_EQ(string_rlp("dog"), "83646f67");
  EXPECT_EQ(string_rlp(""), "80");
  EXPECT_EQ(string_rlp(std::string(1, '\0')), "00");
  EXPECT_EQ(string_rlp("\x0f"), "0f");
  EXPECT_EQ(string_rlp("\x80"), "8180");
  EXPECT_EQ(string_rlp("Lorem ipsum dolor sit amet, consectetur adipisicing elit").substr(0, 8), "b8384c6f");
  EXPECT_EQ(number_rlp(0), "80");
  EXPECT_EQ(number_rlp(15), "0f");
  EXPECT_EQ(number_rlp(1024), "820400");
  EXPECT_EQ(number_rlp(Uint256::max()), "a0" + std::string(64, 'f'));

  RlpWriter list;
  const auto mark = list.open_list();
  list.put(as_bytes("cat"));
  list.put(as_bytes("dog"));
  list.close_list(mark);
  EXPECT_EQ(to_hex(list.written()), "c88363617483646f67");
}

TEST(Rlp, WritesListsInLists) {
  RlpWriter writer;  // [ [], [[]], [ [], [[]] ] ]
  const auto all = writer.open_list();
  writer.close_list(writer.open_list());
  const auto second = writer.open_list();
  writer.close_list(writer.open_list());
  writer.close_list(second);
  const auto third = writer.open_list();
  writer.close_list(writer.open_list());
  const auto inner = writer.open_list();
  writer.close_list(writer.open_list());
  writer.close_list(inner);
  writer.close_list(third);
  writer.close_list(all);
  EXPECT_EQ(to_hex(writer.written()), "c7c0c1c0c3c0c1c0");
}

TEST(Rlp, ReadsWhatItWroteOfEverySize) {
  for (const std::size_t size : {0U, 1U, 2U, 55U, 56U, 255U, 256U, 65'535U, 65'536U, 100'000U}) {
    RlpWriter writer;
    const auto mark = writer.open_list();
    const Bytes content(size, 0xA5);
    writer.put(content);
    writer.put(std::uint64_t{size});
    writer.close_list(mark);
    RlpReader outer(writer.written());
    RlpReader list = outer.enter();
    EXPECT_EQ(list.remaining(), 2U);
    EXPECT_EQ(to_hex(list.take_string()), to_hex(content));
    EXPECT_EQ(list.take_number64(), size);
    EXPECT_TRUE(list.finished()) << size;
    EXPECT_TRUE(outer.finished()) << size;
  }
}

TEST(Rlp, RefusesWhatIsNotInItsShortestForm) {
  EXPECT_EQ(fault_of_string("8100"), RlpFault::not_canonical) << "a single byte below 0x80 has no header";
  EXPECT_EQ(fault_of_string("817f"), RlpFault::not_canonical);
  EXPECT_EQ(fault_of_string("8180"), RlpFault::none);
  EXPECT_EQ(fault_of_string("b80161"), RlpFault::not_canonical) << "a short string with a long length";
  EXPECT_EQ(fault_of_string("b837" + std::string(110, '6')), RlpFault::not_canonical) << "55 bytes are short";
  EXPECT_EQ(fault_of_string("b838" + std::string(112, '6')), RlpFault::none);
  EXPECT_EQ(fault_of_string("b90038" + std::string(112, '6')), RlpFault::not_canonical) << "a length with a leading zero";
  EXPECT_EQ(fault_of_list("f800"), RlpFault::not_canonical);
  EXPECT_EQ(fault_of_number("00"), RlpFault::not_canonical) << "zero is the empty string";
  EXPECT_EQ(fault_of_number("820001"), RlpFault::not_canonical);
}

TEST(Rlp, RefusesWhatEndsTooEarly) {
  for (const auto* hex : {"", "83646f", "b8", "b838", "b9ff", "bfffffffffffffffff", "bf7fffffffffffffff00"}) {
    EXPECT_EQ(fault_of_string(hex), RlpFault::truncated) << hex;
  }
  for (const auto* hex : {"", "c1", "f8", "f838", "ffffffffffffffffff", "f90100"}) {
    EXPECT_EQ(fault_of_list(hex), RlpFault::truncated) << hex;
  }
}

TEST(Rlp, RefusesAnotherKindOrSize) {
  EXPECT_EQ(fault_of_string("c0"), RlpFault::not_a_string);
  EXPECT_EQ(fault_of_list("80"), RlpFault::not_a_list);
  EXPECT_EQ(fault_of_number("a1" + std::string(66, '1')), RlpFault::wrong_size);
  const Bytes wide = bytes("89010000000000000000");
  RlpReader reader(wide);
  EXPECT_EQ(reader.take_number64(), 0U);
  EXPECT_EQ(reader.fault(), RlpFault::wrong_size);
  const Bytes two = bytes("820102");
  RlpReader fixed(two);
  EXPECT_TRUE(fixed.take_bytes(3).empty());
  EXPECT_EQ(fixed.fault(), RlpFault::wrong_size);
}

TEST(Rlp, StaysFailed) {
  const Bytes rlp = bytes("c00102");
  RlpReader reader(rlp);
  EXPECT_TRUE(reader.take_string().empty());
  EXPECT_EQ(reader.take_number64(), 0U);
  EXPECT_FALSE(reader.enter().finished());
  EXPECT_EQ(reader.fault(), RlpFault::not_a_string);
  EXPECT_FALSE(reader.finished());
}

TEST(Rlp, DoesNotEnterDeeperThanItsLimit) {
  Bytes rlp{0xC0};
  for (unsigned depth = 1; depth <= kMaxRlpDepth; ++depth) rlp.insert(rlp.begin(), static_cast<std::uint8_t>(0xC0 + rlp.size()));
  RlpReader reader(rlp);
  for (unsigned depth = 0; depth < kMaxRlpDepth; ++depth) reader = reader.enter();
  EXPECT_EQ(reader.fault(), RlpFault::none);
  reader.enter();
  EXPECT_EQ(reader.fault(), RlpFault::too_large);
}

TEST(Rlp, DoesNotReadMoreThanItsLimit) {
  const Bytes large(kMaxRlpSize + 1, 0x01);
  EXPECT_EQ(RlpReader(large).fault(), RlpFault::too_large);
  EXPECT_EQ(RlpReader(ByteView(large).first(kMaxRlpSize)).fault(), RlpFault::none);
}

}  // namespace
}  // namespace custos::encode
