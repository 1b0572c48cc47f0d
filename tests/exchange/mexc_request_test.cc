// MEXC's two families of requests: what joins and what separates them.
#include <gtest/gtest.h>

#include "exchange/support.h"

namespace custos::exchange::testing {
namespace {

using enum facts::OperationClass;

constexpr std::string_view kKey = "mx0aBYs33eIilxBWC5";

// MexcRequest is one request of MEXC's; it owns what the views name.
struct MexcRequest {
  MexcRequest(std::string_view method, std::string_view path) {
    request.method = method;
    request.path = path;
    context.credential = "mexc-main";
    context.environment = "live";
    context.api_key = kKey;
    context.now_ms = kNowMs;
  }
  SignStatus canonicalise() { return venue.canonicalise(venue, request, context, draft); }
  Reason reason() {
    const auto status = canonicalise();
    if (!status.ok()) {
      EXPECT_FALSE(venue.place(venue, std::vector<std::uint8_t>(32), context, draft).ok());
    }
    return reason_of(status);
  }

  const Venue& venue = *find_venue("mexc");
  RequestView request;
  CanonicalContext context;
  Draft draft{SignedRequest::kDefaultCapacity};
};

TEST(MexcRequest, SpotBytesThatReadAsContractAreRefused) {
  MexcRequest made("GET", "/api/v3/unheardOf");
  const std::string query = std::string(kKey) + "1700000000000symbol=A";
  made.request.query = query;
  EXPECT_EQ(made.reason(), Reason::parameter_unlisted);
}

TEST(MexcRequest, ContractBodiesThatReadAsSpotAreRefused) {
  MexcRequest made("POST", "/api/v1/private/order/create");
  made.request.body =
      R"({"symbol":"A","vol":1,"side":1,"type":1,"externalOid":"&coin=A&address=B&amount=1&timestamp=1700000000000&x"})";
  EXPECT_EQ(made.reason(), Reason::reads_as_another);
}

TEST(MexcRequest, ContractQueriesThatReadAsSpotAreRefused) {
  MexcRequest made("GET", "/api/v1/private/unheardOf");
  made.request.query = "coin=A&address=B&amount=1&xtimestamp=1700000000000";
  EXPECT_EQ(made.reason(), Reason::parameter_unlisted);
}

TEST(MexcRequest, AContractPostTakesNoQuery) {
  MexcRequest made("POST", "/api/v1/private/order/cancel");
  made.request.query = "a=1";
  made.request.body = "[]";
  EXPECT_EQ(made.reason(), Reason::query_unexpected);
}

TEST(MexcRequest, AContractReadReachesTheTradesThatDemandNothing) {
  MexcRequest made("GET", "/api/v1/private/account/assets");
  ASSERT_TRUE(made.canonicalise().ok());
  EXPECT_TRUE(made.draft.facts.reachable.has(trade)) << "POST position/close_all";
  EXPECT_EQ(made.draft.facts.operation_class, read);
  EXPECT_FALSE(made.draft.facts.reachable.has(session));
}

TEST(MexcRequest, AnUnknownContractPathReachesWhatItsShapeReaches) {
  MexcRequest made("POST", "/api/v1/private/unheardOf");
  made.request.body = R"([{"deep":{"currency":"A","amount":1,"address":"B"}}])";
  ASSERT_TRUE(made.canonicalise().ok());
  EXPECT_TRUE(made.draft.facts.reachable.has(withdraw)) << "POST /open/api/v2/asset/withdraw";
}

TEST(MexcRequest, SpotBytesDoNotReachContract) {
  MexcRequest made("GET", "/api/v3/unheardOf");
  made.request.query = "currency=A&amount=1&address=B";
  ASSERT_TRUE(made.canonicalise().ok());
  EXPECT_FALSE(made.draft.facts.reachable.has(withdraw));
}

// MEXC signs no path: what a row with any names signs could go to endpoints that the table lacks.
TEST(MexcRequest, NoOperationTakesAnyNames) {
  for (const Operation& operation : find_venue("mexc")->operations) {
    EXPECT_EQ(operation.optional.find('*'), std::string_view::npos) << operation.method << ' ' << operation.path;
  }
  MexcRequest spot("GET", "/api/v3/rebate/referCode");
  spot.request.query = "unheardOf=1";
  EXPECT_EQ(spot.reason(), Reason::parameter_unlisted);
  MexcRequest contract("POST", "/api/v1/private/account/asset/analysis/v3");
  contract.request.body = R"({"unheardOf":1})";
  EXPECT_EQ(contract.reason(), Reason::parameter_unlisted);
}

TEST(MexcRequest, TheReceiveWindowOfContractIsInSeconds) {
  MexcRequest made("GET", "/api/v1/private/account/assets");
  made.request.recv_window = "5000";
  EXPECT_EQ(made.reason(), Reason::recv_window_range);
  made.request.recv_window = "60";
  EXPECT_TRUE(made.canonicalise().ok());
}

TEST(MexcRequest, ParametersFormTheQueryOfASpotPost) {
  MexcRequest made("POST", "/api/v3/order");
  const std::vector<NameValue> params{{"symbol", "A"}, {"side", "BUY"}, {"type", "MARKET"}};
  made.request.params = params;
  ASSERT_TRUE(made.canonicalise().ok());
  EXPECT_EQ(made.draft.target, "/api/v3/order?symbol=A&side=BUY&type=MARKET&timestamp=1700000000000");
  EXPECT_EQ(made.draft.body, "");
  EXPECT_EQ(made.draft.headers[0].value, kKey);
  EXPECT_EQ(made.draft.headers[1].value, "application/json");
}

TEST(MexcRequest, KeepsTheCallersContentType) {
  MexcRequest made("POST", "/api/v3/order");
  made.request.query = "symbol=A&side=BUY&type=MARKET";
  const NameValue type{"content-type", "application/json; charset=utf-8"};
  made.request.headers = {&type, 1};
  ASSERT_TRUE(made.canonicalise().ok());
  EXPECT_EQ(made.draft.header_count, 2U);
}

TEST(MexcRequest, TheLoginTakesNoParameters) {
  MexcRequest made("login", "");
  made.request.kind = RequestKind::ws;
  const NameValue param{"subscribe", "false"};
  made.request.params = {&param, 1};
  EXPECT_EQ(made.reason(), Reason::message_part_unused);
}

}  // namespace
}  // namespace custos::exchange::testing
