// The steps that all venues share, on a venue made up for the purpose.
#include "exchange/composer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "exchange/placement.h"

namespace custos::exchange {
namespace {

using enum facts::OperationClass;
using ::testing::HasSubstr;

constexpr std::int64_t kNow = 1'700'000'000'123;

constexpr std::array kAlgorithms{SigningAlgorithm{"HMAC-SHA256"}};
constexpr std::array<std::string_view, 1> kEnvironments{"live"};
constexpr std::array kHosts{Host{"live", "/", "api.example.com"}};
constexpr auto kHeaders = std::to_array<Header>({
    {"X-Key", "${key}"},
    {"X-Sign", "v1=${signature};t=${time}"},
    {"X-Nonce", "${nonce}"},
    {"X-Window", "${recv_window}", Header::When::with_recv_window},
    {"Content-Type", "application/json", Header::When::with_body},
});
constexpr auto kOperations = std::to_array<Operation>({
    {"GET", "/v1/orders", read},
    {"POST", "/v1/orders", trade},
    {"DELETE", "/v1/orders/{}", trade},
    {"GET", "/v1/orders/{}", read},
    {"POST", "/v1/withdraw", withdraw},
    {"WS", "login", session},
});

// Made is the venue whose one REST scheme a test changes.
struct Made {
  Made() {
    schemes[0] = {.name = "REST",
                  .preimage = "${time}${method}${path}${?query}${body}",
                  .binding = {.method = true, .path = true},
                  .headers = kHeaders};
    schemes[1] = {.kind = RequestKind::ws,
                  .name = "login",
                  .select = "login",
                  .preimage = "${time}login",
                  .time = TimeFormat::s,
                  .binding = {.method = true, .path = true},
                  .message = R"({"key":"${key}","sign":"${signature}","time":"${time}"})"};
  }

  SignStatus run() {
    Venue venue{.name = "made",
                .title = "Made",
                .source = "a test",
                .algorithms = kAlgorithms,
                .passphrase = passphrase_rule,
                .environments = kEnvironments,
                .hosts = kHosts,
                .schemes = schemes,
                .operations = kOperations,
                .index = index,
                .canonicalise = compose_by_scheme,
                .place = place_signature};
    context.credential = "main";
    context.environment = "live";
    context.api_key = "the-key";
    context.now_ms = kNow;
    const SignStatus status = venue.canonicalise(venue, request, context, draft);
    if (!status.ok()) return status;
    return venue.place(venue, std::array<std::uint8_t, 32>{}, context, draft);
  }
  Reason refusal() {
    const SignStatus status = run();
    return status.ok() ? Reason::none : static_cast<Reason>(status.native);
  }
  Made& to(std::string_view method, std::string_view path) {
    request.method = method;
    request.path = path;
    return *this;
  }
  [[nodiscard]] std::string header(std::string_view name) const {
    for (const auto& one : std::span(draft.headers).first(draft.header_count)) {
      if (one.name == name) return std::string(one.value);
    }
    return "(none)";
  }
  [[nodiscard]] std::string warnings() const {
    std::string all;
    for (std::size_t i = 0; i < draft.warning_count; ++i) all += std::string(draft.warnings[i]) + '\n';
    return all;
  }

  static const OperationIndex& index(const Venue& venue) noexcept {
    static const OperationIndex built(venue);
    return built;
  }

