// Phemex, from phemex-docs.github.io (phemex/phemex-docs, "REST Request Header", "API Authentication").
//
// What is signed is path, query (without "?"), expiry and body, joined without a separator, and no method. So the same bytes may
// be sent under another method, and the path may end earlier or later; facts.reachable counts all operations that this gives. The
// secret is signed with as it is shown, as the current documentation and ccxt do; a page of 2024 that decodes it is not followed.
#include <array>

#include "exchange/composer.h"
#include "exchange/placement.h"
#include "exchange/venues/venues.h"

namespace custos::exchange {
namespace {

using enum facts::OperationClass;

constexpr std::uint32_t kExpiresAfterSeconds = 60;        // phemex-docs: "generally now plus one minute"
constexpr std::uint32_t kLogonExpiresAfterSeconds = 120;  // phemex-docs, WebSocket "User Authentication"

constexpr std::array kAlgorithms{SigningAlgorithm{"HMAC-SHA256", SecretForm::text}};
constexpr std::array<std::string_view, 2> kEnvironments{"live", "testnet"};
constexpr auto kHosts = std::to_array<Host>({
    {"live", "/", "api.phemex.com"},
    {"live", "/", "vapi.phemex.com"},
    {"testnet", "/", "testnet-api.phemex.com"},
});

constexpr auto kHeaders = std::to_array<Header>({
    {"x-phemex-access-token", "${key}"},
    {"x-phemex-request-expiry", "${expires}"},
    {"x-phemex-request-signature", "${signature}"},
    {"Content-Type", "application/json", Header::When::with_body},
});

constexpr auto kSchemes = std::to_array<Scheme>({
    {
        .name = "REST",
        .preimage = "${path}${query}${expires}${body}",
        .time = TimeFormat::none,
        .time_rule = "until the expiry",
        .binding = {.path = true},
        .parameters = {.body_methods = "POST", .repeated = true},
        .expires_after_s = kExpiresAfterSeconds,
        .expires_most_s = kLogonExpiresAfterSeconds,
        .headers = kHeaders,
    },
    {
        .kind = RequestKind::ws,
        .name = "WebSocket user.auth",
        .select = "user.auth",
        .preimage = "${key}${expires}",
        .time = TimeFormat::none,
        .time_rule = "until the expiry",
        .binding = {.method = true, .path = true},
        .expires_after_s = kLogonExpiresAfterSeconds,
        .expires_most_s = kLogonExpiresAfterSeconds,
        .message = R"({"method":"user.auth","params":["API","${key}","${signature}",${expires}],"id":1})",
    },
});

// kOperations: ccxt 4.5.84 phemex.js (private); phemex-docs. GET confirm/withdraw completes a withdrawal.
constexpr auto kOperations = std::to_array<Operation>({
    {"GET", "/accounts/accountPositions", read},
    {"GET", "/api-data/futures/funding-fees", read},
    {"GET", "/api-data/futures/orders", read},
    {"GET", "/api-data/futures/orders/by-order-id", read},
    {"GET", "/api-data/futures/trades", read},
    {"GET", "/api-data/futures/trading-fees", read},
    {"GET", "/api-data/futures/v2/tradeAccountDetail", read},
    {"GET", "/api-data/g-futures/closedPosition", read},
    {"GET", "/api-data/g-futures/funding-fees", read},
    {"GET", "/api-data/g-futures/orders", read},
    {"GET", "/api-data/g-futures/orders/by-order-id", read},
    {"GET", "/api-data/g-futures/trades", read},
    {"GET", "/api-data/g-futures/trading-fees", read},
    {"GET", "/api-data/spots/funds", read},
    {"GET", "/api-data/spots/orders", read},
    {"GET", "/api-data/spots/orders/by-order-id", read},
    {"GET", "/api-data/spots/pnls", read},
    {"GET", "/api-data/spots/trades", read},
    {"GET", "/api-data/spots/trades/by-order-id", read},
    {"GET", "/assets/convert", read},
    {"POST", "/assets/convert", transfer},
    {"GET", "/assets/futures/sub-accounts/transfer", read},
    {"POST", "/assets/futures/sub-accounts/transfer", transfer},
    {"GET", "/assets/quote", read},
    {"GET", "/assets/spots/sub-accounts/transfer", read},
    {"POST", "/assets/spots/sub-accounts/transfer", transfer},
    {"GET", "/assets/transfer", read},
    {"POST", "/assets/transfer", transfer},
    {"POST", "/assets/universal-transfer", transfer},
    {"POST", "/exchange/margins", transfer},
    {"GET", "/exchange/margins/transfer", transfer},
    {"POST", "/exchange/margins/transfer", transfer},
    {"GET", "/exchange/order", read},
    {"GET", "/exchange/order/list", read},
    {"GET", "/exchange/order/trade", read},
    {"GET", "/exchange/order/v2/orderList", read},
    {"GET", "/exchange/order/v2/tradingList", read},
    {"GET", "/exchange/spot/order", read},
    {"GET", "/exchange/spot/order/trades", read},
    {"POST", "/exchange/wallets/cancelWithdraw", withdraw},
    {"GET", "/exchange/wallets/confirm/withdraw", withdraw},
    {"POST", "/exchange/wallets/confirm/withdraw", withdraw},
    {"POST", "/exchange/wallets/createWithdraw", withdraw},
    {"POST", "/exchange/wallets/createWithdrawAddress", manage},
    {"GET", "/exchange/wallets/depositList", read},
    {"POST", "/exchange/wallets/transferIn", transfer},
    {"POST", "/exchange/wallets/transferOut", transfer},
    {"GET", "/exchange/wallets/v2/depositAddress", read},
    {"GET", "/exchange/wallets/withdrawList", read},
    {"GET", "/g-accounts/accountPositions", read},
    {"GET", "/g-accounts/positions", read},
    {"GET", "/g-accounts/risk-unit", read},
    {"DELETE", "/g-orders", trade},
    {"POST", "/g-orders", trade},
    {"GET", "/g-orders/activeList", read},
    {"DELETE", "/g-orders/all", trade},
    {"DELETE", "/g-orders/cancel", trade},
    {"PUT", "/g-orders/create", trade},
    {"PUT", "/g-orders/replace", trade},
    {"PUT", "/g-positions/leverage", trade},
    {"PUT", "/g-positions/switch-pos-mode-sync", trade},
    {"DELETE", "/orders", trade},
    {"POST", "/orders", trade},
    {"GET", "/orders/activeList", read},
    {"DELETE", "/orders/all", trade},
    {"DELETE", "/orders/cancel", trade},
    {"PUT", "/orders/replace", trade},
    {"GET", "/phemex-deposit/wallets/api/chainCfg", read},
    {"GET", "/phemex-deposit/wallets/api/depositAddress", read},
    {"GET", "/phemex-deposit/wallets/api/depositHist", read},
    {"GET", "/phemex-lb/public/api/trader/performance-info", read},
    {"GET", "/phemex-user/order/closedPositionList", read},
    {"GET", "/phemex-user/users/children", read},
    {"GET", "/phemex-user/wallets/tradeAccountDetail", read},
    {"GET", "/phemex-user/wallets/v2/depositAddress", read},
    {"GET", "/phemex-withdraw/wallets/api/asset/info", read},
    {"POST", "/phemex-withdraw/wallets/api/cancelWithdraw", withdraw},
    {"POST", "/phemex-withdraw/wallets/api/createWithdraw", withdraw},
    {"GET", "/phemex-withdraw/wallets/api/withdrawHist", read},
    {"POST", "/positions/assign", transfer},
    {"PUT", "/positions/leverage", trade},
    {"PUT", "/positions/riskLimit", trade},
    {"DELETE", "/spot/orders", trade},
    {"GET", "/spot/orders", read},
    {"POST", "/spot/orders", trade},
    {"PUT", "/spot/orders", trade},
    {"GET", "/spot/orders/active", read},
    {"DELETE", "/spot/orders/all", trade},
    {"PUT", "/spot/orders/create", trade},
    {"GET", "/spot/wallets", read},
    {"POST", "/uta-account/switch-mode", manage},
    {"GET", "/uta-api/risk/risk-mode", read},
    {"GET", "/uta-api/risk/risk-units", read},
    {"GET", "/uta-biz/assets", read},
    {"GET", "/uta-exchanger/assets/convert", read},
    {"POST", "/uta-exchanger/assets/convert", transfer},
    {"GET", "/uta-funds/contract/borrow", read},
    {"GET", "/uta-funds/contract/borrow/interests", read},
    {"GET", "/uta-funds/contract/payback", read},
    {"POST", "/uta-funds/contract/payback", transfer},
    {"WS", "user.auth", session},
});

// Needs names the parameters without one of which an operation whose path others begin with does nothing.
struct Needs {
  std::string_view path;
  std::array<std::string_view, 3> any;
};
constexpr std::array<std::string_view, 3> kOrderNames{"orderID", "clOrdID", "origClOrdID"};
constexpr auto kNeeds = std::to_array<Needs>({
    {"/g-orders", kOrderNames},
    {"/orders", kOrderNames},
    {"/spot/orders", kOrderNames},
});

// is_served says that an operation whose path ends within the request's gets something to do: the query's first name then has
// the rest of the path before it, the others and a body are as they are. A rest with '=' is a parameter by itself.
bool is_served(const Composer& composer, std::string_view path) noexcept {
  if (!composer.body().empty() || composer.path().find('=') != std::string_view::npos) return true;
  const auto params = composer.params();
  for (const Needs& needs : kNeeds) {
    if (needs.path != path) continue;
    for (std::size_t i = 1; i < params.size(); ++i) {
      for (const std::string_view name : needs.any) {
        if (params[i].name == name) return true;
      }
    }
    return false;
  }
  return params.size() > 1;
}

void reach_other_paths(Composer& composer) noexcept {
  const std::string_view path = composer.path();
  for (const Operation& operation : kOperations) {
    const std::string_view other = operation.path;
    const bool longer =
        other.size() > path.size() && other.starts_with(path) && composer.query().starts_with(other.substr(path.size()));
    const bool shorter = other.size() < path.size() && path.starts_with(other) && is_served(composer, other);
    if (longer || shorter) composer.draft().facts.reachable.add(operation.operation_class);
  }
}

constexpr std::string_view kDigitAtEnd =
    "the query ends in a digit, to which Phemex joins the expiry: whoever holds the request can take it for one with a shorter "
    "query that expires later";

// refuse_path_in_query refuses a first name with '/', which could be the rest of a longer path that the table does not know.
void refuse_path_in_query(Composer& composer) noexcept {
  if (!composer.ok() || composer.params_in_query() == 0) return;
  const std::string_view name = composer.params().front().name;
  if (name.find('/') != std::string_view::npos) composer.refuse(Reason::parameter_unlisted, name);
}

SignStatus canonicalise(const Venue& venue, const RequestView& request, const CanonicalContext& context, Draft& draft) noexcept {
  if (request.kind != RequestKind::rest) return compose_by_scheme(venue, request, context, draft);
  Composer composer(venue, request, context, draft);
  composer.read();
  // Of an operation that the table does not know nobody can tell where its path ends.
  if (composer.ok() && composer.row() == nullptr) composer.refuse(Reason::operation_unlisted, composer.path());
  refuse_path_in_query(composer);
  if (composer.ok()) reach_other_paths(composer);
  if (composer.query().find_last_of("0123456789") + 1 == composer.query().size() && !composer.query().empty()) {
    composer.warn(kDigitAtEnd);
  }
  composer.write_preimage();
  composer.write_outputs();
  return composer.finish();
}

const OperationIndex& index(const Venue& venue) noexcept {
  static const OperationIndex built(venue);
  return built;
}

}  // namespace

constexpr Venue kPhemex{
    .name = "phemex",
    .title = "Phemex",
    .source = "phemex/phemex-docs; ccxt 4.5.84",
    .algorithms = kAlgorithms,
    .environments = kEnvironments,
    .hosts = kHosts,
    .schemes = kSchemes,
    .operations = kOperations,
    .notes =
        "The signature covers no method, and path, query and expiry are joined without a separator: a query that ends in a digit "
        "could be read with that digit as the expiry's first. PUT and DELETE take parameters in the query only.",
    .check = {.path = "/g-accounts/accountPositions", .query = "currency=USDT"},
    .index = index,
    .canonicalise = canonicalise,
    .place = place_signature,
};

}  // namespace custos::exchange
