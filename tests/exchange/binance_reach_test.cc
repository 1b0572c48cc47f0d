// What the same signed bytes reach at Binance, which signs neither method nor path.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exchange/support.h"

namespace custos::exchange::testing {
namespace {

using facts::ClassSet;
using enum facts::OperationClass;
using ::testing::HasSubstr;

ClassSet reach_of(Attempt&& attempt) {
  const auto status = attempt.canonicalise();
  EXPECT_TRUE(status.ok()) << explain(status, attempt.draft);
  return attempt.draft.facts.reachable;
}

TEST(BinanceReach, ReadingAnOrderReachesItsCancellation) {
  Attempt attempt("GET", "/api/v3/order");
  attempt.query("symbol=BTCUSDT&orderId=1");
  EXPECT_FALSE(attempt.is_granted({read}));
  EXPECT_TRUE(attempt.is_granted({read, trade}));
}

TEST(BinanceReach, ReadingTheAccountNeedsReadAlone) { EXPECT_TRUE(Attempt("GET", "/api/v3/account").is_granted({read})); }

TEST(BinanceReach, ReadingTheAccountWarnsOfTheWithdrawSwitch) {
  Attempt attempt("GET", "/api/v3/account");
  ASSERT_TRUE(attempt.canonicalise().ok());
  ASSERT_GT(attempt.draft.warning_count, 0U);
  EXPECT_THAT(std::string(attempt.draft.warnings[0]), HasSubstr("enableFastWithdrawSwitch"));
}

TEST(BinanceReach, TheWithdrawSwitchItselfNeedsManage) {
  EXPECT_FALSE(Attempt("POST", "/sapi/v1/account/enableFastWithdrawSwitch").is_granted({read, trade, transfer, withdraw}));
  EXPECT_TRUE(Attempt("POST", "/sapi/v1/account/enableFastWithdrawSwitch").is_granted({read, manage}));
}

TEST(BinanceReach, WarningsAreEachShownOnce) {
  Attempt attempt("GET", "/api/v3/openOrders");
  ASSERT_TRUE(attempt.query("symbol=BTCUSDT").canonicalise().ok());
  const auto warnings = std::span(attempt.draft.warnings).first(attempt.draft.warning_count);
  for (const auto warning : warnings) EXPECT_EQ(std::ranges::count(warnings, warning), 1) << warning;
  EXPECT_EQ(std::ranges::count_if(warnings, [](auto text) { return text.find("isolated/account") != std::string_view::npos; }),
            1);
}

TEST(BinanceReach, AReadWithATransfersParametersReachesTheTransfer) {
  const auto reach = reach_of(std::move(Attempt("GET", "/sapi/v3/asset/getUserAsset").query("asset=BTC")));
  EXPECT_TRUE(reach.has(transfer)) << "POST /sapi/v1/asset/dust takes the same bytes";
}

TEST(BinanceReach, AnUnknownPathReachesUnknownAndWhatItsShapeReaches) {
  const auto reach = reach_of(std::move(Attempt("POST", "/sapi/v1/unheardOf").body("coin=BTC&address=bc1q&amount=1")));
  EXPECT_TRUE(reach.has(unknown));
  EXPECT_TRUE(reach.has(withdraw));
}

TEST(BinanceReach, AnUnknownPathNeedsItsOwnGrant) {
  Attempt attempt("GET", "/api/v3/unheardOf");
  EXPECT_FALSE(attempt.is_granted({read, trade, transfer, withdraw, manage, session}));
  EXPECT_TRUE(attempt.is_granted({read, unknown}));
}

TEST(BinanceReach, ANameSplitBetweenQueryAndBodyIsRefused) {
  Attempt valueless("POST", "/sapi/v1/unheardOf");
  EXPECT_FALSE(valueless.query("coin=BTC&amount=1&addr").body("ess=bc1q").canonicalise().ok());
  Attempt glued("POST", "/sapi/v1/unheardOf");
  const auto status = glued.query("coin=BTC&amount=1&x=addr").body("ess=bc1q").canonicalise();
  EXPECT_EQ(reason_of(status), Reason::split_ambiguous);
  EXPECT_THAT(explain(status, glued.draft), HasSubstr("'address'"));
}

TEST(BinanceReach, AGluedNameIsSeenThroughItsEscapes) {
  Attempt attempt("POST", "/sapi/v1/unheardOf");
  attempt.query("coin=BTC&amount=1&x=%61dd%72").body("ess=bc1q");
  EXPECT_EQ(reason_of(attempt.canonicalise()), Reason::split_ambiguous);
}

TEST(BinanceReach, TheTailOfANameIsReachedByASplitInsideIt) {
  const auto reach = reach_of(std::move(Attempt("POST", "/sapi/v1/unheardOf").body("coin=BTC&xaddress=bc1q&xxamount=1")));
  EXPECT_TRUE(reach.has(withdraw));
}

TEST(BinanceReach, AQuantityThatABodyWouldExtendIsRefused) {
  for (const auto body : {"0=1", "0", "0&price=1", "00.5=x", "0price=1"}) {
    Attempt attempt("POST", "/api/v3/order");
    const auto status = attempt.query("symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1").body(body).canonicalise();
    EXPECT_FALSE(status.ok()) << body;
  }
}

TEST(BinanceReach, EveryCollisionIsWithoutDemandsOrASymbolOrApiKeyAlone) {
  for (const auto& collision : binance().collisions) {
    EXPECT_FALSE(collision.reason.empty());
    for (const auto& row : binance().operations) {
      if (row.method != collision.method || row.path != collision.path) continue;
      if (row.required == "apiName") continue;  // an alternative of apiKey, which POST demands too
      EXPECT_TRUE(row.required.empty() || row.required == "symbol" || row.required == "apiKey")
          << show(row) << " demands " << row.required;
    }
  }
}

}  // namespace
}  // namespace custos::exchange::testing
