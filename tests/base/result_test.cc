#include "custos/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace custos {
namespace {

Result<int> parse_digit(char c) {
  if (c < '0' || c > '9') return fail(Errc::bad_input, Origin::request, "no digit", 7);
  return c - '0';
}

Result<std::string> describe_digit(char c) {
  auto digit = parse_digit(c);
  if (!digit) return digit.failure();
  return std::to_string(*digit);
}

TEST(Result, HoldsAValue) {
  const auto result = parse_digit('4');
  ASSERT_TRUE(result.has_value());
  EXPECT_TRUE(result);
  EXPECT_EQ(*result, 4);
}

TEST(Result, HoldsAnErrorWithEveryField) {
  const auto result = parse_digit('x');
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::bad_input);
  EXPECT_EQ(result.error().origin, Origin::request);
  EXPECT_EQ(result.error().native, 7U);
  EXPECT_EQ(result.error().detail, "no digit");
}

TEST(Result, FailureCarriesTheErrorToAnotherValueType) {
  const auto result = describe_digit('x');
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().detail, "no digit");
}

TEST(Result, MovesAMoveOnlyValueOut) {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(5));
  const std::unique_ptr<int> value = *std::move(result);
  EXPECT_EQ(*value, 5);
}

TEST(Result, ReachesMembersOfItsValue) {
  Result<std::string> result(std::string("abc"));
  EXPECT_EQ(result->size(), 3U);
  result->push_back('d');
  EXPECT_EQ(*result, "abcd");
}

TEST(Result, ValueOrAnswersTheFallbackOnlyForAnError) {
  EXPECT_EQ(parse_digit('4').value_or(9), 4);
  EXPECT_EQ(parse_digit('x').value_or(9), 9);
}

TEST(Result, VoidIsSuccessUnlessItFailed) {
  const Result<void> success;
  EXPECT_TRUE(success);
  const Result<void> failure = fail(Errc::busy, Origin::token, "later", 9);
  ASSERT_FALSE(failure);
  EXPECT_EQ(failure.error().code, Errc::busy);
  EXPECT_EQ(failure.error().native, 9U);
}

TEST(Result, VoidFailureBecomesAValueResultsError) {
  Result<void> failure = fail(Errc::busy, Origin::token, "later");
  const Result<int> result = failure.failure();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().detail, "later");
}

TEST(ResultDeathTest, ReadingTheWrongSideAborts) {
  EXPECT_DEATH(static_cast<void>(*parse_digit('x')), "");
  EXPECT_DEATH(static_cast<void>(parse_digit('4').error()), "");
  EXPECT_DEATH(static_cast<void>(Result<void>().error()), "");
}

}  // namespace
}  // namespace custos
