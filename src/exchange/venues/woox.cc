// WOO X, from docs.woox.io (v1) and developer.woox.io (v3).
//
// Binding: v3 signs all of a request. v1 signs the parameters, sorted, and neither method nor path; so a request of v1 is judged
// on all rows of v1. What v1 and v3 sign is never the same, because of v1 it ends in "|" and a time, which neither a query nor
// JSON does.
#include <array>

#include "exchange/composer.h"
#include "exchange/placement.h"
#include "exchange/venues/venues.h"

namespace custos::exchange {
namespace {

using enum facts::OperationClass;

constexpr std::array kAlgorithms{SigningAlgorithm{"HMAC-SHA256", SecretForm::text}};
constexpr std::array<std::string_view, 2> kEnvironments{"live", "testnet"};
constexpr auto kHosts = std::to_array<Host>({
    {"live", "/", "api.woox.io"},
    {"live", "/", "api.woo.org"},
    {"testnet", "/", "api.staging.woox.io"},
    {"testnet", "/", "api.staging.woo.org"},
});

constexpr auto kHeaders = std::to_array<Header>({
    {"x-api-key", "${key}"},
    {"x-api-timestamp", "${time}"},
    {"x-api-signature", "${signature}"},
    {"Content-Type", "application/json", Header::When::with_body},
});
constexpr auto kFormHeaders = std::to_array<Header>({
    {"x-api-key", "${key}"},
    {"x-api-timestamp", "${time}"},
    {"x-api-signature", "${signature}"},
    {"Content-Type", "application/x-www-form-urlencoded"},
});

constexpr std::string_view kTimeRule = "within 300 s of the server";

constexpr auto kSchemes = std::to_array<Scheme>({
    {
        .name = "REST v3",
        .select = "/v3/",
        .preimage = "${time}${method}${path}${?query}${body}",
        .time_rule = kTimeRule,
        .binding = {.method = true, .path = true},
        .headers = kHeaders,
    },
    {
        .name = "REST v1",
        .select = "/v1/",
        .preimage = "${sorted}|${time}",
        .time_rule = kTimeRule,
        .parameters = {.body_methods = "POST PUT DELETE", .body = BodyForm::form},
        .headers = kFormHeaders,
    },
    {
        .kind = RequestKind::ws,
        .name = "WebSocket logon",
        .select = "auth",
        .preimage = "|${time}",
        .time_rule = kTimeRule,
        .binding = {.method = true, .path = true},
        .message = R"({"event":"auth","params":{"apikey":"${key}","sign":"${signature}","timestamp":"${time}"}})",
    },
});

// kOperations: ccxt 4.5.84 woo.js (v1 and v3, private); parameters of v1 from docs.woox.io.
constexpr auto kOperations = std::to_array<Operation>({
    {"GET", "/v1/asset/deposit", read, "token", ""},
    {"GET", "/v1/asset/history", read, "", "token balance_token start_t end_t type status token_side page size"},
    {"POST", "/v1/asset/internal_withdraw", withdraw, "token amount", "address extra receiver receiver_email receiver_uid"},
    {"POST", "/v1/asset/ltv", transfer, "token amount", ""},
    {"POST", "/v1/asset/main_sub_transfer", transfer, "token amount from_application_id to_application_id", ""},
    {"GET", "/v1/asset/main_sub_transfer_history", read, "",
     "token from_application_id to_application_id start_t end_t page size"},
    {"DELETE", "/v1/asset/withdraw", withdraw, "id", ""},
    {"POST", "/v1/asset/withdraw", withdraw, "token address amount", "extra network"},
    {"POST", "/v1/client/account_mode", trade, "account_mode", ""},
    {"GET", "/v1/client/futures_leverage", read, "symbol", "margin_mode position_mode"},
    {"POST", "/v1/client/futures_leverage", trade, "symbol leverage", "margin_mode position_side"},
    {"GET", "/v1/client/hist_trades", read, "", "symbol start_t end_t fromId limit"},
    {"GET", "/v1/client/holding", read, "", "all"},
    {"GET", "/v1/client/info", read, "", ""},
    {"POST", "/v1/client/isolated_margin", trade, "symbol", "position_side adjust_token adjust_amount action"},
    {"POST", "/v1/client/leverage", trade, "leverage", ""},
    {"DELETE", "/v1/client/order", trade, "client_order_id symbol", ""},
    {"GET", "/v1/client/order/{}", read, "", ""},
    {"POST", "/v1/client/position_mode", trade, "position_mode", ""},
    {"GET", "/v1/client/token", read, "", ""},
    {"GET", "/v1/client/trade/{}", read, "", ""},
    {"GET", "/v1/client/trades", read, "", "symbol tag start_t end_t page size fromId"},
    {"GET", "/v1/client/transaction_history", read, "", "type start_t end_t page size"},
    {"GET", "/v1/funding_fee/history", read, "", "symbol start_t end_t page size"},
    {"GET", "/v1/interest/history", read, "", "token side start_t end_t page size"},
    {"GET", "/v1/interest/repay", read, "", "token"},
    {"POST", "/v1/interest/repay", transfer, "token amount", ""},
    {"DELETE", "/v1/order", trade, "order_id symbol", ""},
    {"POST", "/v1/order", trade, "symbol order_type side",
     "client_order_id order_tag order_price order_quantity order_amount reduce_only visible_quantity position_side margin_mode "
     "broker_id"},
    {"POST", "/v1/order/cancel_all_after", trade, "trigger_after", ""},
    {"GET", "/v1/order/{}", read, "", ""},
    {"GET", "/v1/order/{}/trades", read, "", ""},
    {"DELETE", "/v1/orders", trade, "symbol", ""},
    {"GET", "/v1/orders", read, "", "symbol side order_type order_tag realized_pnl status start_t end_t page size sort_by"},
    {"GET", "/v1/position/{}", read, "", ""},
    {"GET", "/v1/positions", read, "", ""},
    {"GET", "/v1/staking/yield_history", read, "", "token start_t end_t page size"},
    {"GET", "/v1/sub_account/all", read, "", ""},
    {"GET", "/v1/sub_account/asset_detail", read, "application_id", ""},
    {"GET", "/v1/sub_account/assets", read, "", ""},
    {"GET", "/v1/sub_account/ip_restriction", read, "", "application_id api_key page size"},
    {"GET", "/v1/token_interest", read, "", ""},
    {"GET", "/v1/token_interest/{}", read, "", ""},
    {"GET", "/v3/account/credentials", manage},
    {"GET", "/v3/account/info", read},
    {"POST", "/v3/account/listenKey", session},
    {"GET", "/v3/account/referral/rewardHistory", read},
    {"GET", "/v3/account/referral/summary", read},
    {"GET", "/v3/account/subAccounts/all", read},
    {"GET", "/v3/account/symbolConfig", read},
    {"GET", "/v3/account/tokenConfig", read},
    {"POST", "/v3/account/tradingMode", trade},
    {"POST", "/v3/algo/order", trade},
    {"PUT", "/v3/algo/order/client/{}", trade},
    {"GET", "/v3/algo/order/{}", read},
    {"PUT", "/v3/algo/order/{}", trade},
    {"DELETE", "/v3/algo/order/{}", trade},
    {"GET", "/v3/algo/orders", read},
    {"DELETE", "/v3/algo/orders/pending", trade},
    {"DELETE", "/v3/algo/orders/pending/{}", trade},
    {"GET", "/v3/asset/balances", read},
    {"GET", "/v3/asset/staking/yieldHistory", read},
    {"GET", "/v3/asset/token/history", read},
    {"POST", "/v3/asset/transfer", transfer},
    {"GET", "/v3/asset/transfer/history", read},
    {"GET", "/v3/asset/wallet/deposit", read},
    {"GET", "/v3/asset/wallet/history", read},
    {"POST", "/v3/asset/wallet/withdraw", withdraw},
    {"DELETE", "/v3/asset/wallet/withdraw/{}", withdraw},
    {"GET", "/v3/buypower", read},
    {"GET", "/v3/convert/assetInfo", read},
    {"GET", "/v3/convert/exchangeInfo", read},
    {"GET", "/v3/convert/rfq", read},
    {"POST", "/v3/convert/rft", transfer},
    {"GET", "/v3/convert/trade", read},
    {"GET", "/v3/convert/trades", read},
    {"GET", "/v3/futures/defaultMarginMode", read},
    {"PUT", "/v3/futures/defaultMarginMode", trade},
    {"POST", "/v3/futures/defaultMarginMode/reset", trade},
    {"PUT", "/v3/futures/defaultMarginMode/{}", trade},
    {"GET", "/v3/futures/fundingFee/history", read},
    {"GET", "/v3/futures/leverage", read},
    {"PUT", "/v3/futures/leverage", trade},
    {"PUT", "/v3/futures/positionMode", trade},
    {"GET", "/v3/futures/positions", read},
    {"POST", "/v3/isolatedMargin/margin", trade},
    {"PUT", "/v3/order/client/{}", trade},
    {"PUT", "/v3/order/{}", trade},
    {"DELETE", "/v3/orders/pending", trade},
    {"GET", "/v3/positions", read},
    {"GET", "/v3/spotMargin/interestHistory", read},
    {"GET", "/v3/spotMargin/interestRate", read},
    {"POST", "/v3/spotMargin/interestRepay", transfer},
    {"POST", "/v3/spotMargin/leverage", trade},
    {"GET", "/v3/spotMargin/maxMargin", read},
    {"GET", "/v3/trade/algoOrder", read},
    {"POST", "/v3/trade/algoOrder", trade},
    {"PUT", "/v3/trade/algoOrder", trade},
    {"DELETE", "/v3/trade/algoOrder", trade},
    {"GET", "/v3/trade/algoOrders", read},
    {"DELETE", "/v3/trade/algoOrders", trade},
    {"DELETE", "/v3/trade/allOrders", trade},
    {"POST", "/v3/trade/cancelAllAfter", trade},
    {"GET", "/v3/trade/order", read},
    {"POST", "/v3/trade/order", trade},
    {"PUT", "/v3/trade/order", trade},
    {"DELETE", "/v3/trade/order", trade},
    {"GET", "/v3/trade/orders", read},
    {"DELETE", "/v3/trade/orders", trade},
    {"GET", "/v3/trade/tradingFee", read},
    {"GET", "/v3/trade/transaction", read},
    {"GET", "/v3/trade/transactionHistory", read},
    {"WS", "auth", session},
});

constexpr std::string_view kCancels = "sent as DELETE to /v1/orders, the same bytes cancel the open orders of the symbol";
constexpr std::string_view kStreams =
    "a request of v1 without parameters has the signature of the WebSocket logon: whoever holds it can open the private streams, "
    "which show orders and balances";

// kCollisions: a symbol alone is what many reads have. The logon is no row of REST: canonicalise finds it.
constexpr auto kCollisions = std::to_array<Collision>({
    {"DELETE", "/v1/orders", kCancels},
    {"WS", "auth", kStreams},
});

const OperationIndex& index(const Venue& venue) noexcept {
  static const OperationIndex built(venue);
  return built;
}

SignStatus canonicalise(const Venue& venue, const RequestView& request, const CanonicalContext& context, Draft& draft) noexcept {
  const SignStatus status = compose_by_scheme(venue, request, context, draft);
  const bool is_v1 = request.kind == RequestKind::rest && draft.facts.path.starts_with("/v1/");
  if (status.ok() && is_v1 && draft.param_count == 0 && draft.warning_count < Draft::kMaxWarnings) {
    draft.warnings[draft.warning_count++] = kStreams;
  }
  return status;
}

}  // namespace

constexpr Venue kWoox{
    .name = "woox",
    .title = "WOO X",
    .source = "docs.woox.io; developer.woox.io; ccxt 4.5.84 (woo)",
    .algorithms = kAlgorithms,
    .environments = kEnvironments,
    .hosts = kHosts,
    .schemes = kSchemes,
    .operations = kOperations,
    .collisions = kCollisions,
    .notes = "The staging system is the environment testnet.",
    .check = {.path = "/v3/account/info"},
    .index = index,
    .canonicalise = canonicalise,
    .place = place_signature,
};

}  // namespace custos::exchange
