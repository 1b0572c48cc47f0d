#include "encode/shown_text.h"

#include <gtest/gtest.h>

#include "custos/escaped.h"

namespace custos::encode {
namespace {

TEST(ShownText, IsWhatAPersonSeesAsWhatItIs) {
  for (const auto text : {"", "a ~", "two\r\nlines\tand a tab", "\u00A0", "\u00E9", "\u6F22", "\u05D0", "\U0001F600"}) {
    EXPECT_TRUE(is_shown_text(text)) << text;
  }
}

TEST(ShownText, HasNothingThatSteersOrHides) {
  for (const std::string_view hidden :
       {std::string_view("\0", 1),  std::string_view("\x1b"),       std::string_view("\x7f"),   std::string_view("\u0080"),
        std::string_view("\u009F"), std::string_view("\u00AD"),     std::string_view("\u061C"), std::string_view("\u200B"),
        std::string_view("\u200D"), std::string_view("\u200E"),     std::string_view("\u200F"), std::string_view("\u2028"),
        std::string_view("\u2029"), std::string_view("\u202A"),     std::string_view("\u202E"), std::string_view("\u2060"),
        std::string_view("\u2066"), std::string_view("\u2069"),     std::string_view("\uFE0F"), std::string_view("\uFEFF"),
        std::string_view("\uFFFB"), std::string_view("\U000E0041"), std::string_view("\xC3"),   std::string_view("\xFF")}) {
    EXPECT_EQ(shown_size(hidden), 0U) << escaped(hidden);
    EXPECT_FALSE(is_shown_text("a" + std::string(hidden))) << escaped(hidden);
    EXPECT_EQ(escaped(hidden).size(), 4 * hidden.size());
  }
}

TEST(ShownText, EndsAtTheEdgesOfWhatIsHidden) {
  for (const std::string_view shown : {"\u00A0", "\u061B", "\u061D", "\u200A", "\u2010", "\u2027", "\u202F", "\u205F", "\u2070",
                                       "\uFDFF", "\uFE10", "\uFEFE", "\uFFEF", "\uFFFC", "\U000DFFFF", "\U000E1000"}) {
    EXPECT_EQ(shown_size(shown), shown.size()) << shown;
  }
}

TEST(Escaped, WritesBytesOfWhatIsNotShown) {
  EXPECT_EQ(escaped("pay \u202E001\nto \u6F22 \xFFz"), "pay \\xe2\\x80\\xae001\\x0ato \u6F22 \\xffz");
  EXPECT_EQ(escaped(escaped("a\nb")), escaped("a\nb"));
}

}  // namespace
}  // namespace custos::encode
