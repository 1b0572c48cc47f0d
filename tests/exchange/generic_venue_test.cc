#include "exchange/generic_venue.h"

#include <gmock/gmock.h>

#include <functional>

namespace custos::exchange {
namespace {

using ::testing::HasSubstr;

GenericVenueSpec acme() {
  GenericVenueSpec spec;
  spec.name = "acme";
  spec.algorithm = "HMAC-SHA256";
  spec.preimage = "${time}${method}${path}${?query}${body}";
  spec.headers = {{"X-KEY", "${key}"}, {"X-TIME", "${time}"}, {"X-SIGN", "${signature}"}};
  spec.hosts = {"api.acme.example"};
  spec.operations = {{"GET", "/v1/balance", "read"}, {"POST", "/v1/orders/{}", "trade"}};
  return spec;
}

void expect_refused(const std::function<void(GenericVenueSpec&)>& spoil, std::string_view words) {
  GenericVenueSpec spec = acme();
  spoil(spec);
  const auto made = GenericVenue::make(std::move(spec));
  ASSERT_FALSE(made) << "expected a refusal with: " << words;
  EXPECT_EQ(made.error().code, Errc::bad_input);
  EXPECT_THAT(made.error().detail, HasSubstr(std::string(words)));
  EXPECT_THAT(made.error().detail, HasSubstr("custos.toml: venue."));
}

TEST(GenericVenue, IsAVenueLikeOthers) {
  const auto made = GenericVenue::make(acme());
  ASSERT_TRUE(made) << made.error().detail;
  const Venue& venue = **made;
  EXPECT_EQ(venue.name, "generic:acme");
  EXPECT_TRUE(is_generic(venue));
  EXPECT_EQ(venue.title, "acme");
  EXPECT_EQ(venue.algorithms.front().name, "HMAC-SHA256");
  EXPECT_EQ(venue.hosts.front().host, "api.acme.example");
  const auto& index = venue.index(venue);
  ASSERT_NE(index.find("POST", "/v1/orders/17"), nullptr);
  EXPECT_EQ(index.find("POST", "/v1/orders/17/cancel"), nullptr);
  EXPECT_TRUE(venue.schemes.front().binding.method);
}

TEST(GenericVenue, SignsARequest) {
  const auto made = GenericVenue::make(acme());
  ASSERT_TRUE(made);
  const Venue& venue = **made;
  CanonicalContext context;
  context.credential = "acme-main";
  context.environment = "live";
  context.api_key = "the-key";
  context.now_ms = 1'700'000'000'000;
  RequestView request;
  request.method = "GET";
  request.path = "/v1/balance";
  request.query = "asset=BTC";
  Draft draft(SignedRequest::kDefaultCapacity);
  const auto status = venue.canonicalise(venue, request, context, draft);
  ASSERT_TRUE(status.ok()) << explain(status, draft);
  EXPECT_EQ(draft.preimage, "1700000000000GET/v1/balance?asset=BTC");
  EXPECT_EQ(draft.facts.operation_class, facts::OperationClass::read);
  const std::array<std::uint8_t, 32> mac{};
  ASSERT_TRUE(venue.place(venue, mac, context, draft).ok());
  EXPECT_EQ(draft.url, "https://api.acme.example/v1/balance?asset=BTC");
  EXPECT_EQ(draft.signature, std::string(64, '0'));
}

TEST(GenericVenue, RefusesWhatDoesNotFixThePath) {
  expect_refused([](auto& spec) { spec.preimage = "${body}"; }, "venue.acme.preimage: it does not hold ${path}");
  expect_refused([](auto& spec) { spec.preimage = "${time}${body}"; }, "does not hold ${path}");
  expect_refused([](auto& spec) { spec.preimage = "${time}${method}/v1/fixed${body}"; }, "does not hold ${path}");
  expect_refused([](auto& spec) { spec.preimage = "${path}${body}"; }, "neither the method nor a text");
  expect_refused([](auto& spec) { spec.preimage = "${time}|${path}|${body}"; }, "neither the method nor a text");
  expect_refused([](auto& spec) { spec.preimage = "${sha256(}${method}${path}${)}"; }, "raw bytes of a digest");
  for (const char* glued :
       {"${method}${path}${time}${body}", "${method}${path}${nonce}", "${method}${path}${host}${time}", "${method}${path}${key}",
        "${method}${path}${query}", "${method}${path}${sorted}", "${method}${path}${?query}${time}",
        "${method}${path}${body}${time}", "${method}${path}x${time}", "${method}${path}/${time}", "${query}${method}${path}",
        "${method}${path}${sha256_hex(}${body}${)}", "${method}${base64(}${path}${)}${time}"}) {
    expect_refused(
        [glued](auto& spec) {
          spec.nonce = "rising_ms";
          spec.headers.emplace_back("X-Nonce", "${nonce}");
          spec.preimage = glued;
        },
        "preimage");
  }
  expect_refused([](auto& spec) { spec.preimage.clear(); }, "preimage: is missing");
}

TEST(GenericVenue, TakesATextOfItsOwnInTheMethodsPlace) {
  GenericVenueSpec spec = acme();
  for (const char* fixed : {"${method}${path}", "${method}\n${path}\n${time}", "${time}${method}${path}${?query}${body}",
                            "${method} ${path} ${query}", "${query}\n${method}${path}",
                            "x${sha256_hex(}${method}${path}${)}${time}", "${method}${path}|${sorted}"}) {
    spec.preimage = fixed;
    EXPECT_TRUE(GenericVenue::make(spec)) << fixed;
  }
  spec.preimage = "acme-v1:${path}${body}";
  EXPECT_TRUE(GenericVenue::make(spec));
}

TEST(GenericVenue, RefusesUnknownAndMisplacedPieces) {
  expect_refused([](auto& spec) { spec.preimage = "${method}${path}${nonsense}"; }, "'${nonsense}' is no piece");
  expect_refused([](auto& spec) { spec.preimage = "${method}${path}${signature}"; }, "${signature} cannot stand");
  expect_refused([](auto& spec) { spec.preimage = "${method}${path}${custom}"; }, "${custom} belongs");
  expect_refused([](auto& spec) { spec.preimage = "${method}${path}${nonce}"; }, "nonce = \"rising_ms\"");
  expect_refused([](auto& spec) { spec.headers.pop_back(); }, "say where the signature goes");
  expect_refused([](auto& spec) { spec.headers.emplace_back("X-SIGN-2", "${signature}"); }, "more than once");
  expect_refused([](auto& spec) { spec.headers.emplace_back("x-key", "a"); }, "twice");
  expect_refused([](auto& spec) { spec.headers.emplace_back("Host", "a"); }, "venue.acme.headers.Host");
  expect_refused([](auto& spec) { spec.headers.emplace_back("X-A", "a\r\nb"); }, "printable");
  expect_refused([](auto& spec) { spec.headers.emplace_back("X-A", "${passphrase}"); }, "passphrase = true");
  expect_refused([](auto& spec) { spec.headers.emplace_back("X-A", "${public_key}"); }, "Ed25519 and ECDSA");
  expect_refused([](auto& spec) { spec.time = "none"; }, "${time} needs a format");
}

TEST(GenericVenue, RefusesBadOperations) {
  expect_refused([](auto& spec) { spec.operations.clear(); }, "operations: is empty");
  expect_refused([](auto& spec) { spec.operations[0].method = "FETCH"; }, "operations[0]: 'FETCH'");
  expect_refused([](auto& spec) { spec.operations[1].path = "/v1/../x"; }, "operations[1]");
  expect_refused([](auto& spec) { spec.operations[1].path = "/v1/a?b=c"; }, "operations[1]");
  expect_refused([](auto& spec) { spec.operations[1].path = "v1"; }, "no path");
  expect_refused([](auto& spec) { spec.operations[0].operation_class = "unknown"; }, "'unknown' is none of");
  expect_refused([](auto& spec) { spec.operations.push_back(spec.operations[0]); }, "listed twice");
  expect_refused([](auto& spec) { spec.operations.push_back({"WS", "login", "session"}); }, "needs message");
  expect_refused([](auto& spec) { spec.hosts = {"https://api.acme.example/"}; }, "no host");
  expect_refused([](auto& spec) { spec.secret = "pem"; }, "an HMAC secret is");
  expect_refused([](auto& spec) { spec.signature = "binary"; }, "none of hex");
  expect_refused([](auto& spec) { spec.name = "Acme"; }, "a venue's name");
}

TEST(GenericVenue, AMessageIsALogonAndCarriesNothingElse) {
  GenericVenueSpec spec = acme();
  spec.operations.push_back({"WS", "login", "session"});
  spec.message = R"({"op":"login","key":"${key}","sign":"${signature}"})";
  spec.message_preimage = "${time}GET/realtime";
  EXPECT_TRUE(GenericVenue::make(spec));
  spec.message_preimage = "${body}";
  EXPECT_FALSE(GenericVenue::make(spec));
  spec.message_preimage = "login${sorted}";
  EXPECT_FALSE(GenericVenue::make(spec));
}

}  // namespace
}  // namespace custos::exchange
