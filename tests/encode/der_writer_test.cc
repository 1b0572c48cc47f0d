#include "encode/der_writer.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "encode/hex.h"

namespace custos::encode {
namespace {

std::string unsigned_der(const Bytes& magnitude) {
  std::array<std::uint8_t, 64> place;
  DerWriter writer(place);
  writer.put_unsigned(magnitude);
  return to_hex(writer.written());
}

TEST(DerWriter, WritesIntegersInTheirShortestForm) {
  EXPECT_EQ(unsigned_der({}), "020100");
  EXPECT_EQ(unsigned_der({0, 0}), "020100");
  EXPECT_EQ(unsigned_der({0x7f}), "02017f");
  EXPECT_EQ(unsigned_der({0x80}), "02020080");
  EXPECT_EQ(unsigned_der({0, 0, 1, 0}), "02020100");
}

TEST(DerWriter, WritesEveryLengthAsTheReaderReadsIt) {
  for (const std::size_t size : {0U, 1U, 127U, 128U, 255U, 256U, 65'535U, 65'536U}) {
    Bytes place(size + 16);
    DerWriter writer(place);
    const Bytes content(size, 0xAB);
    writer.put(content);
    writer.wrap(DerTag::octet_string, 0);
    DerReader reader(writer.written());
    const ByteView read = reader.take_octet_string();
    EXPECT_TRUE(reader.finished()) << size;
    EXPECT_EQ(Bytes(read.begin(), read.end()), content) << size;
  }
}

TEST(DerWriter, WrapsOnlyWhatWasWrittenSince) {
  std::array<std::uint8_t, 16> place;
  DerWriter writer(place);
  writer.put_unsigned(Bytes{2});
  const std::size_t after = writer.size();
  writer.put_unsigned(Bytes{1});
  writer.wrap(DerTag::sequence, after);
  EXPECT_EQ(to_hex(writer.written()), "3003020101020102");
}

TEST(DerWriter, WritesNothingWhenThePlaceIsTooSmall) {
  for (std::size_t size = 0; size < 6; ++size) {
    Bytes place(size);
    DerWriter writer(place);
    writer.put_unsigned(Bytes{0x80});
    writer.wrap(DerTag::sequence, 0);
    EXPECT_TRUE(writer.written().empty()) << size;
  }
}

}  // namespace
}  // namespace custos::encode
