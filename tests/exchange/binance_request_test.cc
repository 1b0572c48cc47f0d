// What Binance requests look like when they are placed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exchange/support.h"

namespace custos::exchange::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::FieldsAre;

const std::string kPlaced = "&signature=" + [] {
  std::string hex;
  for (int i = 0; i < 32; ++i) hex += "ab";
  return hex;
}();

std::vector<NameValue> headers_of(const Draft& draft) {
  return {draft.headers.begin(), draft.headers.begin() + static_cast<std::ptrdiff_t>(draft.header_count)};
}

TEST(BinanceRequest, AppendsTheTimestampToAnEmptyQuery) {
  Attempt attempt("GET", "/api/v3/account");
  ASSERT_TRUE(attempt.canonicalise().ok());
  ASSERT_TRUE(attempt.place().ok());
  EXPECT_EQ(attempt.draft.url, "https://api.binance.com/api/v3/account?timestamp=1700000000000" + kPlaced);
  EXPECT_EQ(attempt.draft.target, "/api/v3/account?timestamp=1700000000000" + kPlaced);
  EXPECT_EQ(attempt.draft.body, "");
  EXPECT_EQ(attempt.draft.preimage, "timestamp=1700000000000");
}

TEST(BinanceRequest, AppendsReceiveWindowBeforeTimestamp) {
  Attempt attempt("GET", "/api/v3/openOrders");
  attempt.query("symbol=BTCUSDT").request.recv_window = "4999.125";
  ASSERT_TRUE(attempt.canonicalise().ok());
  EXPECT_EQ(attempt.draft.preimage, "symbol=BTCUSDT&recvWindow=4999.125&timestamp=1700000000000");
}

TEST(BinanceRequest, AppendsToTheBodyWhereThereIsOne) {
  Attempt attempt("POST", "/api/v3/order");
  attempt.query("symbol=BTCUSDT").body("side=BUY");
  ASSERT_TRUE(attempt.timestamp(1699999999999).canonicalise().ok());
  ASSERT_TRUE(attempt.place().ok());
  EXPECT_EQ(attempt.draft.target, "/api/v3/order?symbol=BTCUSDT");
  EXPECT_EQ(attempt.draft.body, "side=BUY&timestamp=1699999999999" + kPlaced);
}

TEST(BinanceRequest, LeavesTheQuestionMarkOutWhereThereIsOnlyABody) {
  Attempt attempt("POST", "/api/v3/order");
  ASSERT_TRUE(attempt.body("symbol=BTCUSDT").canonicalise().ok());
  ASSERT_TRUE(attempt.place().ok());
  EXPECT_EQ(attempt.draft.url, "https://api.binance.com/api/v3/order");
}

TEST(BinanceRequest, AppendsToTheQueryOfAPostWithoutABody) {
  Attempt attempt("POST", "/api/v3/order");
  ASSERT_TRUE(attempt.query("symbol=BTCUSDT").canonicalise().ok());
  ASSERT_TRUE(attempt.place().ok());
  EXPECT_EQ(attempt.draft.target, "/api/v3/order?symbol=BTCUSDT&timestamp=1700000000000" + kPlaced);
}

TEST(BinanceRequest, ParametersFormTheQueryOfGetAndDelete) {
  for (const auto method : {"GET", "DELETE"}) {
    Attempt attempt(method, "/api/v3/order");
    ASSERT_TRUE(attempt.params({{"symbol", "A B"}, {"orderId", "1"}}).canonicalise().ok());
    EXPECT_EQ(attempt.draft.target, "/api/v3/order?symbol=A%20B&orderId=1&timestamp=1700000000000") << method;
    EXPECT_EQ(attempt.draft.body, "");
  }
}

TEST(BinanceRequest, ParametersFormTheBodyOfPostAndPut) {
  Attempt post("POST", "/fapi/v1/order");
  ASSERT_TRUE(post.params({{"symbol", "BTCUSDT"}}).canonicalise().ok());
  EXPECT_EQ(post.draft.body, "symbol=BTCUSDT&timestamp=1700000000000");
  Attempt put("PUT", "/fapi/v1/order");
  ASSERT_TRUE(put.params({{"symbol", "BTCUSDT"}}).canonicalise().ok());
  EXPECT_EQ(put.draft.body, "symbol=BTCUSDT&timestamp=1700000000000");
}

