// AscendEX, from ascendex/ascendex-pro-api and ascendex/ascendex-futures-pro-api-v2 ("Sign a Request").
//
// What is signed is time, "+" and a short name of the endpoint ("order", "v2/futures/order"): not the account group, the
// account's category, the method, the query or the body. facts.reachable counts all operations of that short name.
#include <array>

#include "exchange/composer.h"
#include "exchange/placement.h"
#include "exchange/venues/venues.h"

namespace custos::exchange {
namespace {

using enum facts::OperationClass;

constexpr std::string_view kNameAlone =
    "the signature covers the endpoint's short name alone: not the account group, the account's category or the method";

constexpr std::array kAlgorithms{SigningAlgorithm{"HMAC-SHA256", SecretForm::text}};
constexpr std::array<std::string_view, 1> kEnvironments{"live"};
constexpr auto kHosts = std::to_array<Host>({
    {"live", "/", "ascendex.com"},
});

struct Endpoint {
  Operation operation;
  std::string_view name;  // as it is signed
};

// kEndpoints: ccxt 4.5.61 ascendex.js (private), the documentation's "Prehash String" of each endpoint. The API has no
// withdrawals; isolated-position-margin moves funds between balance and position.
constexpr auto kEndpoints = std::to_array<Endpoint>({
    {{"GET", "/api/pro/data/v1/cash/balance/history", read}, "data/v1/cash/balance/history"},
    {{"GET", "/api/pro/data/v1/cash/balance/snapshot", read}, "data/v1/cash/balance/snapshot"},
    {{"GET", "/api/pro/data/v1/futures/balance/history", read}, "data/v1/futures/balance/history"},
    {{"GET", "/api/pro/data/v1/futures/balance/snapshot", read}, "data/v1/futures/balance/snapshot"},
    {{"GET", "/api/pro/data/v1/margin/balance/history", read}, "data/v1/margin/balance/history"},
    {{"GET", "/api/pro/data/v1/margin/balance/snapshot", read}, "data/v1/margin/balance/snapshot"},
    {{"GET", "/api/pro/data/v2/order/hist", read}, "data/v2/order/hist"},
    {{"GET", "/api/pro/v1/data/balance/history", read}, "data/balance/history"},
    {{"GET", "/api/pro/v1/data/balance/snapshot", read}, "data/balance/snapshot"},
    {{"GET", "/api/pro/v1/info", read}, "info"},
    {{"GET", "/api/pro/v1/wallet/deposit/address", read}, "wallet/deposit/address"},
    {{"GET", "/api/pro/v1/wallet/transactions", read}, "wallet/transactions"},
    {{"GET", "/api/pro/v2/account/info", read}, "v2/account/info"},
    {{"GET", "/api/v1/user/info", read}, "user/info"},
    {{"GET", "/{}/api/pro/data/v2/order/hist", read}, "data/v2/order/hist"},
    {{"GET", "/{}/api/pro/v1/{}/balance", read}, "balance"},
    {{"DELETE", "/{}/api/pro/v1/{}/order", trade}, "order"},
    {{"POST", "/{}/api/pro/v1/{}/order", trade}, "order"},
    {{"DELETE", "/{}/api/pro/v1/{}/order/all", trade}, "order/all"},
    {{"DELETE", "/{}/api/pro/v1/{}/order/batch", trade}, "order/batch"},
    {{"POST", "/{}/api/pro/v1/{}/order/batch", trade}, "order/batch"},
    {{"GET", "/{}/api/pro/v1/{}/order/hist/current", read}, "order/hist/current"},
    {{"GET", "/{}/api/pro/v1/{}/order/open", read}, "order/open"},
    {{"GET", "/{}/api/pro/v1/{}/order/status", read}, "order/status"},
    {{"GET", "/{}/api/pro/v1/futures/collateral-balance", read}, "futures/collateral-balance"},
    {{"GET", "/{}/api/pro/v1/futures/funding-payments", read}, "futures/funding-payments"},
    {{"GET", "/{}/api/pro/v1/futures/position", read}, "futures/position"},
    {{"GET", "/{}/api/pro/v1/futures/risk", read}, "futures/risk"},
    {{"POST", "/{}/api/pro/v1/futures/transfer/deposit", transfer}, "futures/transfer/deposit"},
    {{"POST", "/{}/api/pro/v1/futures/transfer/withdraw", transfer}, "futures/transfer/withdraw"},
    {{"GET", "/{}/api/pro/v1/margin/risk", read}, "margin/risk"},
    {{"GET", "/{}/api/pro/v1/order/hist", read}, "order/hist"},
    {{"GET", "/{}/api/pro/v1/spot/fee", read}, "fee"},
    {{"POST", "/{}/api/pro/v1/transfer", transfer}, "transfer"},
    {{"GET", "/{}/api/pro/v2/futures/free-margin", read}, "v2/futures/free-margin"},
    {{"GET", "/{}/api/pro/v2/futures/funding-payments", read}, "v2/futures/funding-payments"},
    {{"POST", "/{}/api/pro/v2/futures/isolated-position-margin", transfer}, "v2/futures/isolated-position-margin"},
    {{"POST", "/{}/api/pro/v2/futures/leverage", trade}, "v2/futures/leverage"},
    {{"POST", "/{}/api/pro/v2/futures/margin-type", trade}, "v2/futures/margin-type"},
    {{"DELETE", "/{}/api/pro/v2/futures/order", trade}, "v2/futures/order"},
    {{"POST", "/{}/api/pro/v2/futures/order", trade}, "v2/futures/order"},
    {{"DELETE", "/{}/api/pro/v2/futures/order/all", trade}, "v2/futures/order/all"},
    {{"DELETE", "/{}/api/pro/v2/futures/order/batch", trade}, "v2/futures/order/batch"},
    {{"POST", "/{}/api/pro/v2/futures/order/batch", trade}, "v2/futures/order/batch"},
    {{"GET", "/{}/api/pro/v2/futures/order/hist/current", read}, "v2/futures/order/hist/current"},
    {{"GET", "/{}/api/pro/v2/futures/order/open", read}, "v2/futures/order/open"},
    {{"POST", "/{}/api/pro/v2/futures/order/open", read}, "v2/futures/order/open"},
    {{"GET", "/{}/api/pro/v2/futures/order/status", read}, "v2/futures/order/status"},
    {{"GET", "/{}/api/pro/v2/futures/position", read}, "v2/futures/position"},
    {{"POST", "/{}/api/pro/v2/futures/transfer/deposit", transfer}, "v2/futures/transfer/deposit"},
    {{"POST", "/{}/api/pro/v2/futures/transfer/withdraw", transfer}, "v2/futures/transfer/withdraw"},
    {{"GET", "/{}/api/pro/v2/order/hist", read}, "v2/order/hist"},
    {{"POST", "/{}/api/pro/v2/subuser/subuser-transfer", transfer}, "subuser-transfer"},
    {{"POST", "/{}/api/pro/v2/subuser/subuser-transfer-hist", read}, "subuser-transfer-hist"},
    {{"WS", "auth", session}, "v2/stream"},
    {{"WS", "auth-v1", session}, "stream"},
});
constexpr auto kOperations = [] {
  std::array<Operation, kEndpoints.size()> operations;
  for (std::size_t i = 0; i < operations.size(); ++i) operations[i] = kEndpoints[i].operation;
  return operations;
}();

// name_of answers the signed name of the request's endpoint, or nothing where there is none in the table.
std::string_view name_of(const Composer& composer) noexcept {
  if (composer.row() == nullptr) return {};
  return kEndpoints[static_cast<std::size_t>(composer.row()->operation - kOperations.data())].name;
}

void write_name(Composer& composer) noexcept {
  const std::string_view name = name_of(composer);
  if (name.empty()) return composer.refuse(Reason::operation_unlisted, composer.path());
  composer.out().append(name);
}

void reach_same_name(Composer& composer) noexcept {
  const std::string_view name = name_of(composer);
  for (const Endpoint& endpoint : kEndpoints) {
    if (endpoint.name == name) composer.draft().facts.reachable.add(endpoint.operation.operation_class);
  }
}

SignStatus canonicalise(const Venue& venue, const RequestView& request, const CanonicalContext& context, Draft& draft) noexcept {
  if (request.kind != RequestKind::rest) return compose_by_scheme(venue, request, context, draft);
  Composer composer(venue, request, context, draft);
  composer.read();
  if (composer.ok()) {
    reach_same_name(composer);
    composer.warn(kNameAlone);
  }
  composer.write_preimage();
  composer.write_outputs();
  return composer.finish();
}

constexpr auto kHeaders = std::to_array<Header>({
    {"x-auth-key", "${key}"},
    {"x-auth-timestamp", "${time}"},
    {"x-auth-signature", "${signature}"},
    {"Content-Type", "application/json", Header::When::with_body},
});

constexpr std::string_view kTimeRule = "within 30 s of the server";
constexpr auto kSchemes = std::to_array<Scheme>({
    {
        .name = "REST",
        .preimage = "${time}+${custom}",
        .form = SignatureForm::base64,
        .time_rule = kTimeRule,
        .binding = {.path = true, .query = false, .body = false},  // of the path its short name only
        .parameters = {.body_methods = "POST DELETE"},
        .headers = kHeaders,
        .custom = write_name,
    },
    {
        .kind = RequestKind::ws,
        .name = "WebSocket auth",
        .select = "auth",
        .preimage = "${time}+v2/stream",
        .form = SignatureForm::base64,
        .time_rule = kTimeRule,
        .binding = {.method = true, .path = true},
        .message = R"({"op":"auth","id":"${time_s}","t":"${time}","key":"${key}","sig":"${signature}"})",
    },
    {
        .kind = RequestKind::ws,
        .name = "WebSocket auth (v1)",
        .select = "auth-v1",
        .preimage = "${time}+stream",
        .form = SignatureForm::base64,
        .time_rule = kTimeRule,
        .binding = {.method = true, .path = true},
        .message = R"({"op":"auth","id":"${time_s}","t":"${time}","key":"${key}","sig":"${signature}"})",
    },
});

const OperationIndex& index(const Venue& venue) noexcept {
  static const OperationIndex built(venue);
  return built;
}

}  // namespace

constexpr Venue kAscendex{
    .name = "ascendex",
    .title = "AscendEX",
    .source = "ascendex/ascendex-pro-api@6776af2; ascendex/ascendex-futures-pro-api-v2@4470393; ccxt 4.5.61",
    .algorithms = kAlgorithms,
    .environments = kEnvironments,
    .hosts = kHosts,
    .schemes = kSchemes,
    .operations = kOperations,
    .notes =
        "The signature covers the time and a short name of the endpoint only: for 30 s it opens that endpoint for any account "
        "group, query and body. WebSocket: --method auth for the stream of futures (v2/stream), auth-v1 for that of cash and "
        "margin (stream); the secret is signed with as it is shown.",
    .check = {.path = "/api/pro/v1/info"},
    .index = index,
    .canonicalise = canonicalise,
    .place = place_signature,
};

}  // namespace custos::exchange
