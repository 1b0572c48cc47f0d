// What Binance's canonicaliser does not accept, and with which reason.
#include <gtest/gtest.h>

#include "exchange/support.h"

namespace custos::exchange::testing {
namespace {

Attempt order() { return {"POST", "/api/v3/order"}; }
Attempt account() { return {"GET", "/api/v3/account"}; }

void expect(Attempt&& attempt, Errc code, Reason reason) {
  const auto status = attempt.canonicalise();
  EXPECT_EQ(status.code, code) << explain(status, attempt.draft);
  EXPECT_EQ(status.origin, Origin::request);
  EXPECT_EQ(reason_of(status), reason);
}

TEST(BinanceRefusal, OfMethodsThatNoTableHas) {
  for (const auto method : {"", "get", "HEAD", "GETX", "GET "}) {
    expect(Attempt(method, "/api/v3/account"), Errc::bad_input, Reason::method_unknown);
  }
}

TEST(BinanceRefusal, OfMalformedPaths) {
  for (const auto path :
       {"", "api/v3/account", "/api/v3/account?x=1", "/api/v3/account#x", "/api/v3/acc%6funt", "/api/v3/acc ount",
        "/api/v3/account\n", "/api/v3/./account", "/api/v3/../v3/account", "/api/v3/..", "/api/v3/acc\xC3\xB6"}) {
    expect(Attempt("GET", path), Errc::bad_input, Reason::path_malformed);
  }
}

TEST(BinanceRefusal, OfPathsThatAreTooLong) {
  expect(Attempt("GET", "/api/" + std::string(200, 'a')), Errc::bad_input, Reason::path_malformed);
}

TEST(BinanceRefusal, OfParametersBesideTheQueryTheyForm) {
  expect(std::move(Attempt("GET", "/api/v3/order").query("symbol=A").params({{"orderId", "1"}})), Errc::bad_input,
         Reason::params_beside_query);
}

TEST(BinanceRefusal, OfParametersBesideTheBodyTheyForm) {
  expect(std::move(order().body("symbol=A").params({{"side", "BUY"}})), Errc::bad_input, Reason::params_beside_body);
}

TEST(BinanceRefusal, OfANonce) {
  Attempt attempt = account();
  attempt.request.nonce = "1";
  expect(std::move(attempt), Errc::bad_input, Reason::nonce_unused);
}

TEST(BinanceRefusal, OfAnExpiry) {
  Attempt attempt = account();
  attempt.request.expires_s = 1'700'000'000;
  expect(std::move(attempt), Errc::bad_input, Reason::expires_unused);
}

TEST(BinanceRefusal, OfCharactersThatMustBeEncoded) {
  using namespace std::string_view_literals;
  for (const auto bytes :
       {"symbol=A;side=B"sv, "symbol=A#x"sv, "symbol=A B"sv, "symbol=A\r\n"sv, "symbol=\xC3\xB6"sv, "symbol=\"A\""sv,
        "symbol=[1]"sv, "symbol={}"sv, "sym bol=A"sv, "symbol=A\0"sv, "symbol=A\x7f"sv, "symbol=a|b"sv}) {
    expect(std::move(Attempt("GET", "/api/v3/order").query(bytes)), Errc::bad_input, Reason::character_unencoded);
    expect(std::move(order().body(bytes)), Errc::bad_input, Reason::character_unencoded);
  }
}

TEST(BinanceRefusal, OfMalformedEscapes) {
  for (const auto bytes : {"symbol=%", "symbol=%4", "symbol=%G0", "symbol=%4&side=1", "symbol=%%41"}) {
    expect(std::move(order().body(bytes)), Errc::bad_input, Reason::escape_malformed);
  }
}

TEST(BinanceRefusal, OfARawEqualsSignInAValue) {
  expect(std::move(order().body("symbol=A=B")), Errc::bad_input, Reason::equals_in_value);
  expect(std::move(order().body("symbol=A=")), Errc::bad_input, Reason::equals_in_value);
}

TEST(BinanceRefusal, OfEmptyNames) {
  for (const auto bytes : {"=A", "&symbol=A", "symbol=A&", "symbol=A&&side=B", "&", "symbol=A&=B"}) {
    expect(std::move(order().body(bytes)), Errc::bad_input, Reason::parameter_empty);
  }
  expect(std::move(order().params({{"", "A"}})), Errc::bad_input, Reason::parameter_empty);
}

TEST(BinanceRefusal, OfNamesWithoutAValue) {
  expect(std::move(order().body("symbol")), Errc::bad_input, Reason::value_missing);
  expect(std::move(order().query("symbol=A&side").body("x=1")), Errc::bad_input, Reason::value_missing);
}

TEST(BinanceRefusal, OfEncodedNames) {
  for (const auto bytes : {"%73ymbol=A", "symbo%6c=A", "%61ddress=A", "sym+bol=A", "%73ignature=1"}) {
    expect(std::move(order().body(bytes)), Errc::bad_input, Reason::name_encoded);
  }
}

TEST(BinanceRefusal, OfRepeatedNames) {
  expect(std::move(order().body("symbol=A&symbol=A")), Errc::bad_input, Reason::repeated_name);
  expect(std::move(order().query("symbol=A").body("symbol=B")), Errc::bad_input, Reason::repeated_name);
  expect(std::move(order().params({{"symbol", "A"}, {"symbol", "B"}})), Errc::bad_input, Reason::repeated_name);
  expect(std::move(Attempt("GET", "/api/v3/unheardOf").query("zz=1&zz=2")), Errc::bad_input, Reason::repeated_name);
}

TEST(BinanceRefusal, OfValuesThatAreNotText) {
  for (const auto bytes : {"symbol=%FF", "symbol=%C3", "symbol=%ED%A0%80", "symbol=%C0%AF", "symbol=%00"}) {
    expect(std::move(order().body(bytes)), Errc::bad_input, Reason::value_not_text);
  }
  expect(std::move(order().params({{"symbol", "\xFF"}})), Errc::bad_input, Reason::value_not_text);
  expect(std::move(order().params({{"symbol", std::string_view("A\0B", 3)}})), Errc::bad_input, Reason::value_not_text);
}

TEST(BinanceRefusal, OfTooManyParameters) {
  std::string query = "a0=1";
  for (std::size_t i = 1; i <= Draft::kMaxParams; ++i) query += "&a" + std::to_string(i) + "=1";
  expect(std::move(Attempt("GET", "/api/v3/unheardOf").query(query)), Errc::bad_input, Reason::too_many_parameters);
}

TEST(BinanceRefusal, OfParametersThatTheOperationDoesNotTake) {
  expect(std::move(order().body("symbol=A&orderId=1")), Errc::refused, Reason::parameter_unlisted);
  expect(std::move(order().body("symbol=A&nonsense=1")), Errc::refused, Reason::parameter_unlisted);
}

TEST(BinanceRefusal, RefusesWithdrawalShapeOnOrderPath) {
  expect(std::move(order().body("coin=BTC&address=bc1q&amount=1")), Errc::refused, Reason::parameter_unlisted);
}

TEST(BinanceRefusal, OfASignatureInTheRequest) {
  expect(std::move(order().body("symbol=A&signature=1")), Errc::bad_input, Reason::signature_given);
  expect(std::move(order().params({{"signature", "1"}})), Errc::bad_input, Reason::signature_given);
}

TEST(BinanceRefusal, OfATimestampGivenTwice) {
  expect(std::move(account().query("timestamp=1699999999999").timestamp(1699999999999)), Errc::bad_input,
         Reason::timestamp_twice);
}

TEST(BinanceRefusal, OfMalformedTimestamps) {
  for (const auto value :
       {"", "x", "-1", "0", "01699999999999", "1.5", "16999999999990", "169999999999900", "16999999999990000"}) {
    const std::string query = "timestamp=" + std::string(value);
    expect(std::move(account().query(query)), Errc::bad_input, Reason::timestamp_malformed);
  }
  expect(std::move(account().timestamp(-5)), Errc::bad_input, Reason::timestamp_malformed);
}

TEST(BinanceRefusal, OfTimestampsMoreThanFiveSecondsAhead) {
  EXPECT_TRUE(account().timestamp(kNowMs + 5000).canonicalise().ok());
  expect(std::move(account().timestamp(kNowMs + 5001)), Errc::refused, Reason::timestamp_ahead);
  expect(std::move(account().query("timestamp=1700003600000")), Errc::refused, Reason::timestamp_ahead);
  expect(std::move(account().query("timestamp=1700000005000001")), Errc::refused, Reason::timestamp_ahead);
  EXPECT_TRUE(account().query("timestamp=1700000005000000").canonicalise().ok());
}

TEST(BinanceRefusal, OfAReceiveWindowGivenTwice) {
  Attempt attempt = account();
  attempt.query("recvWindow=5000").request.recv_window = "5000";
  expect(std::move(attempt), Errc::bad_input, Reason::recv_window_twice);
}

TEST(BinanceRefusal, OfMalformedOrLongReceiveWindows) {
  for (const auto value : {"60001", "60000.001", "5000.1234", "5000.", ".5", "-1", "5e3", "5000 ", "5&x=1"}) {
    Attempt attempt = account();
    attempt.request.recv_window = value;
    expect(std::move(attempt), Errc::bad_input, Reason::recv_window_malformed);
  }
  for (const auto value : {"60000", "60000.000", "0.5"}) {
    Attempt attempt = account();
    attempt.request.recv_window = value;
    EXPECT_TRUE(attempt.canonicalise().ok()) << value;
  }
}

TEST(BinanceRefusal, OfHostsThatAreNotTheVenues) {
  for (const auto host : {"evil.example", "api.binance.com.evil.example", "fapi.binance.com", "testnet.binance.vision",
                          "API.BINANCE.COM", "api.binance.com:443"}) {
    expect(std::move(account().host(host)), Errc::refused, Reason::host_foreign);
  }
}

TEST(BinanceRefusal, OfMalformedHosts) {
  for (const auto host : {"api.binance.com/x", "user@api.binance.com", "a..b", ".a", "a.", "-a.b", "a b", "a:", "a:1:2",
                          "a:123456", "https://api.binance.com", "a\r\nb", "[::1]"}) {
    expect(std::move(account().host(host)), Errc::bad_input, Reason::host_malformed);
  }
}

TEST(BinanceRefusal, OfPathsThatNoHostServes) {
  for (const auto path : {"/", "/foo", "/API/v3/account", "//api/v3/account"}) {
    expect(Attempt("GET", path), Errc::refused, Reason::host_unknown);
  }
}

TEST(BinanceRefusal, OfEnvironmentsThatAreNotTheVenues) {
  Attempt attempt = account();
  attempt.context.environment = "staging";
  expect(std::move(attempt), Errc::refused, Reason::host_unknown);
}

TEST(BinanceRefusal, OfHeaderNamesThatAreNoTokens) {
  for (const auto name : {"", "A B", "A:", "A\r\nB", "\xC3\xB6", "A/B"}) {
    expect(std::move(account().headers({{name, "x"}})), Errc::bad_input, Reason::header_name_malformed);
  }
}

TEST(BinanceRefusal, OfHeaderValuesWithControlCharacters) {
  using namespace std::string_view_literals;
  for (const auto value : {"a\r\nX-Evil: 1"sv, "a\n"sv, "a\rb"sv, "a\0b"sv, "\x01"sv, "a\tb"sv, "a\x7f"sv, "\xC3\xB6"sv}) {
    expect(std::move(account().headers({{"X-Trace", value}})), Errc::bad_input, Reason::header_value_malformed);
  }
}

TEST(BinanceRefusal, OfHeadersThatAuthenticateFrameOrRedirect) {
  for (const auto name : {"X-MBX-APIKEY",
                          "x-mbx-apikey",
                          "X_MBX_APIKEY",
                          "Authorization",
                          "Proxy-Authorization",
                          "Cookie",
                          "Host",
                          "host",
                          "Content-Length",
                          "Transfer-Encoding",
                          "Content-Encoding",
                          "Connection",
                          "Upgrade",
                          "X-HTTP-Method-Override",
                          "X-Method-Override",
                          "X-HTTP-Method",
                          "x_http_method_override",
                          "X-Original-URL",
                          "X-Rewrite-URL",
                          "X-Original-Path",
                          "X-Forwarded-Path",
                          "X-Override-URL",
                          "X-HTTP-Path-Override",
                          "Content-Range"}) {
    expect(std::move(account().headers({{name, "x"}})), Errc::refused, Reason::header_reserved);
  }
}

TEST(BinanceRefusal, OfTooManyHeaders) {
  const std::vector<NameValue> headers(Draft::kMaxHeaders, {"X-Trace", "1"});
  expect(std::move(account().headers(headers)), Errc::bad_input, Reason::too_many_headers);
}

TEST(BinanceRefusal, OfAContentTypeThatTheBodyDoesNotHave) {
  for (const auto type : {"application/json", "application/x-www-form-urlencoded; charset=utf-16", ""}) {
    expect(std::move(order().body("symbol=A").headers({{"Content-Type", type}})), Errc::bad_input, Reason::content_type_foreign);
  }
}

TEST(BinanceRefusal, OfTwoContentTypes) {
  const NameValue type{"Content-Type", "application/x-www-form-urlencoded"};
  expect(std::move(order().body("symbol=A").headers({type, type})), Errc::bad_input, Reason::content_type_foreign);
}

TEST(BinanceRefusal, OfApiKeysThatNoHeaderMayHold) {
  for (const auto key : {"", "key\r\nX-Evil: 1"}) {
    Attempt attempt = account();
    attempt.context.api_key = key;
    expect(std::move(attempt), Errc::bad_input, Reason::api_key_malformed);
  }
}

TEST(BinanceRefusal, LeavesNoSignature) {
  Attempt attempt = order();
  ASSERT_TRUE(attempt.body("symbol=A").canonicalise().ok());
  ASSERT_TRUE(attempt.place().ok());
  ASSERT_FALSE(attempt.body("symbol=A&symbol=B").canonicalise().ok());
  EXPECT_EQ(attempt.draft.signature, "");
  EXPECT_EQ(attempt.draft.url, "");
  EXPECT_FALSE(attempt.place().ok()) << "a refused draft must not take a signature";
}

}  // namespace
}  // namespace custos::exchange::testing
