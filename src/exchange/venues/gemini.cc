// Gemini, from docs.gemini.com/authentication/api-key ("REST authentication").
//
// What is signed is the base64 text of a JSON payload that names the path ("request") and the nonce besides the parameters, and
// goes into a header; the HTTP body stays empty. Params become a payload; a raw body is the payload itself, and is never
// rewritten, so it must name both. The method is not covered, nor a query: none is taken.
#include <array>

#include "exchange/composer.h"
#include "exchange/json.h"
#include "exchange/placement.h"
#include "exchange/venues/venues.h"

namespace custos::exchange {
namespace {

using enum facts::OperationClass;

constexpr std::array kAlgorithms{SigningAlgorithm{"HMAC-SHA384", SecretForm::text}};
constexpr std::array<std::string_view, 2> kEnvironments{"live", "testnet"};
constexpr auto kHosts = std::to_array<Host>({
    {"live", "/", "api.gemini.com"},
    {"testnet", "/", "api.sandbox.gemini.com"},
});

constexpr auto kHeaders = std::to_array<Header>({
    {"X-GEMINI-APIKEY", "${key}"},
    {"X-GEMINI-PAYLOAD", "${custom}"},
    {"X-GEMINI-SIGNATURE", "${signature}"},
    {"Content-Type", "text/plain"},
    {"Cache-Control", "no-cache"},
});

// write_preimage_again writes the payload's base64 text, which the header repeats.
void write_preimage_again(Composer& composer) noexcept { composer.out().append(composer.draft().preimage); }

constexpr auto kSchemes = std::to_array<Scheme>({
    {
        .name = "REST",
        .preimage = "${base64(}${body}${)}",
        .time = TimeFormat::none,
        .time_rule = "the nonce rises",
        .nonce = NonceRule::rising_ms,
        .binding = {.path = true},
        .parameters = {.body_methods = "GET POST"},
        .headers = kHeaders,
        .custom = write_preimage_again,
    },
});

// kOperations: ccxt 4.5.84 gemini.js (api.private); docs.gemini.com. The handshake of the order events WebSocket is a signed GET.
// Clearing trades with a counterparty of the caller's choice at any price, which moves funds to its account: transfer.
constexpr auto kOperations = std::to_array<Operation>({
    {"POST", "/v1/account", read},
    {"POST", "/v1/account/create", manage},
    {"POST", "/v1/account/list", read},
    {"POST", "/v1/account/rename", manage},
    {"POST", "/v1/account/transfer/{}", transfer},
    {"POST", "/v1/addresses/{}", read},
    {"POST", "/v1/approvedAddresses/account/{}", read},
    {"POST", "/v1/approvedAddresses/{}/remove", manage},
    {"POST", "/v1/approvedAddresses/{}/request", manage},
    {"POST", "/v1/balances", read},
    {"POST", "/v1/balances/earn", read},
    {"POST", "/v1/balances/staking", read},
    {"POST", "/v1/clearing/broker/list", read},
    {"POST", "/v1/clearing/broker/new", transfer},
    {"POST", "/v1/clearing/cancel", trade},
    {"POST", "/v1/clearing/confirm", transfer},
    {"POST", "/v1/clearing/list", read},
    {"POST", "/v1/clearing/new", transfer},
    {"POST", "/v1/clearing/status", read},
    {"POST", "/v1/clearing/trades", read},
    {"POST", "/v1/custodyaccountfees", read},
    {"POST", "/v1/deposit/{}/newAddress", manage},
    {"POST", "/v1/earn/history", read},
    {"POST", "/v1/earn/interest", read},
    {"POST", "/v1/heartbeat", trade},
    {"POST", "/v1/instant/execute", trade},
    {"POST", "/v1/instant/quote", read},
    {"POST", "/v1/margin", read},
    {"POST", "/v1/margin/account", read},
    {"POST", "/v1/margin/order/preview", read},
    {"POST", "/v1/margin/rates", read},
    {"POST", "/v1/mytrades", read},
    {"POST", "/v1/notionalbalances/{}", read},
    {"POST", "/v1/notionalvolume", read},
    {"POST", "/v1/oauth/revokeByToken", manage},
    {"POST", "/v1/order/cancel", trade},
    {"POST", "/v1/order/cancel/all", trade},
    {"POST", "/v1/order/cancel/session", trade},
    {"GET", "/v1/order/events", session},
    {"POST", "/v1/order/new", trade},
    {"POST", "/v1/order/status", read},
    {"POST", "/v1/orders", read},
    {"POST", "/v1/orders/history", read},
    {"POST", "/v1/payments/addbank", manage},
    {"POST", "/v1/payments/addbank/cad", manage},
    {"POST", "/v1/payments/methods", read},
    {"POST", "/v1/payments/sen/withdraw", withdraw},
    {"POST", "/v1/perpetuals/fundingPayment", read},
    {"POST", "/v1/perpetuals/fundingpaymentreport/records.json", read},
    {"GET", "/v1/perpetuals/fundingpaymentreport/records.xlsx", read},
    {"POST", "/v1/positions", read},
    {"GET", "/v1/prediction-markets/liquidity-rewards/summary/daily", read},
    {"GET", "/v1/prediction-markets/liquidity-rewards/summary/total", read},
    {"POST", "/v1/prediction-markets/maker-rebate/payouts", read},
    {"GET", "/v1/prediction-markets/maker-rebate/summary/total", read},
    {"POST", "/v1/prediction-markets/metrics/volume", read},
    {"POST", "/v1/prediction-markets/order", trade},
    {"POST", "/v1/prediction-markets/order/batch", trade},
    {"POST", "/v1/prediction-markets/order/batch/cancel", trade},
    {"POST", "/v1/prediction-markets/order/cancel", trade},
    {"POST", "/v1/prediction-markets/orders/active", read},
    {"POST", "/v1/prediction-markets/orders/history", read},
    {"POST", "/v1/prediction-markets/positions", read},
    {"POST", "/v1/prediction-markets/positions/settled", read},
    {"POST", "/v1/prediction-markets/terms/accept", manage},
    {"GET", "/v1/prediction-markets/terms/status", read},
    {"POST", "/v1/roles", read},
    {"POST", "/v1/staking/history", read},
    {"POST", "/v1/staking/rewards", read},
    {"POST", "/v1/staking/stake", transfer},
    {"POST", "/v1/staking/unstake", transfer},
    {"POST", "/v1/tradevolume", read},
    {"POST", "/v1/transactions", read},
    {"POST", "/v1/transfers", read},
    {"POST", "/v1/withdraw/{}", withdraw},
    {"POST", "/v1/withdraw/{}/feeEstimate", read},
    {"POST", "/v1/wrap/{}", transfer},
    {"GET", "/v2/network/{}", read},
    {"GET", "/v2/networks/{}/assets", read},
    {"POST", "/v2/transfers", read},
    {"POST", "/v2/withdraw/{}/{}", withdraw},
    {"POST", "/v2/withdraw/{}/{}/feeEstimate", read},
});

const OperationIndex& index(const Venue& venue) noexcept {
  static const OperationIndex built(venue);
  return built;
}

// write_payload forms the payload: request, nonce, then the params that read_body wrote as a JSON object.
void write_payload(Composer& composer) noexcept {
  composer.read_times();
  if (!composer.ok()) return;
  for (JsonMembers members(JsonValue{JsonType::object, composer.body()}); members.next();) {
    const JsonValue name = members.name();
    if (is_string(name, "request") || is_string(name, "nonce")) return composer.refuse(Reason::repeated_name, name.raw);
  }
  BoundedWriter& out = composer.out();
  const std::string_view params = composer.body();
  const std::size_t mark = out.size();
  out.append(R"({"request":")");
  write_json_string(composer.path(), out);
  out.append(R"(","nonce":")").append(composer.nonce()).append('"');
  if (params.empty()) {
    out.append('}');
  } else {
    out.append(',').append(params.substr(1));
  }
  composer.set_body(out.since(mark));
}

// read_payload holds the caller's payload against the request.
void read_payload(Composer& composer) noexcept {
  composer.expect_nonce_in_body();
  composer.read_times();
  if (!composer.ok()) return;
  const JsonValue payload = composer.json();
  const JsonValue request = member(payload, "request");
  if (!request) return composer.refuse(Reason::member_missing, "request");
  if (!is_string(request, composer.path())) return composer.refuse(Reason::member_malformed, "request");
  const JsonValue own = member(payload, "nonce");
  if (own.type != JsonType::string && own.type != JsonType::number) return composer.refuse(Reason::member_missing, "nonce");
  const std::string_view nonce = write_text(own, composer.out());
  if (composer.request().nonce.empty()) return composer.set_nonce(nonce);
  if (composer.nonce() != nonce) composer.refuse(Reason::nonce_differs, "nonce");
}

SignStatus compose(const Venue& venue, const RequestView& request, const CanonicalContext& context, Draft& draft) noexcept {
  Composer composer(venue, request, context, draft);
  composer.begin();
  composer.read_target();
  composer.read_query();
  if (!composer.query().empty()) composer.refuse(Reason::query_unexpected, composer.query());
  composer.read_body();
  if (composer.ok()) request.body.empty() ? write_payload(composer) : read_payload(composer);
  draft.facts.body = composer.body();
  composer.judge();
  composer.write_preimage();
  composer.write_outputs();
  composer.set_body({});  // the payload travels in its header
  return composer.finish();
}

}  // namespace

constexpr Venue kGemini{
    .name = "gemini",
    .title = "Gemini",
    .source = "docs.gemini.com; ccxt 4.5.84",
    .algorithms = kAlgorithms,
    .environments = kEnvironments,
    .hosts = kHosts,
    .schemes = kSchemes,
    .operations = kOperations,
    .notes =
        "The HTTP body is empty; a raw body is taken as the JSON payload, with its own request and nonce. A master key names "
        "the account in the parameter account. Keys with time-based nonces want seconds: give the nonce, once per second.",
    .check = {.method = "POST", .path = "/v1/balances"},
    .index = index,
    .canonicalise = compose,
    .place = place_signature,
};

}  // namespace custos::exchange
