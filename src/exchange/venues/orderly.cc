// Orderly Network, from orderly.network/docs ("Generate Request Signature", "WebSocket API, Authentication"). A credential's API
// key is the account id; the Orderly key is the public key, which needs no place of its own.
#include <array>

#include "encode/base58.h"
#include "exchange/composer.h"
#include "exchange/placement.h"
#include "exchange/venues/venues.h"

namespace custos::exchange {
namespace {

using enum facts::OperationClass;

constexpr std::array kAlgorithms{SigningAlgorithm{"Ed25519", SecretForm::seed_base58}};
constexpr std::array<std::string_view, 2> kEnvironments{"live", "testnet"};
constexpr auto kHosts = std::to_array<Host>({
    {"live", "/", "api-evm.orderly.org"},
    {"live", "/", "api.orderly.org"},
    {"testnet", "/", "testnet-api-evm.orderly.org"},
    {"testnet", "/", "testnet-api.orderly.org"},
});

constexpr auto kHeaders = std::to_array<Header>({
    {"orderly-account-id", "${key}"},
    {"orderly-key", "ed25519:${custom}"},
    {"orderly-timestamp", "${time}"},
    {"orderly-signature", "${signature}"},
    {"Content-Type", "application/json", Header::When::with_body},
    {"Content-Type", "application/x-www-form-urlencoded", Header::When::without_body},
});

void write_public_key(Composer& composer) noexcept { encode::write_base58(composer.context().public_key, composer.out()); }

constexpr auto kSchemes = std::to_array<Scheme>({
    {
        .name = "REST",
        .preimage = "${time}${method}${path}${?query}${body}",
        .form = SignatureForm::base64url,
        .time = TimeFormat::ms,
        .time_rule = "within 300 s of the server",
        .binding = {.method = true, .path = true},
        .headers = kHeaders,
        .custom = write_public_key,
    },
    {
        .kind = RequestKind::ws,
        .name = "WebSocket logon",
        .select = "auth",
        .preimage = "${time}",
        .form = SignatureForm::base64url,
        .time = TimeFormat::ms,
        .time_rule = "within 300 s of the server",
        .binding = {.method = true, .path = true},
        .message =
            R"({"id":"auth","event":"auth","params":{"orderly_key":"ed25519:${custom}","sign":"${signature}","timestamp":${time}}})",
        .custom = write_public_key,
    },
});

// kOperations: ccxt 4.5.84 woofipro.js (v1 and v2, private); orderly.network/docs, RESTful API, private. Withdrawals and
// transfers need the wallet's signature in the body besides.
constexpr auto kOperations = std::to_array<Operation>({
    {"DELETE", "/v1/algo/client/order", trade},
    {"GET", "/v1/algo/client/order/{}", read},
    {"POST", "/v1/algo/order", trade},
    {"PUT", "/v1/algo/order", trade},
    {"DELETE", "/v1/algo/order", trade},
    {"GET", "/v1/algo/order/{}", read},
    {"GET", "/v1/algo/orders", read},
    {"DELETE", "/v1/algo/orders", trade},
    {"GET", "/v1/asset/history", read},
    {"POST", "/v1/batch-order", trade},
    {"DELETE", "/v1/batch-order", trade},
    {"GET", "/v1/broker/daily_fee_revenue", read},
    {"GET", "/v1/broker/fee_rate/default", read},
    {"POST", "/v1/broker/fee_rate/default", manage},
    {"POST", "/v1/broker/fee_rate/set", manage},
    {"POST", "/v1/broker/fee_rate/set_default", manage},
    {"GET", "/v1/broker/user_info", read},
    {"POST", "/v1/claim_insurance_fund", transfer},
    {"DELETE", "/v1/client/batch-order", trade},
    {"GET", "/v1/client/holding", read},
    {"GET", "/v1/client/info", read},
    {"GET", "/v1/client/key_info", manage},
    {"POST", "/v1/client/leverage", trade},
    {"GET", "/v1/client/leverages", read},
    {"POST", "/v1/client/leverages", trade},
    {"GET", "/v1/client/liquidator_liquidations", read},
    {"POST", "/v1/client/maintenance_config", manage},
    {"POST", "/v1/client/margin_mode", trade},
    {"GET", "/v1/client/margin_modes", read},
    {"DELETE", "/v1/client/order", trade},
    {"GET", "/v1/client/order/{}", read},
    {"GET", "/v1/client/orderly_key_ip_restriction", manage},
    {"GET", "/v1/client/points/user_statistics", read},
    {"POST", "/v1/client/reset_orderly_key_ip_restriction", manage},
    {"POST", "/v1/client/set_orderly_key_ip_restriction", manage},
    {"GET", "/v1/client/statistics", read},
    {"GET", "/v1/client/statistics/daily", read},
    {"POST", "/v1/delegate_orderly_key", manage},
    {"POST", "/v1/delegate_settle_pnl", manage},
    {"POST", "/v1/delegate_signer", manage},
    {"POST", "/v1/delegate_withdraw_request", withdraw},
    {"GET", "/v1/funding_fee/history", read},
    {"POST", "/v1/internal_transfer", transfer},
    {"GET", "/v1/kline", read},
    {"POST", "/v1/liquidation", transfer},
    {"GET", "/v1/liquidations", read},
    {"POST", "/v1/notification/inbox/mark_read", manage},
    {"POST", "/v1/notification/inbox/mark_read_all", manage},
    {"GET", "/v1/notification/inbox/notifications", read},
    {"GET", "/v1/notification/inbox/unread", read},
    {"POST", "/v1/order", trade},
    {"PUT", "/v1/order", trade},
    {"DELETE", "/v1/order", trade},
    {"GET", "/v1/order/{}", read},
    {"GET", "/v1/order/{}/trades", read},
    {"GET", "/v1/orderbook/{}", read},
    {"POST", "/v1/orderly_key", manage},
    {"GET", "/v1/orders", read},
    {"DELETE", "/v1/orders", trade},
    {"GET", "/v1/pnl_settlement/history", read},
    {"GET", "/v1/position/{}", read},
    {"POST", "/v1/position_margin", trade},
    {"GET", "/v1/positions", read},
    {"POST", "/v1/referral/bind", manage},
    {"POST", "/v1/referral/create", manage},
    {"POST", "/v1/referral/edit_referee_description", manage},
    {"POST", "/v1/referral/edit_split", manage},
    {"GET", "/v1/referral/multi_level/admin", read},
    {"POST", "/v1/referral/multi_level/admin", manage},
    {"POST", "/v1/referral/multi_level/admin/create/affiliate", manage},
    {"GET", "/v1/referral/multi_level/admin/info", read},
    {"GET", "/v1/referral/multi_level/admin/referee_list", read},
    {"POST", "/v1/referral/multi_level/admin/reset/affiliate", manage},
    {"GET", "/v1/referral/multi_level/admin/summary", read},
    {"POST", "/v1/referral/multi_level/admin/update", manage},
    {"POST", "/v1/referral/multi_level/admin/update/affiliate", manage},
    {"POST", "/v1/referral/multi_level/claim_code", manage},
    {"GET", "/v1/referral/multi_level/max_rebate_rate", read},
    {"GET", "/v1/referral/multi_level/rebate_info", read},
    {"POST", "/v1/referral/multi_level/rebate_rate/set_default", manage},
    {"POST", "/v1/referral/multi_level/rebate_rate/update", manage},
    {"GET", "/v1/referral/multi_level/referee_list", read},
    {"GET", "/v1/referral/multi_level/statistics", read},
    {"GET", "/v1/referral/multi_level/volume_prerequisite", read},
    {"POST", "/v1/referral/update", manage},
    {"GET", "/v1/settle_nonce", read},
    {"POST", "/v1/settle_pnl", transfer},
    {"GET", "/v1/staking/valor2/redeem", read},
    {"POST", "/v1/sub_account/add", manage},
    {"POST", "/v1/sub_account/update", manage},
    {"GET", "/v1/trade/{}", read},
    {"GET", "/v1/trades", read},
    {"GET", "/v1/transfer_nonce", read},
    {"GET", "/v1/volume/broker/daily", read},
    {"GET", "/v1/volume/user/daily", read},
    {"GET", "/v1/volume/user/stats", read},
    {"GET", "/v1/withdraw_nonce", read},
    {"POST", "/v1/withdraw_request", withdraw},
    {"POST", "/v2/internal_transfer", transfer},
    {"WS", "auth", session},
});

const OperationIndex& index(const Venue& venue) noexcept {
  static const OperationIndex built(venue);
  return built;
}

}  // namespace

constexpr Venue kOrderly{
    .name = "orderly",
    .title = "Orderly Network, WOOFi Pro",
    .source = "orderly.network/docs; ccxt 4.5.84 (woofipro)",
    .algorithms = kAlgorithms,
    .environments = kEnvironments,
    .hosts = kHosts,
    .schemes = kSchemes,
    .operations = kOperations,
    .notes = "The API key is the account id (0x…). The Orderly key is the public key of the credential's key.",
    .check = {.path = "/v1/client/info"},
    .index = index,
    .canonicalise = compose_by_scheme,
    .place = place_signature,
};

}  // namespace custos::exchange
