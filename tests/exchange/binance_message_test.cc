// Binance's WebSocket messages and FIX logon.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exchange/support.h"

namespace custos::exchange::testing {
namespace {

using facts::ClassSet;
using enum facts::OperationClass;
using ::testing::HasSubstr;

Attempt message(std::string_view operation, std::vector<NameValue> params = {}) {
  Attempt attempt(operation, "");
  attempt.kind(RequestKind::ws).params(std::move(params));
  return attempt;
}

Attempt logon(std::vector<NameValue> more = {}) {
  Attempt attempt("Logon", "");
  more.insert(more.begin(), {"SenderCompID", "DESK"});
  attempt.kind(RequestKind::fix).algorithm("Ed25519", 64).params(std::move(more));
  return attempt;
}

std::string key_pair() { return "apiKey=" + std::string(kApiKey); }

void expect(Attempt&& attempt, Reason reason) {
  const auto status = attempt.canonicalise();
  EXPECT_EQ(reason_of(status), reason) << explain(status, attempt.draft);
  EXPECT_FALSE(attempt.place().ok());
  EXPECT_EQ(attempt.draft.message, "");
}

TEST(BinanceMessage, SignsParametersAndKeySortedAndUnencoded) {
  Attempt attempt = message("order.place", {{"type", "LIMIT"}, {"symbol", "１ \"2\""}, {"side", "BUY"}});
  attempt.request.recv_window = "5000";
  ASSERT_TRUE(attempt.canonicalise().ok());
  ASSERT_TRUE(attempt.place().ok());
  EXPECT_EQ(attempt.draft.preimage, key_pair() + "&recvWindow=5000&side=BUY&symbol=１ \"2\"&timestamp=1700000000000&type=LIMIT");
  EXPECT_EQ(attempt.draft.message, R"({"id":"1700000000000","method":"order.place","params":{"apiKey":")" + std::string(kApiKey) +
                                       R"(","recvWindow":5000,"side":"BUY","symbol":"１ \"2\"","timestamp":1700000000000,)"
                                       R"("type":"LIMIT","signature":")" +
                                       std::string(attempt.draft.signature) + R"("}})");
  EXPECT_EQ(attempt.draft.kind, RequestKind::ws);
  EXPECT_EQ(attempt.draft.operation, "WS order.place (trade)");
  EXPECT_TRUE(attempt.draft.url.empty() && attempt.draft.method.empty() && attempt.draft.header_count == 0);
}

TEST(BinanceMessage, TakesTimesFromItsParameters) {
  Attempt attempt = message("account.status", {{"timestamp", "1699999999999"}, {"recvWindow", "0.5"}});
  ASSERT_TRUE(attempt.canonicalise().ok());
  EXPECT_EQ(attempt.draft.preimage, key_pair() + "&recvWindow=0.5&timestamp=1699999999999");
  EXPECT_THAT(std::string(attempt.draft.message), HasSubstr(R"("recvWindow":"0.5","timestamp":1699999999999,)"));
}

TEST(BinanceMessage, HasTheNonceAsItsId) {
  Attempt attempt = message("account.status");
  attempt.request.nonce = "id_1-a";
  ASSERT_TRUE(attempt.canonicalise().ok());
  EXPECT_TRUE(attempt.draft.message.starts_with(R"({"id":"id_1-a","method":"account.status")"));
  for (const auto nonce : {"a\"b", "a b", "0123456789012345678901234567890123456"}) {
    Attempt other = message("account.status");
    other.request.nonce = nonce;
    expect(std::move(other), Reason::nonce_malformed);
  }
}

TEST(BinanceMessage, RefusesWhatItsBytesWouldReadAs) {
  expect(message("order.unheardOf", {{"note", "1&coin=BTC&address=bc1q&amount=1&x"}}), Reason::reads_as_another);
  expect(message("order.unheardOf", {{"note", "%61ddress=1"}}), Reason::reads_as_another);
  expect(message("order.unheardOf", {{"a=1&address", "1"}}), Reason::name_encoded);
  EXPECT_TRUE(message("order.unheardOf", {{"note", "a b&c"}}).canonicalise().ok());
}

