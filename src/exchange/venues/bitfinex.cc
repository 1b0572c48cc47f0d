// Bitfinex v2, from docs.bitfinex.com/docs/rest-auth and ws-auth, and bitfinexcom/bitfinex-api-py.
//
// The signature covers path, nonce and body, joined without a delimiter, and no method and no query: none is taken. What it
// covers splits in one way: no path of the table but some of class read ends in a digit, and a body begins with '{' or '['.
#include <array>

#include "exchange/composer.h"
#include "exchange/json.h"
#include "exchange/placement.h"
#include "exchange/venues/venues.h"

namespace custos::exchange {
namespace {

using enum facts::OperationClass;

constexpr std::array kAlgorithms{SigningAlgorithm{"HMAC-SHA384", SecretForm::text}};
constexpr std::array<std::string_view, 1> kEnvironments{"live"};
constexpr auto kHosts = std::to_array<Host>({
    {"live", "/v2/auth/", "api.bitfinex.com"},
});

constexpr auto kHeaders = std::to_array<Header>({
    {"bfx-nonce", "${nonce}"},
    {"bfx-apikey", "${key}"},
    {"bfx-signature", "${signature}"},
    {"Content-Type", "application/json", Header::When::with_body},
});

constexpr std::string_view kNonceRule = "the nonce rises, and stays below 2^53";

constexpr auto kSchemes = std::to_array<Scheme>({
    {
        .name = "REST",
        .preimage = "/api${path}${nonce}${body}",
        .time = TimeFormat::none,
        .time_rule = kNonceRule,
        .nonce = NonceRule::rising_us,
        .binding = {.path = true},
        .parameters = {.body_methods = "POST"},
        .headers = kHeaders,
    },
    {
        .kind = RequestKind::ws,
        .name = "WebSocket auth",
        .select = "auth",
        .preimage = "AUTH${nonce}",
        .time = TimeFormat::none,
        .time_rule = kNonceRule,
        .nonce = NonceRule::rising_us,
        .message =
            R"({"event":"auth","apiKey":"${key}","authPayload":"AUTH${nonce}","authNonce":${nonce},"authSig":"${signature}"})",
    },
});

// kOperations: ccxt 4.5.84 bitfinex.js (api.private); docs.bitfinex.com. Lending (funding) moves funds out of the account's
// disposition: transfer. Alerts, pulses and settings are the account's: manage.
constexpr auto kOperations = std::to_array<Operation>({
    {"POST", "/v2/auth/calc/deriv/collateral/limits", read},
    {"POST", "/v2/auth/calc/order/avail", read},
    {"POST", "/v2/auth/r/alerts", read},
    {"POST", "/v2/auth/r/audit/hist", read},
    {"POST", "/v2/auth/r/deposit/address/all", read},
    {"POST", "/v2/auth/r/ext/invoice/payments", read},
    {"POST", "/v2/auth/r/ext/wallets/transfers/free/count", read},
    {"POST", "/v2/auth/r/funding/credits", read},
    {"POST", "/v2/auth/r/funding/credits/hist", read},
    {"POST", "/v2/auth/r/funding/credits/{}", read},
    {"POST", "/v2/auth/r/funding/credits/{}/hist", read},
    {"POST", "/v2/auth/r/funding/loans", read},
    {"POST", "/v2/auth/r/funding/loans/hist", read},
    {"POST", "/v2/auth/r/funding/loans/{}", read},
    {"POST", "/v2/auth/r/funding/loans/{}/hist", read},
    {"POST", "/v2/auth/r/funding/offers", read},
    {"POST", "/v2/auth/r/funding/offers/hist", read},
    {"POST", "/v2/auth/r/funding/offers/{}", read},
    {"POST", "/v2/auth/r/funding/offers/{}/hist", read},
    {"POST", "/v2/auth/r/funding/trades/hist", read},
    {"POST", "/v2/auth/r/funding/trades/{}/hist", read},
    {"POST", "/v2/auth/r/info/funding/{}", read},
    {"POST", "/v2/auth/r/info/margin/base", read},
    {"POST", "/v2/auth/r/info/margin/sym_all", read},
    {"POST", "/v2/auth/r/info/margin/{}", read},
    {"POST", "/v2/auth/r/info/user", read},
    {"POST", "/v2/auth/r/ledgers/hist", read},
    {"POST", "/v2/auth/r/ledgers/{}/hist", read},
    {"POST", "/v2/auth/r/logins/hist", read},
    {"POST", "/v2/auth/r/movements/hist", read},
    {"POST", "/v2/auth/r/movements/info", read},
    {"POST", "/v2/auth/r/movements/{}/hist", read},
    {"POST", "/v2/auth/r/order/{}/trades", read},
    {"POST", "/v2/auth/r/orders", read},
    {"POST", "/v2/auth/r/orders/hist", read},
    {"POST", "/v2/auth/r/orders/otc/{}/hist", read},
    {"POST", "/v2/auth/r/orders/{}", read},
    {"POST", "/v2/auth/r/orders/{}/hist", read},
    {"POST", "/v2/auth/r/permissions", read},
    {"POST", "/v2/auth/r/position/increase/info", read},
    {"POST", "/v2/auth/r/positions", read},
    {"POST", "/v2/auth/r/positions/audit", read},
    {"POST", "/v2/auth/r/positions/hist", read},
    {"POST", "/v2/auth/r/positions/snap", read},
    {"POST", "/v2/auth/r/pulse/hist", read},
    {"POST", "/v2/auth/r/settings", read},
    {"POST", "/v2/auth/r/summary", read},
    {"POST", "/v2/auth/r/trades/hist", read},
    {"POST", "/v2/auth/r/trades/{}/hist", read},
    {"POST", "/v2/auth/r/wallets", read},
    {"POST", "/v2/auth/r/wallets/hist", read},
    {"POST", "/v2/auth/w/alert/set", manage},
    {"POST", "/v2/auth/w/alert/{}/del", manage},
    {"POST", "/v2/auth/w/deposit/address", manage},
    {"POST", "/v2/auth/w/deposit/invoice", manage},
    {"POST", "/v2/auth/w/deriv/collateral/limits", trade},
    {"POST", "/v2/auth/w/deriv/collateral/set", trade},
    {"POST", "/v2/auth/w/ext/wallets/deposits/request", transfer},
    {"POST", "/v2/auth/w/ext/wallets/withdrawals/request", withdraw},
    {"POST", "/v2/auth/w/funding/auto", transfer},
    {"POST", "/v2/auth/w/funding/close", transfer},
    {"POST", "/v2/auth/w/funding/keep", transfer},
    {"POST", "/v2/auth/w/funding/offer/cancel", transfer},
    {"POST", "/v2/auth/w/funding/offer/cancel/all", transfer},
    {"POST", "/v2/auth/w/funding/offer/submit", transfer},
    {"POST", "/v2/auth/w/order/cancel", trade},
    {"POST", "/v2/auth/w/order/cancel/multi", trade},
    {"POST", "/v2/auth/w/order/multi", trade},
    {"POST", "/v2/auth/w/order/submit", trade},
    {"POST", "/v2/auth/w/order/update", trade},
    {"POST", "/v2/auth/w/position/claim", trade},
    {"POST", "/v2/auth/w/position/increase", trade},
    {"POST", "/v2/auth/w/position/update/funding/type", trade},
    {"POST", "/v2/auth/w/pulse/add", manage},
    {"POST", "/v2/auth/w/pulse/del", manage},
    {"POST", "/v2/auth/w/settings/del", manage},
    {"POST", "/v2/auth/w/settings/set", manage},
    {"POST", "/v2/auth/w/token", manage},
    {"POST", "/v2/auth/w/transfer", transfer},
    {"POST", "/v2/auth/w/withdraw", withdraw},
    {"WS", "auth", session},
});

const OperationIndex& index(const Venue& venue) noexcept {
  static const OperationIndex built(venue);
  return built;
}

// judge_transfer: a transfer with a recipient (docs.bitfinex.com/reference/rest-auth-transfer: email_dst, user_id_dst) goes to
// another customer, so it needs the class withdraw too.
void judge_transfer(Composer& composer) noexcept {
  if (!composer.ok() || composer.path() != "/v2/auth/w/transfer" || composer.body().empty()) return;
  const JsonValue body = composer.json();
  for (JsonMembers members(body); members.next();) {
    std::array<char, 16> buffer;
    BoundedWriter out(buffer);
    const std::string_view name = write_text(members.name(), out);
    if (name == "email_dst" || name == "user_id_dst") composer.draft().facts.reachable.add(withdraw);
  }
}

SignStatus compose(const Venue& venue, const RequestView& request, const CanonicalContext& context, Draft& draft) noexcept {
  Composer composer(venue, request, context, draft);
  composer.begin();
  if (request.kind == RequestKind::rest) {
    composer.read_target();
    composer.read_query();
    if (!composer.query().empty()) composer.refuse(Reason::query_unexpected, composer.query());
  } else {
    composer.read_operation();
    composer.read_params();
    if (!composer.params().empty()) composer.refuse(Reason::parameter_unlisted, composer.params().front().name);
    if (!request.body.empty()) composer.refuse(Reason::parameter_unlisted, request.body);
  }
  composer.read_body();
  composer.read_times();
  composer.judge();
  judge_transfer(composer);
  composer.write_preimage();
  composer.write_outputs();
  return composer.finish();
}

}  // namespace

constexpr Venue kBitfinex{
    .name = "bitfinex",
    .title = "Bitfinex v2",
    .source = "docs.bitfinex.com; bitfinexcom/bitfinex-api-py; ccxt 4.5.84",
    .algorithms = kAlgorithms,
    .environments = kEnvironments,
    .hosts = kHosts,
    .schemes = kSchemes,
    .operations = kOperations,
    .notes =
        "Give numbers that Bitfinex wants as numbers (flags, lev) in a raw body: params become strings. A paper account is a "
        "sub-account of its own on the same host.",
    .check = {.method = "POST", .path = "/v2/auth/r/info/user"},
    .index = index,
    .canonicalise = compose,
    .place = place_signature,
};

}  // namespace custos::exchange
