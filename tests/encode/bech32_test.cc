#include "encode/bech32.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/vectors.h"

namespace custos::encode {
namespace {

using nlohmann::json;

constexpr std::string_view kCharacters = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

TEST(Bech32, ReadsAndWritesWhatIsValid) {
  for (const json& vector : test::vectors_of("bech32.json", "valid")) {
    const auto text = vector.at("text").get<std::string>();
    const auto read = read_bech32(text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(read->checksum, vector.at("checksum") == "bech32" ? Bech32Checksum::bech32 : Bech32Checksum::bech32m) << text;
    EXPECT_EQ(write_bech32(read->prefix, read->groups, read->checksum), lower(text));
  }
}

TEST(Bech32, RefusesWhatIsNot) {
  for (const json& vector : test::vectors_of("bech32.json", "invalid")) {
    const Bytes text = test::hex(vector.at("hex"));
    EXPECT_FALSE(read_bech32(as_text(text))) << vector;
  }
}

TEST(Bech32, RefusesEveryWrongCharacter) {
  const std::string good = "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w";
  for (std::size_t i = good.find('1') + 1; i < good.size(); ++i) {
    for (const char c : kCharacters) {
      if (c == good[i]) continue;
      std::string wrong = good;
      wrong[i] = c;
      EXPECT_FALSE(read_bech32(wrong)) << wrong;
    }
  }
}

TEST(Bech32, HoldsWitnessPrograms) {
  for (const json& vector : test::vectors_of("bech32.json", "witness_programs")) {
    const auto address = vector.at("address").get<std::string>();
    const auto read = read_bech32(address);
    ASSERT_TRUE(read) << address;
    EXPECT_EQ(read->groups.front(), vector.at("version")) << address;
    const auto program = from_groups(ByteView(read->groups).subspan(1));
    ASSERT_TRUE(program) << address;
    EXPECT_EQ(to_hex(*program), vector.at("program").get<std::string>()) << address;

    Bytes groups{vector.at("version").get<std::uint8_t>()};
    std::ranges::copy(to_groups(*program), std::back_inserter(groups));
    EXPECT_EQ(write_bech32(read->prefix, groups, read->checksum), lower(address));
  }
}

TEST(Bech32, RefusesPaddingThatIsNotNeededOrNotZero) {
  for (const json& vector : test::vectors_of("bech32.json", "bad_padding")) {
    const auto read = read_bech32(vector.get<std::string>());
    ASSERT_TRUE(read) << vector;
    EXPECT_FALSE(from_groups(ByteView(read->groups).subspan(1))) << vector;
  }
}

TEST(Bech32, ReadsLongerTextsOnlyWhenAsked) {
  const std::string text = write_bech32("long", to_groups(Bytes(64, 0xA5)), Bech32Checksum::bech32);
  ASSERT_EQ(text.size(), 4 + 1 + 103 + 6U);
  EXPECT_FALSE(read_bech32(text));
  const auto read = read_bech32(text, text.size());
  ASSERT_TRUE(read);
  EXPECT_EQ(from_groups(read->groups), Bytes(64, 0xA5));
  EXPECT_FALSE(read_bech32(text, text.size() - 1));
}

TEST(Bech32, CutsBytesIntoGroupsAndBack) {
  for (std::size_t size = 0; size < 40; ++size) {
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 37 + size);
    const Bytes groups = to_groups(bytes);
    EXPECT_EQ(groups.size(), (size * 8 + 4) / 5);
    EXPECT_TRUE(std::ranges::all_of(groups, [](std::uint8_t group) { return group < 32; }));
    EXPECT_EQ(from_groups(groups), bytes);
  }
}

}  // namespace
}  // namespace custos::encode