TEST(BinanceMessage, ReachesWhatItsNamesReachAsARequest) {
  Attempt attempt = message("order.unheardOf", {{"coin", "BTC"}, {"address", "bc1q"}, {"amount", "1"}});
  ASSERT_TRUE(attempt.canonicalise().ok());
  EXPECT_TRUE(attempt.draft.facts.reachable.has(withdraw));
  EXPECT_TRUE(attempt.draft.facts.reachable.has(unknown));
}

TEST(BinanceMessage, RefusesParametersThatItsOperationDoesNotTake) {
  expect(message("order.place", {{"symbol", "A"}, {"coin", "B"}}), Reason::parameter_unlisted);
  expect(message("order.place", {{"symbol", "A"}, {"nonsense", "B"}}), Reason::parameter_unlisted);
}

TEST(BinanceMessage, RefusesWhatIsCustossToWrite) {
  expect(message("account.status", {{"signature", "1"}}), Reason::signature_given);
  expect(message("account.status", {{"apiKey", "1"}}), Reason::repeated_name);
  expect(message("account.status", {{"timestamp", "1"}, {"timestamp", "2"}}), Reason::repeated_name);
  Attempt twice = message("account.status", {{"timestamp", "1699999999999"}});
  expect(std::move(twice.timestamp(1699999999999)), Reason::timestamp_twice);
}

TEST(BinanceMessage, RefusesPartsOfRequests) {
  Attempt attempt = message("account.status");
  attempt.request.path = "/x";
  expect(std::move(attempt), Reason::message_part_unused);
  expect(std::move(message("account.status").query("a=1")), Reason::message_part_unused);
  expect(std::move(message("account.status").host("api.binance.com")), Reason::message_part_unused);
  expect(std::move(message("account.status").headers({{"A", "b"}})), Reason::message_part_unused);
  expect(std::move(message("account.status").body("{}")), Reason::message_part_unused);
}

TEST(BinanceMessage, RefusesTimesAheadAndMalformed) {
  expect(std::move(message("account.status").timestamp(kNowMs + 5001)), Reason::timestamp_ahead);
  for (const auto window : {"60001", "0500", "00", "x", "1e3"}) {
    expect(message("account.status", {{"recvWindow", window}}), Reason::recv_window_malformed);
  }
}

TEST(BinanceMessage, RefusesOperationsThatAreNoWords) {
  for (const auto operation : {"", "a\"b", "a b", "a\nb", "\xC3\xB6"}) expect(message(operation), Reason::method_unknown);
}

TEST(BinanceMessage, RefusesTextThatIsNotUtf8) {
  expect(message("order.unheardOf", {{"note", "\xFF"}}), Reason::text_not_utf8);
  expect(message("order.unheardOf", {{"note", std::string_view("a\0b", 3)}}), Reason::text_not_utf8);
}

TEST(BinanceMessage, NeedsTheSessionGrantWithAKeyThatLogsOn) {
  const ClassSet usual{read, trade};
  EXPECT_TRUE(message("account.status").is_granted(usual));
  EXPECT_TRUE(std::move(message("account.status").algorithm("RSA-2048", 256)).is_granted(usual));
  EXPECT_FALSE(std::move(message("account.status").algorithm("Ed25519", 64)).is_granted(usual));
  EXPECT_TRUE(std::move(message("account.status").algorithm("Ed25519", 64)).is_granted({read, trade, session}));
}

TEST(BinanceMessage, ARequestWithTheKeyAmongItsParametersIsAMessageToo) {
  Attempt attempt("DELETE", "/sapi/v1/margin/apiKey");
  attempt.params({{"apiKey", kApiKey}}).algorithm("Ed25519", 64);
  ASSERT_TRUE(attempt.canonicalise().ok());
  EXPECT_TRUE(attempt.draft.facts.reachable.has(session));
  ASSERT_TRUE(attempt.algorithm("HMAC-SHA256", 32).canonicalise().ok());
  EXPECT_FALSE(attempt.draft.facts.reachable.has(session));
}

TEST(BinanceMessage, WarnsThatItsBytesDeleteALowLatencyKey) {
  Attempt attempt = message("account.status");
  ASSERT_TRUE(attempt.canonicalise().ok());
  const auto warnings = std::span(attempt.draft.warnings).first(attempt.draft.warning_count);
  EXPECT_TRUE(std::ranges::any_of(warnings, [](auto text) { return text.find("margin/apiKey") != std::string_view::npos; }));
}

