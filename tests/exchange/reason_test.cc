#include "exchange/reason.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exchange/venue.h"

namespace custos::exchange {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Reason, EveryOneHasACodeAndALine) {
  for (std::uint32_t i = 1; i < static_cast<std::uint32_t>(Reason::count_); ++i) {
    Draft draft(0);
    const auto status = refuse(draft, static_cast<Reason>(i), "it");
    EXPECT_NE(status.code, Errc::ok) << i;
    EXPECT_EQ(status.origin, Origin::request);
    const std::string line = explain(status, draft);
    EXPECT_GT(line.size(), 20U) << i;
    EXPECT_THAT(line, Not(HasSubstr("\n")));
    EXPECT_THAT(line, Not(EndsWith("."))) << "a line is not a sentence";
  }
}

TEST(Reason, EscapesTheSubject) {
  Draft draft(0);
  EXPECT_THAT(explain(refuse(draft, Reason::host_foreign, "a\r\n\x1b[31m"), draft), HasSubstr(R"('a\x0d\x0a\x1b[31m')"));
}

TEST(Reason, CutsALongSubject) {
  Draft draft(0);
  const auto status = refuse(draft, Reason::path_malformed, std::string(500, 'a'));
  EXPECT_EQ(draft.subject_size, draft.subject.size());
  EXPECT_THAT(explain(status, draft), HasSubstr(std::string(draft.subject.size(), 'a')));
}

TEST(Reason, ExplainsANumberItDoesNotKnow) {
  const Draft draft(0);
  EXPECT_FALSE(explain({Errc::internal, Origin::request, 4711}, draft).empty());
}

}  // namespace
}  // namespace custos::exchange
