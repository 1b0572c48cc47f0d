// Bybit, WOO X v1, Upbit and Bithumb, whose signatures cover no path: what their requests reach, and what they refuse.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exchange/support.h"
#include "exchange/venue_case.h"
#include "exchange/venues/venues.h"

namespace custos::exchange::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using enum facts::OperationClass;

// Case is one request of a venue's with a key that is worth nothing.
struct Case {
  Case(const Venue& venue, const Json& request) : key(venue, throwaway_credential(venue)), made(venue, key, request) {}

  facts::ClassSet reachable() {
    const SignStatus status = made.canonicalise();
    EXPECT_TRUE(status.ok()) << made.explain(status);
    return made.draft.facts.reachable;
  }
  Reason reason() {
    const SignStatus status = made.canonicalise();
    EXPECT_EQ(status.ok(), !made.draft.preimage.empty());
    return reason_of(status);
  }
  std::vector<std::string> warnings() {
    EXPECT_TRUE(made.canonicalise().ok());
    return made.warnings();
  }

  TestKey key;
  VenueCase made;
};

Json get(const char* path, const char* query = "") { return {{"method", "GET"}, {"path", path}, {"query", query}}; }
Json post(const char* path, const char* body) { return {{"method", "POST"}, {"path", path}, {"body", body}}; }

// --- Bybit ---

TEST(BybitRequest, ReadsReachReadsAlone) {
  EXPECT_EQ(Case(kBybit, get("/v5/order/realtime", "category=linear&symbol=BTCUSDT")).reachable(), facts::ClassSet{read});
  EXPECT_EQ(Case(kBybit, get("/v5/asset/transfer/query-account-coin-balance",
                             "accountType=UNIFIED&coin=BTC&toAccountType=FUND&memberId=1&toMemberId=2"))
                .reachable(),
            facts::ClassSet{read});
  EXPECT_EQ(Case(kBybit, get("/v5/user/query-api")).reachable(), facts::ClassSet{read});
}

TEST(BybitRequest, OrdersReachTrade) {
  Case order(kBybit, post("/v5/order/create",
                          R"({"category":"linear","symbol":"BTCUSDT","side":"Buy","orderType":"Limit","qty":"1","price":"1"})"));
  EXPECT_EQ(order.reachable(), facts::ClassSet({read, trade}));  // some reads are POSTs too
  Case batch(kBybit, post("/v5/order/create-batch", R"({"category":"spot","request":[{"symbol":"A","side":"Buy","qty":"1"}]})"));
  EXPECT_EQ(batch.reachable(), facts::ClassSet({read, trade}));
}

TEST(BybitRequest, MembersAtAnyDepthCount) {
  Case hidden(kBybit, post("/v5/order/create-batch",
                           R"({"category":"spot","request":[{"symbol":"A","coin":"B","address":"C","amount":"1"}]})"));
  EXPECT_EQ(hidden.reason(), Reason::parameter_unlisted);
  Case unknown_path(kBybit, post("/v5/unheard-of", R"({"a":[{"b":{"coin":"B","address":"C","amount":"1"}}]})"));
  EXPECT_TRUE(unknown_path.reachable().has_all({unknown, withdraw}));
}

TEST(BybitRequest, APostTakesNoQuery) {
  Json request = post("/v5/order/cancel-all", R"({"category":"linear"})");
  request["query"] = "category=linear";
  EXPECT_EQ(Case(kBybit, request).reason(), Reason::query_unexpected);
  request.erase("body");
  EXPECT_EQ(Case(kBybit, request).reason(), Reason::query_unexpected);
}

TEST(BybitRequest, AGetTakesNoBody) {
  Json request = get("/v5/order/realtime", "category=linear");
  request["body"] = R"({"category":"linear"})";
  EXPECT_EQ(Case(kBybit, request).reason(), Reason::body_unexpected);
}

// A request that signs neither query nor body is a POST's too.
TEST(BybitRequest, WarnsWhereNothingIsSigned) {
  EXPECT_THAT(Case(kBybit, get("/v5/account/info")).warnings(), Contains(HasSubstr("delete this API key")));
  EXPECT_THAT(Case(kBybit, get("/v5/position/list", "category=linear")).warnings(), IsEmpty());
}