TEST(BinanceRequest, ParametersStandBesideTheOtherPart) {
  Attempt attempt("POST", "/api/v3/order");
  ASSERT_TRUE(attempt.query("symbol=BTCUSDT").params({{"side", "BUY"}}).canonicalise().ok());
  EXPECT_EQ(attempt.draft.preimage, "symbol=BTCUSDTside=BUY&timestamp=1700000000000");
}

TEST(BinanceRequest, KeepsRawBytesExactly) {
  Attempt attempt("POST", "/api/v3/order");
  constexpr std::string_view kBody = "newClientOrderId=a%2db%2Dc+d!$'()*,:@/?&symbol=x";
  ASSERT_TRUE(attempt.body(kBody).canonicalise().ok());
  EXPECT_EQ(attempt.draft.body, std::string(kBody) + "&timestamp=1700000000000");
  EXPECT_EQ(attempt.draft.facts.params[0].value, "a-b-c d!$'()*,:@/?");
}

TEST(BinanceRequest, KeepsTheCallersTimestampInMillisecondsOrMicroseconds) {
  for (const auto query : {"timestamp=1699999999123", "timestamp=1699999999123456"}) {
    Attempt attempt("GET", "/api/v3/account");
    ASSERT_TRUE(attempt.query(query).canonicalise().ok()) << query;
    EXPECT_EQ(attempt.draft.preimage, query);
    EXPECT_EQ(attempt.draft.facts.timestamp_ms / 1000, 1699999999);
  }
}

TEST(BinanceRequest, ApiKeyComesFirstThenTheContentTypeThenTheCallersHeaders) {
  Attempt attempt("POST", "/api/v3/order");
  attempt.body("symbol=BTCUSDT").headers({{"User-Agent", "engine/1"}, {"X-Trace", ""}});
  ASSERT_TRUE(attempt.canonicalise().ok());
  EXPECT_THAT(headers_of(attempt.draft),
              ElementsAre(FieldsAre("X-MBX-APIKEY", kApiKey), FieldsAre("Content-Type", "application/x-www-form-urlencoded"),
                          FieldsAre("User-Agent", "engine/1"), FieldsAre("X-Trace", "")));
}

TEST(BinanceRequest, HasNoContentTypeWithoutABody) {
  Attempt attempt("GET", "/api/v3/account");
  ASSERT_TRUE(attempt.canonicalise().ok());
  EXPECT_THAT(headers_of(attempt.draft), ElementsAre(FieldsAre("X-MBX-APIKEY", kApiKey)));
}

TEST(BinanceRequest, KeepsTheCallersContentTypeInItsPlace) {
  Attempt attempt("POST", "/api/v3/order");
  attempt.body("symbol=BTCUSDT").headers({{"Accept", "*/*"}, {"content-type", "application/x-www-form-urlencoded"}});
  ASSERT_TRUE(attempt.canonicalise().ok());
  EXPECT_THAT(headers_of(attempt.draft), ElementsAre(FieldsAre("X-MBX-APIKEY", kApiKey), FieldsAre("Accept", "*/*"),
                                                     FieldsAre("content-type", "application/x-www-form-urlencoded")));
}

TEST(BinanceRequest, GoesToTheProductsHost) {
  const std::vector<std::array<std::string_view, 3>> rows{
      {"live", "/api/v3/account", "https://api.binance.com/"},
      {"live", "/sapi/v1/account/status", "https://api.binance.com/"},
      {"live", "/fapi/v3/account", "https://fapi.binance.com/"},
      {"live", "/dapi/v1/account", "https://dapi.binance.com/"},
      {"live", "/papi/v1/account", "https://papi.binance.com/"},
      {"live", "/eapi/v1/marginAccount", "https://eapi.binance.com/"},
      {"testnet", "/api/v3/account", "https://testnet.binance.vision/"},
      {"testnet", "/fapi/v3/account", "https://testnet.binancefuture.com/"},
      {"testnet", "/dapi/v1/account", "https://testnet.binancefuture.com/"},
  };
  for (const auto& [environment, path, url] : rows) {
    Attempt attempt("GET", path);
    attempt.context.environment = environment;
    ASSERT_TRUE(attempt.canonicalise().ok()) << path;
    EXPECT_TRUE(attempt.draft.url.starts_with(url)) << attempt.draft.url;
  }
}

