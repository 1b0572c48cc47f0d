#include "encode/der.h"

#include <gtest/gtest.h>

#include <string>

#include "encode/hex.h"

namespace custos::encode {
namespace {

// Der holds bytes for a reader.
struct Der {
  explicit Der(std::string_view hex) : bytes(*from_hex(hex)) {}
  [[nodiscard]] DerReader reader() const { return DerReader(bytes); }
  Bytes bytes;
};

std::string hex(ByteView bytes) { return to_hex(bytes); }

TEST(DerReader, TakesOneElementAfterTheOther) {
  const Der der("0401aa0500020107");
  auto reader = der.reader();
  EXPECT_EQ(hex(reader.take_octet_string()), "aa");
  reader.take_null();
  EXPECT_FALSE(reader.finished());
  EXPECT_EQ(hex(reader.rest()), "020107");
  EXPECT_EQ(reader.take_number(), 7U);
  EXPECT_TRUE(reader.finished());
}

TEST(DerReader, EntersWhatIsNested) {
  const Der der(
      "3009a0030201053002"
      "0500");
  auto outer = der.reader();
  auto sequence = outer.enter(DerTag::sequence);
  EXPECT_TRUE(outer.finished());
  EXPECT_TRUE(sequence.next_is(DerTag::context_0));
  auto context = sequence.enter(DerTag::context_0);
  EXPECT_EQ(context.take_number(), 5U);
  EXPECT_TRUE(context.finished());
  auto inner = sequence.enter(DerTag::sequence);
  inner.take_null();
  EXPECT_TRUE(inner.finished() && sequence.finished());
}

TEST(DerReader, ReadsLengthsInTheirShortestForm) {
  for (const std::size_t size : {0U, 1U, 127U, 128U, 255U, 256U, 65'535U, 65'536U, 16'777'216U}) {
    Bytes der{0x04};
    if (size < 0x80) {
      der.push_back(static_cast<std::uint8_t>(size));
    } else {
      const std::size_t octets = size > 0xFFFFFF ? 4 : size > 0xFFFF ? 3 : size > 0xFF ? 2 : 1;
      der.push_back(static_cast<std::uint8_t>(0x80 + octets));
      for (std::size_t i = octets; i-- > 0;) der.push_back(static_cast<std::uint8_t>(size >> 8 * i));
    }
    der.resize(der.size() + size, 0x55);
    DerReader reader(der);
    EXPECT_EQ(reader.take_octet_string().size(), size);
    EXPECT_TRUE(reader.finished()) << size;
    DerReader cut(ByteView(der).first(der.size() - 1));
    EXPECT_TRUE(cut.take_octet_string().empty());
    EXPECT_FALSE(cut.finished()) << size;
  }
}

TEST(DerReader, RefusesOtherLengths) {
  for (const auto* text : {"0480", "04800000", "048101aa", "04817f", "0482007f", "04820080", "0485000000000100", "04840000000100",
                           "048501000000000000", "04ff", "04", "", "0402aa"}) {
    const Der der(text);
    auto reader = der.reader();
    EXPECT_TRUE(reader.take_octet_string().empty()) << text;
    EXPECT_FALSE(reader.finished()) << text;
  }
}

TEST(DerReader, RefusesAnotherTagAndStaysFailed) {
  const Der der("02010104020505");
  auto reader = der.reader();
  EXPECT_TRUE(reader.take_octet_string().empty());
  EXPECT_EQ(reader.take_number(), 0U);
  EXPECT_FALSE(reader.next_is(DerTag::integer));
  EXPECT_TRUE(reader.rest().empty());
  EXPECT_FALSE(reader.enter(DerTag::integer).finished());
  EXPECT_FALSE(reader.finished());
}

TEST(DerReader, ReadsIntegersWithoutTheirSignOctet) {
  const std::pair<const char*, const char*> rows[]{
      {"020100", ""}, {"02017f", "7f"}, {"02020080", "80"}, {"020900ffffffffffffffff", "ffffffffffffffff"}, {"02020100", "0100"}};
  for (const auto& [text, magnitude] : rows) {
    const Der der(text);
    auto reader = der.reader();
    EXPECT_EQ(hex(reader.take_unsigned()), magnitude) << text;
    EXPECT_TRUE(reader.finished()) << text;
  }
}

TEST(DerReader, RefusesIntegersThatAreEmptyNegativeOrPadded) {
  for (const auto* text : {"0200", "020180", "0202ff00", "02020000", "0202007f", "0203000001"}) {
    const Der der(text);
    auto reader = der.reader();
    EXPECT_TRUE(reader.take_unsigned().empty()) << text;
    EXPECT_FALSE(reader.finished()) << text;
  }
}

TEST(DerReader, ReadsNumbersUpToTheLargestAndNoFurther) {
  const Der largest("020900ffffffffffffffff");
  auto reader = largest.reader();
  EXPECT_EQ(reader.take_number(), ~std::uint64_t{0});
  EXPECT_TRUE(reader.finished());
  const Der larger("0209010000000000000000");
  auto failing = larger.reader();
  EXPECT_EQ(failing.take_number(), 0U);
  EXPECT_FALSE(failing.finished());
}

TEST(DerReader, ReadsObjectIdentifiers) {
  const std::pair<const char*, const char*> rows[]{{"06082a8648ce3d030107", "1.2.840.10045.3.1.7"},
                                                   {"06052b8104000a", "1.3.132.0.10"},
                                                   {"06032b6570", "1.3.101.112"},
                                                   {"0603883703", "2.999.3"},
                                                   {"060100", "0.0"},
                                                   {"060178", "2.40"},
                                                   {"06092b06010401da47040b", "1.3.6.1.4.1.11591.4.11"}};
  for (const auto& [text, numbers] : rows) {
    const Der der(text);
    auto reader = der.reader();
    EXPECT_EQ(oid_text(reader.take_oid()), numbers);
    EXPECT_TRUE(reader.finished()) << text;
  }
}

TEST(DerReader, RefusesMalformedObjectIdentifiers) {
  const std::string too_long = "0621" + std::string(66, '1');
  for (const std::string& text : {std::string("0600"), std::string("060180"), std::string("06022a80"), std::string("06032a8001"),
                                  std::string("060b2affffffffffffffffff7f"), too_long}) {
    const Der der(text);
    auto reader = der.reader();
    EXPECT_TRUE(reader.take_oid().empty()) << text;
    EXPECT_FALSE(reader.finished()) << text;
  }
}

TEST(DerReader, ReadsBitStringsOfWholeOctetsOnly) {
  const Der der("030200ab810200cd");
  auto reader = der.reader();
  EXPECT_EQ(hex(reader.take_bits()), "ab");
  EXPECT_EQ(hex(reader.take_bits(DerTag::context_1_primitive)), "cd");
  EXPECT_TRUE(reader.finished());
  for (const auto* text : {"0300", "030201aa"}) {
    const Der broken(text);
    auto failing = broken.reader();
    EXPECT_TRUE(failing.take_bits().empty()) << text;
    EXPECT_FALSE(failing.finished()) << text;
  }
}

TEST(DerReader, RefusesANullWithContent) {
  const Der der("050100");
  auto reader = der.reader();
  reader.take_null();
  EXPECT_FALSE(reader.finished());
}

}  // namespace
}  // namespace custos::encode