  std::array<Scheme, 2> schemes;
  PassphraseRule passphrase_rule = PassphraseRule::none;
  RequestView request;
  CanonicalContext context;
  Draft draft{8192};
};

const std::string kNoMac(64, '0');

TEST(Composer, LaysOutARequest) {
  Made made;
  made.to("GET", "/v1/orders").request.query = "symbol=BTC&limit=5";
  ASSERT_TRUE(made.run().ok());
  EXPECT_EQ(made.draft.preimage, "1700000000123GET/v1/orders?symbol=BTC&limit=5");
  EXPECT_EQ(made.draft.url, "https://api.example.com/v1/orders?symbol=BTC&limit=5");
  EXPECT_EQ(made.draft.target, "/v1/orders?symbol=BTC&limit=5");
  EXPECT_EQ(made.header("X-Sign"), "v1=" + kNoMac + ";t=1700000000123");
  EXPECT_EQ(made.header("Content-Type"), "(none)");
  EXPECT_EQ(made.draft.operation, "GET /v1/orders (read)");
}

TEST(Composer, PutsParamsWhereTheSchemeSays) {
  const std::vector<NameValue> params{{"note", "a b\"é"}, {"n", "1"}};
  Made get;
  get.to("GET", "/v1/orders").request.params = params;
  ASSERT_TRUE(get.run().ok());
  EXPECT_EQ(get.draft.target, "/v1/orders?note=a%20b%22%C3%A9&n=1");
  Made post;
  post.to("POST", "/v1/orders").request.params = params;
  ASSERT_TRUE(post.run().ok());
  EXPECT_EQ(post.draft.body, "{\"note\":\"a b\\\"é\",\"n\":\"1\"}");
  EXPECT_EQ(post.header("Content-Type"), "application/json");
  Made form;
  form.schemes[0].parameters.body = BodyForm::form;
  form.to("POST", "/v1/orders").request.params = params;
  ASSERT_TRUE(form.run().ok());
  EXPECT_EQ(form.draft.body, "note=a%20b%22%C3%A9&n=1");
}

TEST(Composer, LeavesABodyAsItIs) {
  constexpr std::string_view kBody = "{ \"b\" : 1.50 ,\n\"a\":\"\\u00e9\" }";
  Made made;
  made.to("POST", "/v1/orders").request.body = kBody;
  ASSERT_TRUE(made.run().ok());
  EXPECT_EQ(made.draft.body, kBody);
  EXPECT_TRUE(made.draft.preimage.ends_with(kBody));
}

TEST(Composer, RefusesBodiesThatTwoReadersCouldTakeDifferently) {
  const std::vector<std::pair<std::string_view, Reason>> cases{
      {"\xEF\xBB\xBF{}", Reason::json_byte_order_mark},
      {"{\"a\":1,\"a\":2}", Reason::json_repeated_name},
      {"{\"a\":1} {}", Reason::json_malformed},
      {"{\"a\":\"\xFF\"}", Reason::json_not_utf8},
      {"/cancel{}", Reason::json_malformed},
      {"\"text\"", Reason::json_no_container},
      {"{\"a\":1e999}", Reason::json_number},
  };
  for (const auto& [body, reason] : cases) {
    Made made;
    made.to("POST", "/v1/orders").request.body = body;
    EXPECT_EQ(static_cast<int>(made.refusal()), static_cast<int>(reason)) << body;
  }
}

TEST(Composer, TakesNoBodyWhereTheMethodHasNone) {
  Made made;
  made.to("GET", "/v1/orders").request.body = "{}";
  EXPECT_EQ(static_cast<int>(made.refusal()), static_cast<int>(Reason::body_unexpected));
}

TEST(Composer, MatchesOneSegmentForAPattern) {
  Made made;
  ASSERT_TRUE(made.to("DELETE", "/v1/orders/12-ab").run().ok());
  EXPECT_EQ(made.draft.operation, "DELETE /v1/orders/12-ab (trade)");
  for (const std::string_view path : {"/v1/orders/", "/v1/orders/1/2", "/v1/orders/a;b", "/v1/Orders/1", "/v1/orders//1"}) {
    Made other;
    ASSERT_TRUE(other.to("DELETE", path).run().ok()) << path;
    EXPECT_EQ(other.draft.facts.operation_class, unknown) << path;
  }
}

TEST(Composer, ReachesEveryMethodOfAPathThatIsNotBoundToOne) {
  Made made;
  made.schemes[0].binding.method = false;
  ASSERT_TRUE(made.to("GET", "/v1/orders/7").run().ok());
  EXPECT_EQ(made.draft.facts.reachable, (facts::ClassSet{read, trade}));
}

TEST(Composer, WarnsOfPartsThatTheSignatureDoesNotCover) {
  Made made;
  made.schemes[0].binding.body = false;
  made.to("POST", "/v1/orders").request.body = "{}";
  ASSERT_TRUE(made.run().ok());
  EXPECT_THAT(made.warnings(), HasSubstr("does not cover the body"));
}

TEST(Composer, RefusesTimesAheadAndWarnsOfSeconds) {
  Made ahead;
  ahead.context.timestamp_ms = kNow + 5'001;
  EXPECT_EQ(static_cast<int>(ahead.to("GET", "/v1/orders").refusal()), static_cast<int>(Reason::timestamp_ahead));
  Made seconds;
  seconds.context.timestamp_ms = kNow / 1000;
  ASSERT_TRUE(seconds.to("GET", "/v1/orders").run().ok());
  EXPECT_THAT(seconds.warnings(), HasSubstr("looks like seconds"));
  Made negative;
  negative.context.timestamp_ms = -1;
  EXPECT_EQ(static_cast<int>(negative.to("GET", "/v1/orders").refusal()), static_cast<int>(Reason::timestamp_range));
}

TEST(Composer, HoldsReceiveWindowsToTheSchemesRange) {
  Made unused;
  unused.to("GET", "/v1/orders").request.recv_window = "5";
  EXPECT_EQ(static_cast<int>(unused.refusal()), static_cast<int>(Reason::recv_window_unused));
  Made made;
  made.schemes[0].recv_window_default = 5000;
  made.schemes[0].recv_window_most = 60'000;
  ASSERT_TRUE(made.to("GET", "/v1/orders").run().ok());
  EXPECT_EQ(made.header("X-Window"), "5000");
  for (const std::string_view window : {"60001", "-1", "1.5", "", "05", "1e3", "99999999999999999999999"}) {
    made.request.recv_window = window;
    EXPECT_EQ(static_cast<int>(made.refusal()), static_cast<int>(window.empty() ? Reason::none : Reason::recv_window_range))
        << window;
  }
}

TEST(Composer, HoldsExpiriesToTheSchemesRange) {
  Made made;
  made.schemes[0].preimage = "${expires}${path}${method}";
  made.schemes[0].expires_after_s = 60;
  ASSERT_TRUE(made.to("GET", "/v1/orders").run().ok());
  EXPECT_EQ(made.draft.preimage, "1700000060/v1/ordersGET");
  made.request.expires_s = kNow / 1000 + 3600;
  EXPECT_EQ(static_cast<int>(made.refusal()), static_cast<int>(Reason::expires_ahead));
  made.request.expires_s = 1;  // past: harmless
  EXPECT_TRUE(made.run().ok());
}

// Nonces that a test hands out.
class Rising final : public NonceSource {
 public:
  explicit Rising(std::uint64_t last) : last_(last) {}
  std::uint64_t next(std::uint64_t clock) noexcept override { return last_ = std::max(clock, last_ + 1); }
  bool take(std::uint64_t nonce) noexcept override {
    if (nonce <= last_) return false;
    last_ = nonce;
    return true;
  }

