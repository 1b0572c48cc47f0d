#include "encode/quote.h"

#include <gtest/gtest.h>

namespace custos::encode {
namespace {

TEST(Quote, KeepsPlainText) { EXPECT_EQ(quoted("GET /api"), "'GET /api'"); }

TEST(Quote, EscapesWhatCouldSteerATerminalOrEndTheQuotation) {
  EXPECT_EQ(quoted("a\r\n\x1b[2J'\\\x7f\xC3"), R"('a\x0d\x0a\x1b[2J\x27\x5c\x7f\xc3')");
}

}  // namespace
}  // namespace custos::encode
