#include "base/trimmed.h"

#include <gtest/gtest.h>

namespace custos {
namespace {

TEST(Trimmed, CutsWhiteSpaceAtBothEnds) {
  EXPECT_EQ(trimmed("a b"), "a b");
  EXPECT_EQ(trimmed(" \t\r\na \n b\r\n"), "a \n b");
  EXPECT_EQ(trimmed("a "), "a");
  EXPECT_EQ(trimmed(" a"), "a");
}

TEST(Trimmed, LeavesOtherControlCharacters) {
  EXPECT_EQ(trimmed(std::string_view("\0a\v\f", 4)), std::string_view("\0a\v\f", 4));
}

TEST(Trimmed, LeavesNothingOfWhiteSpaceAlone) {
  EXPECT_EQ(trimmed(" \t\r\n"), "");
  EXPECT_EQ(trimmed(""), "");
  EXPECT_EQ(trimmed(std::string_view()), "");
}

}  // namespace
}  // namespace custos