 private:
  std::uint64_t last_;
};

TEST(Composer, TakesRisingNonces) {
  Rising nonces(0);
  Made made;
  made.schemes[0].nonce = NonceRule::rising_us;
  made.context.nonces = &nonces;
  ASSERT_TRUE(made.to("GET", "/v1/orders").run().ok());
  EXPECT_EQ(made.header("X-Nonce"), "1700000000123000");
  ASSERT_TRUE(made.run().ok());
  EXPECT_EQ(made.header("X-Nonce"), "1700000000123001");
}

TEST(Composer, RefusesNoncesThatFallOrRunAhead) {
  Rising nonces(1'700'000'000'123'500);
  Made made;
  made.schemes[0].nonce = NonceRule::rising_us;
  made.context.nonces = &nonces;
  made.to("GET", "/v1/orders");
  const std::vector<std::pair<std::string_view, Reason>> cases{
      {"1700000000123500", Reason::nonce_not_rising},
      {"5", Reason::nonce_not_rising},
      {"1700000060123001", Reason::nonce_ahead},
      {"abc", Reason::nonce_malformed},
      {"-1", Reason::nonce_malformed},
      {"007", Reason::nonce_malformed},
      {"99999999999999999999", Reason::nonce_malformed},
      {"1700000000123501", Reason::none},
  };
  for (const auto& [nonce, reason] : cases) {
    made.request.nonce = nonce;
    EXPECT_EQ(static_cast<int>(made.refusal()), static_cast<int>(reason)) << nonce;
  }
}

TEST(Composer, RefusesWhenItsOwnNoncesHaveRunAheadOfTheClock) {
  Rising nonces(1'700'000'070'000'000);
  Made made;
  made.schemes[0].nonce = NonceRule::rising_us;
  made.context.nonces = &nonces;
  EXPECT_EQ(static_cast<int>(made.to("GET", "/v1/orders").refusal()), static_cast<int>(Reason::nonce_ahead));
}

TEST(Composer, MakesUniqueNonces) {
  Made made;
  made.schemes[0].nonce = NonceRule::uuid;
  ASSERT_TRUE(made.to("GET", "/v1/orders").run().ok());
  const std::string first = made.header("X-Nonce");
  EXPECT_THAT(first, ::testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  ASSERT_TRUE(made.run().ok());
  EXPECT_NE(made.header("X-Nonce"), first);
  made.request.nonce = first;
  EXPECT_TRUE(made.run().ok());
  made.request.nonce = "not a uuid";
  EXPECT_EQ(static_cast<int>(made.refusal()), static_cast<int>(Reason::nonce_malformed));
}

TEST(Composer, NeedsThePassphraseThatTheVenueWants) {
  Made made;
  made.passphrase_rule = PassphraseRule::sent;
  EXPECT_EQ(static_cast<int>(made.to("GET", "/v1/orders").refusal()), static_cast<int>(Reason::passphrase_missing));
}

TEST(Composer, RefusesTheCallersOwnSpellingOfItsHeaders) {
  for (const std::string_view name : {"X-Sign", "x-key", "X_NONCE"}) {
    Made made;
    const std::array headers{NameValue{name, "mine"}};
    made.to("GET", "/v1/orders").request.headers = headers;
    EXPECT_EQ(static_cast<int>(made.refusal()), static_cast<int>(Reason::header_reserved)) << name;
  }
  Made same;
  const std::array type{NameValue{"content-type", "application/json"}};
  same.to("POST", "/v1/orders").request.headers = type;
  same.request.body = "{}";
  EXPECT_TRUE(same.run().ok());
  const std::array other{NameValue{"content-type", "text/plain"}};
  same.request.headers = other;
  EXPECT_EQ(static_cast<int>(same.refusal()), static_cast<int>(Reason::content_type_foreign));
}

TEST(Composer, WritesMessagesWithTheSignatureInside) {
  Made made;
  made.request.kind = RequestKind::ws;
  made.request.method = "login";
  ASSERT_TRUE(made.run().ok());
  EXPECT_EQ(made.draft.message, R"({"key":"the-key","sign":")" + kNoMac + R"(","time":"1700000000"})");
  EXPECT_EQ(made.draft.operation, "WS login (session)");
  EXPECT_TRUE(made.draft.url.empty() && made.draft.body.empty());
}

TEST(Composer, RefusesMessagesThatNoSchemeSigns) {
  Made made;
  made.request.kind = RequestKind::ws;
  made.request.method = "subscribe";
  EXPECT_EQ(static_cast<int>(made.refusal()), static_cast<int>(Reason::scheme_unknown));
  made.request.kind = RequestKind::fix;
  EXPECT_EQ(static_cast<int>(made.refusal()), static_cast<int>(Reason::scheme_unknown));
}

TEST(Composer, AppliesTheFunctionsOfTemplates) {
  Made made;
  made.schemes[0].preimage =
      "${sha256_hex(}${method}${)}|${base64(}${path}${)}|${base64url(}a?${)}|${percent(}a b${)}|${json(}\"${)}";
  ASSERT_TRUE(made.to("GET", "/v1/orders").run().ok());
  EXPECT_EQ(made.draft.preimage,
            "14e30cd163c732912e048c4c837e15c4e90c062ebb795ab947d57706e2d10dd8|L3YxL29yZGVycw==|YT8|a%20b|\\\"");
}

TEST(Composer, SortsParametersAsTheyAreSent) {
  Made made;
  made.schemes[0].preimage = "${sorted}|${sorted_decoded}|${query_decoded}";
  made.to("GET", "/v1/orders").request.query = "b=2%2C3&a=x%20y&c=1";
  ASSERT_TRUE(made.run().ok());
  EXPECT_EQ(made.draft.preimage, "a=x%20y&b=2%2C3&c=1|a=x y&b=2,3&c=1|b=2,3&a=x y&c=1");
}

TEST(Composer, RefusesAnAmpersandWhereItWouldBeSignedUnencoded) {
  Made made;
  made.schemes[0].preimage = "${path}${query_decoded}";
  made.to("GET", "/v1/orders").request.query = "a=1%26b";
  EXPECT_EQ(static_cast<int>(made.refusal()), static_cast<int>(Reason::value_ambiguous));
}

}  // namespace
}  // namespace custos::exchange
