#include "exchange/template.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace custos::exchange {
namespace {

std::string fault_of(std::string_view text) {
  Template out;
  return std::string(Template::parse(text, out));
}

TEST(Template, IsReadAtCompileTime) {
  constexpr Template text = "${time}GET${path}";
  static_assert(text.pieces().size() == 3);
  static_assert(text.pieces()[0].kind == PieceKind::time && text.pieces()[1].text == "GET" && text.has(PieceKind::path));
  static_assert(text.source() == "${time}GET${path}");
}

TEST(Template, TakesEveryPieceThatHasAName) {
  for (const PieceName& one : kPieceNames) {
    const std::string open = "${" + std::string(one.name) + "}";
    const std::string text = is_function(one.kind) ? open + "x${)}" : one.kind == PieceKind::end ? "${json(}x${)}" : open;
    EXPECT_EQ(fault_of(text), "") << text;
  }
}

TEST(Template, NamesThePieceThatIsWrong) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"a${unknown}b", "${unknown}"},
      {"${time", "${time"},
      {"${)}", "${)}"},
      {"${sha256(}x", "${sha256(}x"},  // not closed
      {"${sha256(}${base64(}${json(}x${)}${)}${)}", "${json(}"},
      {"${signature}${signature}", "${signature}"},
      {"${sha256(}${signature}${)}", "${signature}"},
      {"${TIME}", "${TIME}"},
      {"${}", "${}"},
  };
  for (const auto& [text, fault] : cases) EXPECT_EQ(fault_of(text), fault) << text;
}

TEST(Template, RefusesMorePiecesThanItHolds) {
  std::string text;
  for (std::size_t i = 0; i < Template::kMaxPieces; ++i) text += "${time}";
  EXPECT_EQ(fault_of(text), "");
  EXPECT_EQ(fault_of(text + "${path}"), "${path}");
}

TEST(Template, LeavesDollarsAndBracesAlone) {
  Template out;
  EXPECT_EQ(Template::parse(R"({"a":"$","b":{}})", out), "");
  ASSERT_EQ(out.pieces().size(), 1U);
}

}  // namespace
}  // namespace custos::exchange