TEST(BinanceFix, LogsOnOnlyWithEd25519) {
  expect(std::move(logon().algorithm("HMAC-SHA256", 32)), Reason::scheme_unknown);
  Attempt order("NewOrderSingle", "");
  expect(std::move(order.kind(RequestKind::fix).algorithm("Ed25519", 64)), Reason::scheme_unknown);
}

TEST(BinanceFix, LengthAndChecksumMeasureTheWholeMessage) {
  Attempt attempt = logon({{"MsgSeqNum", "7"}, {"ResponseMode", "2"}, {"DropCopyFlag", "Y"}});
  attempt.request.recv_window = "2000";
  ASSERT_TRUE(attempt.canonicalise().ok());
  ASSERT_TRUE(attempt.place().ok());
  const std::string text(attempt.draft.message);
  const auto body = text.find(
                        "\x01"
                        "35=") +
                    1;
  const auto trailer = text.rfind("10=");
  EXPECT_THAT(text, HasSubstr("\x01"
                              "9=" +
                              std::to_string(trailer - body) + "\x01"));
  unsigned sum = 0;
  for (const char c : text.substr(0, trailer)) sum += static_cast<unsigned char>(c);
  std::string digits = std::to_string(sum % 256);
  digits.insert(0, 3 - digits.size(), '0');
  EXPECT_EQ(text.substr(trailer), "10=" + digits + "\x01");
  EXPECT_THAT(text, HasSubstr("\x01"
                              "25000=2000\x01"
                              "95=88\x01"
                              "96="));
}

TEST(BinanceFix, IsASession) {
  EXPECT_FALSE(logon().is_granted({read, trade, transfer, withdraw, manage}));
  EXPECT_TRUE(logon().is_granted({session}));
}

TEST(BinanceFix, RefusesFieldsThatAreMissingOrMalformed) {
  Attempt none("Logon", "");
  expect(std::move(none.kind(RequestKind::fix).algorithm("Ed25519", 64)), Reason::field_missing);
  const std::vector<NameValue> wrong{{"TargetCompID", "A B"},
                                     {"TargetCompID",
                                      "A\x01"
                                      "553"},
                                     {"MsgSeqNum", "01"},
                                     {"MsgSeqNum", "-1"},
                                     {"MsgSeqNum", ""},
                                     {"HeartBtInt", "4"},
                                     {"HeartBtInt", "61"},
                                     {"HeartBtInt", "005"},
                                     {"MessageHandling", "3"},
                                     {"ResponseMode", "12"},
                                     {"DropCopyFlag", "y"},
                                     {"TargetCompID", "123456789"}};
  for (const auto& field : wrong) expect(logon({field}), Reason::field_malformed);
  expect(logon({{"Username", "x"}}), Reason::parameter_unlisted);
  Attempt sender("Logon", "");
  sender.kind(RequestKind::fix).algorithm("Ed25519", 64).params({{"SenderCompID", "x&coin"}});
  expect(std::move(sender), Reason::field_malformed);
}

TEST(BinanceFix, TakesNoNonce) {
  Attempt attempt = logon();
  attempt.request.nonce = "1";
  expect(std::move(attempt), Reason::nonce_unused);
}

TEST(BinanceRsa, SignaturesArePercentEncodedInQueryAndForm) {
  const std::vector<std::pair<std::string_view, std::size_t>> algorithms{{"RSA-2048", 256}, {"RSA-3072", 384}, {"RSA-4096", 512}};
  for (const auto& [name, size] : algorithms) {
    Attempt attempt("GET", "/api/v3/account");
    attempt.algorithm(name, size);
    ASSERT_TRUE(attempt.canonicalise().ok());
    ASSERT_TRUE(attempt.place(std::vector<std::uint8_t>(size, 0xFB)).ok());
    EXPECT_TRUE(attempt.draft.target.starts_with("/api/v3/account?timestamp=1700000000000&signature=%2B%2Fv7"))
        << attempt.draft.target;
    EXPECT_EQ(attempt.draft.target.find_first_of("+/=", attempt.draft.target.find("signature=") + 10), std::string_view::npos);
  }
}

}  // namespace
}  // namespace custos::exchange::testing