TEST(BybitRequest, WarnsOfOtherOrdersWithTheSameNumber) {
  Case cancel(kBybit, post("/v5/order/cancel", R"({"category":"linear","symbol":"BTCUSDT","orderId":"1"})"));
  EXPECT_THAT(cancel.warnings(), Contains(HasSubstr("/v5/p2p/order/finish")));
  Case by_link(kBybit, post("/v5/order/cancel", R"({"category":"linear","symbol":"BTCUSDT","orderLinkId":"1"})"));
  EXPECT_THAT(by_link.warnings(), Not(Contains(HasSubstr("/v5/p2p/order/finish"))));
}

TEST(BybitRequest, KeepsTheReceiveWindowAndTheLogonsExpiryNear) {
  Json request = get("/v5/user/query-api");
  request["recv_window"] = "60001";
  EXPECT_EQ(Case(kBybit, request).reason(), Reason::recv_window_range);
  Json logon{{"kind", "ws"}, {"method", "auth"}, {"timestamp_ms", 1'700'000'000'000}, {"expires", 1'700'000'100}};
  EXPECT_EQ(Case(kBybit, logon).reason(), Reason::expires_ahead);
}

// --- WOO X ---

TEST(WooxRequest, JudgesV1ByItsParameters) {
  Json request = post("/v1/order", "symbol=SPOT_BTC_USDT&order_type=LIMIT&side=BUY&order_price=1&order_quantity=1");
  EXPECT_EQ(Case(kWoox, request).reachable(), facts::ClassSet({read, trade}));
  request["body"] = "symbol=A&order_type=LIMIT&side=BUY&token=B&address=C&amount=1";
  EXPECT_EQ(Case(kWoox, request).reason(), Reason::parameter_unlisted);
  EXPECT_TRUE(Case(kWoox, post("/v1/interest/repay", "token=USDT&amount=1")).reachable().has(withdraw));
}

// Query and body are one sorted list to the venue.
TEST(WooxRequest, JudgesV1QueryAndBodyTogether) {
  Json request = post("/v1/unheard-of", "address=C&amount=1");
  request["query"] = "token=B";
  EXPECT_TRUE(Case(kWoox, request).reachable().has_all({unknown, withdraw}));
  request["query"] = "amount=2";
  EXPECT_EQ(Case(kWoox, request).reason(), Reason::repeated_name);
}

TEST(WooxRequest, WarnsThatARequestWithoutParametersLogsOn) {
  EXPECT_THAT(Case(kWoox, get("/v1/positions")).warnings(), Contains(HasSubstr("WebSocket logon")));
  EXPECT_THAT(Case(kWoox, get("/v1/client/holding", "all=true")).warnings(), IsEmpty());
  EXPECT_THAT(Case(kWoox, get("/v3/account/info")).warnings(), IsEmpty());
}

TEST(WooxRequest, SignsNoOtherVersion) { EXPECT_EQ(Case(kWoox, get("/v2/positions")).reason(), Reason::scheme_unknown); }

// --- Upbit and Bithumb ---

TEST(UpbitRequest, ReadsReachReadsAlone) {
  for (const Json& request :
       {get("/v1/accounts"), get("/v1/order", "uuid=1"), get("/v1/orders/open", "states[]=wait&states[]=watch")}) {
    EXPECT_EQ(Case(kUpbit, request).reachable(), facts::ClassSet{read}) << request;
  }
}

// The digest of a query is that of a body with the same members.
TEST(UpbitRequest, QueriesReachWhatBodiesDo) {
  EXPECT_TRUE(Case(kUpbit, get("/v1/unheard-of", "currency=BTC&amount=1&address=A")).reachable().has(withdraw));
  EXPECT_EQ(Case(kUpbit, get("/v1/withdraws", "currency=BTC&amount=1&address=A")).reason(), Reason::parameter_unlisted);
}

TEST(UpbitRequest, RefusesValuesThatReadAsParameters) {
  EXPECT_EQ(Case(kUpbit, get("/v1/order", "identifier=x%26currency=BTC")).reason(), Reason::equals_in_value);
  EXPECT_EQ(Case(kUpbit, get("/v1/order", "identifier=x%26currency%3DBTC%26amount%3D1%26address%3DA")).reason(),
            Reason::value_ambiguous);
  EXPECT_EQ(
      Case(kUpbit, post("/v1/orders", R"({"market":"KRW-BTC","side":"bid","ord_type":"limit","identifier":"x&currency=BTC"})"))
          .reason(),
      Reason::member_malformed);
}

TEST(UpbitRequest, RepeatsArraysAlone) {
  EXPECT_EQ(Case(kUpbit, get("/v1/order", "uuid=1&uuid=2")).reason(), Reason::repeated_name);
  EXPECT_EQ(Case(kUpbit, get("/v1/orders/uuids", "uuids[]=1&uuids[]=2")).reason(), Reason::none);
}

TEST(UpbitRequest, DigestsOnePart) {
  for (const Venue* venue : {&kUpbit, &kBithumb}) {
    Json request = post("/v1/withdraws/krw", R"({"amount":"1"})");
    request["query"] = "two_factor_type=naver";
    EXPECT_EQ(Case(*venue, request).reason(), Reason::query_unexpected) << venue->name;
  }
}

TEST(UpbitRequest, ANonceIsAUuid) {
  Json request = get("/v1/accounts");
  request["nonce"] = "1700000000000";
  EXPECT_EQ(Case(kUpbit, request).reason(), Reason::nonce_malformed);
}

TEST(BithumbRequest, ReadsReachReadsAlone) {
  for (const Json& request :
       {get("/v1/accounts"), get("/v1/order", "uuid=1"), get("/v1/orders", "market=KRW-BTC&uuids[]=a&uuids[]=b"),
        post("/v2/orders/search", R"({"order_ids":["C1"]})")}) {
    EXPECT_EQ(Case(kBithumb, request).reachable(), facts::ClassSet{read}) << request;
  }
}

TEST(BithumbRequest, HasNoFormForEveryBody) {
  EXPECT_EQ(Case(kBithumb, post("/v2/orders/cancel", R"({"order_ids":null})")).reason(), Reason::member_malformed);
  EXPECT_EQ(Case(kBithumb, post("/v2/orders/cancel", R"([{"order_ids":["C1"]}])")).reason(), Reason::member_malformed);
}

// --- Bithumb 1.2.0 ---

TEST(BithumbLegacyRequest, RefusesABodyThatNamesAnotherEndpoint) {
  EXPECT_EQ(Case(kBithumbLegacy, post("/info/balance", "endpoint=%2Ftrade%2Fplace&a=1")).reason(), Reason::member_malformed);
  EXPECT_EQ(Case(kBithumbLegacy, post("/info/balance", "a=1&endpoint=%2Finfo%2Fbalance&endpoint=%2Ftrade%2Fplace")).reason(),
            Reason::repeated_name);
  EXPECT_EQ(Case(kBithumbLegacy, post("/info/balance", "a=1&endpoint=/info/balance")).reason(), Reason::none);
}

TEST(BithumbLegacyRequest, RefusesNamesThatNeedEncoding) {
  Json request = post("/info/balance", "");
  request["params"] = Json::array({Json::array({"a=b", "c"})});
  EXPECT_EQ(Case(kBithumbLegacy, request).reason(), Reason::name_encoded);
}

TEST(BithumbLegacyRequest, RefusesALargeBody) {
  Json request = post("/info/balance", "");
  request["params"] = Json::array({Json::array({"a", std::string(9000, 'x')})});
  EXPECT_EQ(Case(kBithumbLegacy, request).reason(), Reason::too_large);
}

TEST(BithumbLegacyRequest, CountsItsNonceUp) {
  Json request = post("/info/balance", "");
  request["nonce"] = "1700000000000";
  Case made(kBithumbLegacy, request);
  EXPECT_EQ(made.reason(), Reason::none);
  EXPECT_EQ(made.reason(), Reason::nonce_not_rising);
}

}  // namespace
}  // namespace custos::exchange::testing
