// What the venues with nonces, payloads and challenges of their own refuse: Kraken, Gemini, Bitfinex, Deribit, Bitstamp, HTX.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exchange/reason.h"
#include "exchange/venue_case.h"

namespace custos::exchange::testing {
namespace {

using enum facts::OperationClass;
using ::testing::Contains;
using ::testing::HasSubstr;

// Asked is a request of a venue with a key that is worth nothing.
struct Asked {
  Asked(std::string_view name, const Json& request)
      : venue(*find_venue(name)), key(venue, throwaway_credential(venue)), made(venue, key, request) {}

  [[nodiscard]] Reason refusal() {
    const SignStatus status = made.sign();
    return status.ok() ? Reason::none : static_cast<Reason>(status.native);
  }
  [[nodiscard]] const Draft& draft() const { return made.draft; }

  const Venue& venue;
  TestKey key;
  VenueCase made;
};

Reason refusal(std::string_view venue, const Json& request) { return Asked(venue, request).refusal(); }

Json kraken(const Json& more) {
  Json request{{"method", "POST"}, {"path", "/0/private/AddOrder"}, {"timestamp_ms", 1700000000123}};
  request.update(more);
  return request;
}

TEST(Kraken, PutsTheNonceBeforeAFormThatHasNone) {
  Asked asked("kraken", kraken({{"body", "pair=XBTUSD"}}));
  ASSERT_EQ(asked.refusal(), Reason::none);
  EXPECT_EQ(asked.draft().body, "nonce=1700000000123000&pair=XBTUSD");
}

TEST(Kraken, LeavesAFormWithANonceAsItIs) {
  Asked asked("kraken", kraken({{"body", "pair=XBTUSD&nonce=17"}}));
  ASSERT_EQ(asked.refusal(), Reason::none);
  EXPECT_EQ(asked.draft().body, "pair=XBTUSD&nonce=17");
}

TEST(Kraken, TakesANonceTwiceOnlyWhereBothAreOne) {
  EXPECT_EQ(refusal("kraken", kraken({{"body", "pair=XBTUSD&nonce=17"}, {"nonce", "17"}})), Reason::none);
  EXPECT_EQ(refusal("kraken", kraken({{"body", "pair=XBTUSD&nonce=17"}, {"nonce", "18"}})), Reason::nonce_differs);
  EXPECT_EQ(refusal("kraken", kraken({{"body", R"({"nonce":17})"}, {"nonce", "17"}})), Reason::none);
  EXPECT_EQ(refusal("kraken", kraken({{"body", R"({"nonce":17})"}, {"nonce", "18"}})), Reason::nonce_differs);
  EXPECT_EQ(refusal("kraken", kraken({{"body", "nonce=17&nonce=18"}})), Reason::repeated_name);
  EXPECT_EQ(refusal("kraken", kraken({{"body", R"({"nonce":17,"n\u006fnce":18})"}})), Reason::json_repeated_name);
}

TEST(Kraken, RefusesNoncesThatAreNone) {
  for (const char* nonce : {"", "1.5", "-1", "+1", "1e9", "%31", "0x1", "01", "99999999999999999999"}) {
    EXPECT_EQ(refusal("kraken", kraken({{"body", "nonce=" + std::string(nonce)}})), Reason::nonce_malformed) << nonce;
  }
  EXPECT_EQ(refusal("kraken", kraken({{"body", R"({"nonce":1.5})"}})), Reason::nonce_malformed);
  EXPECT_EQ(refusal("kraken", kraken({{"body", "nonce=1700000060123001"}})), Reason::nonce_ahead);
  EXPECT_EQ(refusal("kraken", kraken({{"body", "nonce=1700000060123000"}})), Reason::none);
}

TEST(Kraken, RefusesAJsonBodyWithoutANonceOfItsOwn) {
  for (const char* body :
       {R"({"pair":"XBTUSD"})", R"({"order":{"nonce":1}})", R"({"nonce":[1]})", R"({"nonce":null})", R"([1])"}) {
    EXPECT_EQ(refusal("kraken", kraken({{"body", body}})), Reason::nonce_missing) << body;
  }
}

TEST(Kraken, RefusesNoncesThatFall) {
  Asked asked("kraken", kraken({{"body", "nonce=17"}}));
  EXPECT_EQ(asked.refusal(), Reason::none);
  EXPECT_EQ(asked.refusal(), Reason::nonce_not_rising);
}

TEST(Kraken, TakesNoQuery) { EXPECT_EQ(refusal("kraken", kraken({{"query", "pair=XBTUSD"}})), Reason::query_unexpected); }

TEST(KrakenFutures, TakesAQueryOrABodyNotBoth) {
  const Json both{{"method", "POST"}, {"path", "/derivatives/api/v3/sendorder"}, {"query", "a=1"}, {"body", "b=2"}};
  EXPECT_EQ(refusal("kraken-futures", both), Reason::query_unexpected);
}

// The nonce follows the parameters without a delimiter.
TEST(KrakenFutures, TakesNoncesOfOneSizeOnly) {
  for (const char* nonce : {"1", "170000000012", "700000000123"}) {
    const Json request{
        {"method", "GET"}, {"path", "/derivatives/api/v3/fills"}, {"nonce", nonce}, {"timestamp_ms", 1700000000123}};
    EXPECT_EQ(refusal("kraken-futures", request), Reason::nonce_malformed) << nonce;
  }
}

// SHA-256 of a challenge is signed, and SHA-256 of a request: a challenge must not be one.
TEST(KrakenFutures, RefusesChallengesThatCouldBeRequests) {
  const auto challenge = [](const std::string& text) {
    return refusal("kraken-futures",
                   {{"kind", "ws"}, {"method", "challenge"}, {"params", Json::array({Json::array({"challenge", text})})}});
  };
  EXPECT_EQ(challenge("c100b894-1729-464d-ace1-52dbce11db42"), Reason::none);
  for (const char* text : {"currency=XBT&amount=1"
                           "1700000000123"
                           "/api/v3/withdrawal",
                           "/api/v3/accounts", "", "a b", "a\"b", "a=b"}) {
    EXPECT_EQ(challenge(text), Reason::field_malformed) << text;
  }
  EXPECT_EQ(challenge(std::string(65, 'a')), Reason::field_malformed);
  EXPECT_EQ(refusal("kraken-futures", {{"kind", "ws"}, {"method", "challenge"}}), Reason::field_missing);
}

Json gemini(const Json& more) {
  Json request{{"method", "POST"}, {"path", "/v1/order/status"}, {"timestamp_ms", 1700000000123}};
  request.update(more);
  return request;
}

TEST(Gemini, RefusesAPayloadOfAnotherRequest) {
  const auto payload = [](const char* body) { return refusal("gemini", gemini({{"body", body}})); };
  EXPECT_EQ(payload(R"({"request":"/v1/order/status","nonce":1})"), Reason::none);
  EXPECT_EQ(payload(R"({"request":"\/v1/order/st\u0061tus","nonce":"1"})"), Reason::none);
  EXPECT_EQ(payload(R"({"request":"/v1/withdraw/btc","nonce":1})"), Reason::member_malformed);
  EXPECT_EQ(payload(R"({"request":"/v1/order/status","request":"/v1/withdraw/btc","nonce":1})"), Reason::json_repeated_name);
  EXPECT_EQ(payload(R"({"request":["/v1/order/status"],"nonce":1})"), Reason::member_malformed);
  EXPECT_EQ(payload(R"({"nonce":1})"), Reason::member_missing);
  EXPECT_EQ(payload(R"({"request":"/v1/order/status"})"), Reason::member_missing);
  EXPECT_EQ(payload(R"([{"request":"/v1/order/status","nonce":1}])"), Reason::member_missing);
  EXPECT_EQ(payload("request=/v1/order/status"), Reason::json_malformed);
}

TEST(Gemini, RefusesParamsThatTheRequestHasOfItself) {
  for (const char* name : {"request", "nonce"}) {
    const Json params = Json::array({Json::array({name, "1"})});
    EXPECT_EQ(refusal("gemini", gemini({{"params", params}})), Reason::repeated_name) << name;
  }
}

TEST(Gemini, SendsNoBody) {
  Asked asked("gemini", gemini({{"body", R"({"request":"/v1/order/status","nonce":1})"}}));
  ASSERT_EQ(asked.refusal(), Reason::none);
  EXPECT_EQ(asked.draft().body, "");
  EXPECT_EQ(asked.draft().facts.body, R"({"request":"/v1/order/status","nonce":1})");
}

TEST(Gemini, TakesNoQuery) { EXPECT_EQ(refusal("gemini", gemini({{"query", "a=1"}})), Reason::query_unexpected); }

// Bitfinex sends a transfer with a recipient to another customer.
TEST(Bitfinex, WantsWithdrawOfATransferToAnotherCustomer) {
  const auto reach = [](const char* body) {
    Asked asked("bitfinex", {{"method", "POST"}, {"path", "/v2/auth/w/transfer"}, {"body", body}});
    EXPECT_EQ(asked.refusal(), Reason::none) << body;
    return asked.draft().facts.reachable;
  };
  EXPECT_FALSE(reach(R"({"from":"exchange","to":"margin"})").has(withdraw));
  EXPECT_TRUE(reach(R"({"from":"exchange","email_dst":"a@b.c"})").has(withdraw));
  EXPECT_TRUE(reach(R"({"from":"exchange","user_id_dst":1})").has(withdraw));
  EXPECT_TRUE(reach(R"({"from":"exchange","em\u0061il_dst":"a@b.c"})").has(withdraw));
}

TEST(Bitfinex, TakesNoQuery) {
  EXPECT_EQ(refusal("bitfinex", {{"method", "POST"}, {"path", "/v2/auth/r/wallets"}, {"query", "a=1"}}),
            Reason::query_unexpected);
}

// A logon's data stand where a request's method does.
TEST(Deribit, RefusesDataThatCouldBeARequest) {
  const auto logon = [](const char* name, const std::string& value) {
    return refusal("deribit", {{"kind", "ws"}, {"method", "public/auth"}, {"params", Json::array({Json::array({name, value})})}});
  };
  EXPECT_EQ(logon("data", "x"), Reason::none);
  EXPECT_EQ(logon("data", "GET\n/api/v2/private/withdraw?amount=1\n\n"), Reason::field_malformed);
  EXPECT_EQ(logon("data", std::string(129, 'x')), Reason::field_malformed);
  EXPECT_EQ(logon("scope", "a\nb"), Reason::field_malformed);
  EXPECT_EQ(logon("client_secret", "x"), Reason::parameter_unlisted);
}

TEST(Deribit, SaysThatAScopeIsNotSigned) {
  Asked asked("deribit",
              {{"kind", "ws"}, {"method", "public/auth"}, {"params", Json::array({Json::array({"scope", "trade:read"})})}});
  ASSERT_EQ(asked.refusal(), Reason::none);
  EXPECT_THAT(asked.made.warnings(), Contains(HasSubstr("does not cover the scope")));
}

TEST(Deribit, TakesNoBodyAndNoPost) {
  EXPECT_EQ(
      refusal("deribit", {{"method", "GET"}, {"path", "/api/v2/private/buy"}, {"body", R"({"method":"private/withdraw"})"}}),
      Reason::body_unexpected);
  EXPECT_EQ(
      refusal("deribit", {{"method", "POST"}, {"path", "/api/v2/private/buy"}, {"body", R"({"method":"private/withdraw"})"}}),
      Reason::body_unexpected);
}

TEST(Bitstamp, WantsAUuidInLowerCase) {
  for (const char* nonce : {"1", "6F5570DF-D8BC-4DAF-85B4-976733FEB624", "6f5570dfd8bc4daf85b4976733feb624"}) {
    EXPECT_EQ(refusal("bitstamp", {{"method", "POST"}, {"path", "/api/v2/balance/"}, {"nonce", nonce}}), Reason::nonce_malformed)
        << nonce;
  }
}

TEST(Bitstamp, RefusesAForeignContentType) {
  EXPECT_EQ(refusal("bitstamp", {{"method", "POST"},
                                 {"path", "/api/v2/cancel_order/"},
                                 {"body", "id=1"},
                                 {"headers", Json::array({Json::array({"Content-Type", "application/json"})})}}),
            Reason::content_type_foreign);
}

TEST(Htx, RefusesTheParametersThatCustosAdds) {
  for (const char* name : {"AccessKeyId", "SignatureMethod", "SignatureVersion", "Timestamp"}) {
    EXPECT_EQ(refusal("htx", {{"method", "GET"}, {"path", "/v1/account/accounts"}, {"query", std::string(name) + "=1"}}),
              Reason::repeated_name)
        << name;
  }
  EXPECT_EQ(refusal("htx", {{"method", "GET"}, {"path", "/v1/account/accounts"}, {"query", "Signature=1"}}),
            Reason::signature_given);
}

// A logon is signed as a GET of its path.
TEST(Htx, RefusesLogonsOfOtherPathsAndHosts) {
  const auto logon = [](const char* method, const Json& more) {
    Json request{{"kind", "ws"}, {"method", method}};
    request.update(more);
    return refusal("htx", request);
  };
  const auto path = [](const char* text) { return Json{{"params", Json::array({Json::array({"path", text})})}}; };
  EXPECT_EQ(logon("auth", path("/ws/trade")), Reason::none);
  EXPECT_EQ(logon("auth", path("/v1/account/accounts")), Reason::field_malformed);
  EXPECT_EQ(logon("auth", path("/linear-swap-notification")), Reason::field_malformed);
  EXPECT_EQ(logon("op.auth", path("/ws/v2")), Reason::field_malformed);
  EXPECT_EQ(logon("op.auth", {{"host", "api.hbdm.vn"}}), Reason::none);
  EXPECT_EQ(logon("op.auth", {{"host", "example.com"}}), Reason::host_foreign);
  EXPECT_EQ(logon("op.auth", {{"body", "{}"}}), Reason::parameter_unlisted);
  EXPECT_EQ(logon("other", Json::object()), Reason::scheme_unknown);
}

TEST(Htx, SaysThatABodyIsNotSigned) {
  Asked asked("htx", {{"method", "POST"}, {"path", "/v1/order/orders/place"}, {"body", "{}"}});
  ASSERT_EQ(asked.refusal(), Reason::none);
  EXPECT_THAT(asked.made.warnings(), Contains(HasSubstr("does not cover the body")));
}

}  // namespace
}  // namespace custos::exchange::testing
