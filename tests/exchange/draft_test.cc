#include "exchange/draft.h"

#include <gtest/gtest.h>

#include <utility>

#include "exchange/support.h"

namespace custos::exchange::testing {
namespace {

TEST(SignedRequest, IsEmptyAtFirst) {
  const SignedRequest request;
  EXPECT_EQ(request.url(), "");
  EXPECT_EQ(request.signature(), "");
  EXPECT_TRUE(request.headers().empty());
  EXPECT_TRUE(request.warnings().empty());
  EXPECT_EQ(request.impl().draft.capacity, SignedRequest::kDefaultCapacity);
}

TEST(SignedRequest, ShowsWhatTheDraftHolds) {
  SignedRequest request;
  Attempt attempt("GET", "/api/v3/account");
  ASSERT_TRUE(attempt.canonicalise(request.impl().draft).ok());
  const std::vector<std::uint8_t> signature(32, 0xAB);
  const Venue& binance = *find_venue("binance");
  ASSERT_TRUE(binance.place(binance, signature, attempt.context, request.impl().draft).ok());
  EXPECT_EQ(request.method(), "GET");
  EXPECT_EQ(request.url(), "https://api.binance.com" + std::string(request.target()));
  EXPECT_EQ(request.preimage(), "timestamp=1700000000000");
  EXPECT_EQ(request.signature(), "abababababababababababababababababababababababababababababababab");
  EXPECT_EQ(request.algorithm(), "HMAC-SHA256");
  EXPECT_EQ(request.operation(), "GET /api/v3/account (read)");
  EXPECT_EQ(request.headers().size(), 1U);
  EXPECT_FALSE(request.warnings().empty());
}

TEST(SignedRequest, ViewsStayValidWhenItMoves) {
  SignedRequest request;
  ASSERT_TRUE(Attempt("GET", "/api/v3/account").canonicalise(request.impl().draft).ok());
  const std::string_view url = request.url();
  SignedRequest moved(std::move(request));
  EXPECT_EQ(moved.url().data(), url.data());
  SignedRequest assigned(0);
  assigned = std::move(moved);
  EXPECT_EQ(assigned.url().data(), url.data());
}

TEST(SignedRequest, MayHaveNoCapacity) {
  SignedRequest request(0);
  Attempt attempt("GET", "/api/v3/account");
  EXPECT_EQ(reason_of(attempt.canonicalise(request.impl().draft)), Reason::too_large);
}

}  // namespace
}  // namespace custos::exchange::testing