TEST(BinanceRequest, GoesToAnotherOfTheVenuesHostsWhenAsked) {
  Attempt attempt("GET", "/api/v3/account");
  ASSERT_TRUE(attempt.host("api3.binance.com").canonicalise().ok());
  EXPECT_EQ(attempt.draft.facts.host, "api3.binance.com");
}

TEST(BinanceRequest, GoesToAHostRecordedWithTheCredential) {
  Attempt attempt("GET", "/api/v3/account");
  ASSERT_TRUE(attempt.extra_hosts({"proxy.example:8443"}).host("proxy.example:8443").canonicalise().ok());
  EXPECT_EQ(attempt.draft.url, "https://proxy.example:8443/api/v3/account?timestamp=1700000000000");
}

TEST(BinanceRequest, FactsNameWhatIsSigned) {
  Attempt attempt("DELETE", "/api/v3/order");
  ASSERT_TRUE(attempt.query("symbol=BTC%55SDT&orderId=7").canonicalise().ok());
  const auto& facts = attempt.draft.facts;
  EXPECT_EQ(facts.venue, "binance");
  EXPECT_EQ(facts.environment, "live");
  EXPECT_EQ(facts.credential, "binance-main");
  EXPECT_EQ(facts.method, "DELETE");
  EXPECT_EQ(facts.path, "/api/v3/order");
  EXPECT_EQ(facts.timestamp_ms, kNowMs);
  EXPECT_THAT(facts.params,
              ElementsAre(FieldsAre("symbol", "BTCUSDT"), FieldsAre("orderId", "7"), FieldsAre("timestamp", "1700000000000")));
  EXPECT_EQ(facts.operation_class, facts::OperationClass::trade);
  EXPECT_EQ(attempt.draft.operation, "DELETE /api/v3/order (trade)");
  EXPECT_EQ(attempt.draft.algorithm, "HMAC-SHA256");
}

TEST(BinanceRequest, FactsOutliveTheCallersBytes) {
  Attempt attempt("POST", "/api/v3/order");
  std::string body = "symbol=BTCUSDT";
  std::string credential = "main";
  attempt.context.credential = credential;
  ASSERT_TRUE(attempt.body(body).canonicalise().ok());
  body.assign(body.size(), 'x');
  credential.assign(credential.size(), 'x');
  EXPECT_EQ(attempt.draft.preimage, "symbol=BTCUSDT&timestamp=1700000000000");
  EXPECT_EQ(attempt.draft.facts.params[0].value, "BTCUSDT");
  EXPECT_EQ(attempt.draft.facts.credential, "main");
}

TEST(BinanceRequest, PlaceRefusesASignatureOfAnotherSize) {
  Attempt attempt("GET", "/api/v3/account");
  ASSERT_TRUE(attempt.canonicalise().ok());
  const std::vector<std::uint8_t> signature(31, 1);
  EXPECT_EQ(attempt.place(signature).code, Errc::internal);
}

TEST(BinanceRequest, PlaceRefusesASecondSignature) {
  Attempt attempt("GET", "/api/v3/account");
  ASSERT_TRUE(attempt.canonicalise().ok());
  ASSERT_TRUE(attempt.place().ok());
  EXPECT_FALSE(attempt.place().ok());
}

TEST(BinanceRequest, ADraftIsUsedAgainWithoutTraces) {
  Attempt first("POST", "/api/v3/order");
  first.body("symbol=BTCUSDT").headers({{"Accept", "*/*"}});
  ASSERT_TRUE(first.canonicalise().ok());
  ASSERT_TRUE(first.place().ok());
  const Attempt second("GET", "/api/v3/account");
  ASSERT_TRUE(second.canonicalise(first.draft).ok());
  EXPECT_EQ(first.draft.body, "");
  EXPECT_EQ(first.draft.signature, "");
  EXPECT_EQ(first.draft.header_count, 1U);
  EXPECT_EQ(first.draft.param_count, 1U);
}

}  // namespace
}  // namespace custos::exchange::testing
