#include "encode/percent.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>

namespace custos::encode {
namespace {

std::string encoded(std::string_view text) {
  std::string buffer(text.size() * 3, '\0');
  BoundedWriter out(buffer);
  percent_encode(text, out);
  EXPECT_FALSE(out.overflowed());
  return std::string(out.written());
}

struct Decoded {
  bool ok;
  std::string text;
};

Decoded decoded(std::string_view text) {
  std::string buffer(text.size(), '\0');
  BoundedWriter out(buffer);
  const bool ok = form_decode(text, out);
  return {ok, std::string(out.written())};
}

TEST(PercentEncode, KeepsUnreservedCharacters) {
  constexpr std::string_view kUnreserved = "ABCXYZabcxyz0189-._~";
  EXPECT_EQ(encoded(kUnreserved), kUnreserved);
}

TEST(PercentEncode, WritesEverythingElseInUpperCase) {
  EXPECT_EQ(encoded(" !\"#$%&'()*+,/:;<=>?@[\\]^`{|}\x7f\xC3\xB6"),
            "%20%21%22%23%24%25%26%27%28%29%2A%2B%2C%2F%3A%3B%3C%3D%3E%3F%40%5B%5C%5D%5E%60%7B%7C%7D%7F%C3%B6");
}

TEST(PercentEncode, EncodesZeroBytes) { EXPECT_EQ(encoded(std::string_view("a\0b", 3)), "a%00b"); }

TEST(PercentEncode, AnswersWhatItWrote) {
  std::array<char, 16> buffer;
  BoundedWriter out(buffer);
  out.append("x=");
  EXPECT_EQ(percent_encode("a b", out), "a%20b");
  EXPECT_EQ(out.written(), "x=a%20b");
  EXPECT_EQ(percent_encode("ab cd ef", out), "") << "4 bytes of escapes do not fit";
  EXPECT_TRUE(out.overflowed());
}

TEST(PercentEncode, KeepsExactlyWhatIsUnreserved) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text{'a', static_cast<char>(byte)};
    EXPECT_EQ(is_unreserved(text), encoded(text) == text) << byte;
  }
  EXPECT_TRUE(is_unreserved(""));
}

TEST(PercentEncode, NeverWritesPastItsBuffer) {
  for (std::size_t capacity = 0; capacity < 8; ++capacity) {
    std::array<char, 16> buffer;
    buffer.fill('#');
    BoundedWriter out({buffer.data(), capacity});
    percent_encode("ab cd", out);
    EXPECT_EQ(out.overflowed(), capacity < 7) << capacity;
    for (std::size_t i = capacity; i < buffer.size(); ++i) EXPECT_EQ(buffer[i], '#') << capacity;
  }
}

TEST(FormDecode, ReadsEscapesInEitherCaseAndPlusAsSpace) {
  EXPECT_EQ(decoded("a%2fb%2Fc+d%2B").text, "a/b/c d+");
  EXPECT_TRUE(decoded("").ok);
}

TEST(FormDecode, DecodesOnce) { EXPECT_EQ(decoded("%2541").text, "%41"); }

TEST(FormDecode, RefusesMalformedEscapes) {
  for (const auto text : {"%", "a%", "%4", "%4g", "%g4", "%%41", "%-1", "% 1"}) EXPECT_FALSE(decoded(text).ok) << text;
}

TEST(FormDecode, UndoesPercentEncodeForAnyBytes) {
  std::mt19937 random(20240601);
  for (int round = 0; round < 2000; ++round) {
    std::string text(random() % 40, '\0');
    for (char& c : text) c = static_cast<char>(random() & 0xFF);
    const auto back = decoded(encoded(text));
    ASSERT_TRUE(back.ok);
    ASSERT_EQ(back.text, text);
  }
}

}  // namespace
}  // namespace custos::encode
