// BitMEX, from www.bitmex.com/app/apiKeysUsage and /app/wsAPI, and BitMEX/api-connectors.
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
    {"live", "/api/v1/", "www.bitmex.com"},
    {"testnet", "/api/v1/", "testnet.bitmex.com"},
});

constexpr std::uint32_t kExpiresAfterSeconds = 5;    // api-connectors: APIKeyAuthWithExpires
constexpr std::uint32_t kExpiresMostSeconds = 3600;  // the most of api-connectors (sample market maker); BitMEX states no limit

constexpr std::string_view kDigitAtEnd =
    "the query ends in a digit, to which BitMEX joins the expiry: whoever holds the request can take it for one with a shorter "
    "query that expires later";

constexpr auto kHeaders = std::to_array<Header>({
    {"api-key", "${key}"},
    {"api-expires", "${expires}"},
    {"api-signature", "${signature}"},
    {"Content-Type", "application/json", Header::When::with_body},
});

// write_query writes the query's part of the preimage. BitMEX joins the expiry to it without a delimiter, so of a query that ends
// in a digit the last ones can be read as the first of a later expiry: no query beside a method that does more than read.
void write_query(Composer& composer) noexcept {
  const std::string_view query = composer.query();
  if (query.empty()) return;
  if (composer.draft().method != "GET") return composer.refuse(Reason::query_unexpected, query);
  if (query.back() >= '0' && query.back() <= '9') composer.warn(kDigitAtEnd);
  composer.out().append('?').append(query);
}

constexpr auto kSchemes = std::to_array<Scheme>({
    {
        .name = "REST",
        .preimage = "${method}${path}${custom}${expires}${body}",
        .time = TimeFormat::none,
        .time_rule = "api-expires lies ahead of the server's clock",
        .binding = {.method = true, .path = true},
        .parameters = {.body_methods = "POST PUT DELETE"},
        .expires_after_s = kExpiresAfterSeconds,
        .expires_most_s = kExpiresMostSeconds,
        .headers = kHeaders,
        .custom = write_query,
    },
    {
        .kind = RequestKind::ws,
        .name = "WebSocket authKeyExpires",
        .select = "authKeyExpires",
        .preimage = "GET/realtime${expires}",
        .time = TimeFormat::none,
        .time_rule = "the expiry lies ahead of the server's clock",
        .binding = {.method = true, .path = true},
        .expires_after_s = kExpiresAfterSeconds,
        .expires_most_s = kExpiresMostSeconds,
        .message = R"({"op":"authKeyExpires","args":["${key}",${expires},"${signature}"]})",
    },
});

// kOperations: ccxt/ccxt@00cd856 js/src/bitmex.js and www.bitmex.com/api/explorer; exchanges.md, deny-list.
constexpr auto kOperations = std::to_array<Operation>({
    {"GET", "/api/v1/address", read},
    {"POST", "/api/v1/address", manage},
    {"PUT", "/api/v1/address", manage},
    {"GET", "/api/v1/addressConfig", read},
    {"GET", "/api/v1/announcement", read},
    {"GET", "/api/v1/announcement/urgent", read},
    {"GET", "/api/v1/apiKey", manage},
    {"GET", "/api/v1/apiKey/self", read},
    {"GET", "/api/v1/chat", read},
    {"POST", "/api/v1/chat", manage},
    {"GET", "/api/v1/chat/channels", read},
    {"GET", "/api/v1/chat/connected", read},
    {"GET", "/api/v1/chat/pinned", read},
    {"GET", "/api/v1/execution", read},
    {"GET", "/api/v1/execution/tradeHistory", read},
    {"GET", "/api/v1/funding", read},
    {"GET", "/api/v1/globalNotification", read},
    {"GET", "/api/v1/guild", read},
    {"POST", "/api/v1/guild", manage},
    {"PUT", "/api/v1/guild", manage},
    {"POST", "/api/v1/guild/archive", manage},
    {"POST", "/api/v1/guild/join", manage},
    {"POST", "/api/v1/guild/kick", manage},
    {"POST", "/api/v1/guild/leave", manage},
    {"POST", "/api/v1/guild/sharesTrades", manage},
    {"GET", "/api/v1/instrument", read},
    {"GET", "/api/v1/instrument/active", read},
    {"GET", "/api/v1/instrument/activeAndIndices", read},
    {"GET", "/api/v1/instrument/activeIntervals", read},
    {"GET", "/api/v1/instrument/compositeIndex", read},
    {"GET", "/api/v1/instrument/indices", read},
    {"GET", "/api/v1/instrument/usdVolume", read},
    {"GET", "/api/v1/insurance", read},
    {"GET", "/api/v1/leaderboard", read},
    {"GET", "/api/v1/leaderboard/name", read},
    {"GET", "/api/v1/leagueoftrader/myRankings", read},
    {"GET", "/api/v1/liquidation", read},
    {"POST", "/api/v1/managedSubAccountBinding/approve", manage},
    {"POST", "/api/v1/managedSubAccountBinding/cancel", manage},
    {"POST", "/api/v1/managedSubAccountBinding/createMSA", manage},
    {"GET", "/api/v1/managedSubAccountBinding/investor", read},
    {"POST", "/api/v1/managedSubAccountBinding/reject", manage},
    {"POST", "/api/v1/managedSubAccountBinding/toggleTradeHistory", manage},
    {"GET", "/api/v1/managedSubAccountBinding/tradingTeam", read},
    {"POST", "/api/v1/managedSubAccountBinding/unbind", manage},
    {"GET", "/api/v1/order", read},
    {"POST", "/api/v1/order", trade},
    {"PUT", "/api/v1/order", trade},
    {"DELETE", "/api/v1/order", trade},
    {"DELETE", "/api/v1/order/all", trade},
    {"POST", "/api/v1/order/cancelAllAfter", trade},
    {"POST", "/api/v1/order/closePosition", trade},
    {"GET", "/api/v1/orderBook/L2", read},
    {"GET", "/api/v1/porl/nonce", read},
    {"GET", "/api/v1/porl/snapshots", read},
    {"GET", "/api/v1/position", read},
    {"POST", "/api/v1/position/crossLeverage", trade},
    {"POST", "/api/v1/position/isolate", trade},
    {"POST", "/api/v1/position/leverage", trade},
    {"POST", "/api/v1/position/riskLimit", trade},
    {"POST", "/api/v1/position/transferMargin", trade},
    {"GET", "/api/v1/quote", read},
    {"GET", "/api/v1/quote/bucketed", read},
    {"GET", "/api/v1/referralCode", read},
    {"POST", "/api/v1/referralCode", manage},
    {"GET", "/api/v1/referralCode/check/{}", read},
    {"GET", "/api/v1/referralCode/code/{}", read},
    {"GET", "/api/v1/referralCode/{}", read},
    {"PUT", "/api/v1/referralCode/{}", manage},
    {"DELETE", "/api/v1/referralCode/{}", manage},
    {"GET", "/api/v1/schema", read},
    {"GET", "/api/v1/schema/websocketHelp", read},
    {"GET", "/api/v1/settlement", read},
    {"GET", "/api/v1/stats", read},
    {"GET", "/api/v1/stats/history", read},
    {"GET", "/api/v1/stats/historyUSD", read},
    {"GET", "/api/v1/trade", read},
    {"GET", "/api/v1/trade/bucketed", read},
    {"GET", "/api/v1/user", read},
    {"POST", "/api/v1/user/addSubaccount", manage},
    {"GET", "/api/v1/user/affiliateStatus", read},
    {"POST", "/api/v1/user/cancelWithdrawal", withdraw},
    {"GET", "/api/v1/user/checkReferralCode", read},
    {"GET", "/api/v1/user/commission", read},
    {"POST", "/api/v1/user/communicationToken", manage},
    {"POST", "/api/v1/user/confirmEmail", manage},
    {"POST", "/api/v1/user/confirmWithdrawal", withdraw},
    {"POST", "/api/v1/user/createIndependentSubaccount", manage},
    {"GET", "/api/v1/user/csa", read},
    {"GET", "/api/v1/user/depositAddress", read},
    {"GET", "/api/v1/user/depositAddressInformation", read},
    {"GET", "/api/v1/user/executionHistory", read},
    {"GET", "/api/v1/user/getWalletTransferAccounts", read},
    {"POST", "/api/v1/user/logout", manage},
    {"GET", "/api/v1/user/margin", read},
    {"GET", "/api/v1/user/marginingMode", read},
    {"POST", "/api/v1/user/marginingMode", trade},
    {"POST", "/api/v1/user/positionMode", trade},
    {"POST", "/api/v1/user/preferences", manage},
    {"GET", "/api/v1/user/quoteFillRatio", read},
    {"GET", "/api/v1/user/quoteValueRatio", read},
    {"POST", "/api/v1/user/requestWithdrawal", withdraw},
    {"GET", "/api/v1/user/staking", read},
    {"GET", "/api/v1/user/staking/instruments", read},
    {"GET", "/api/v1/user/staking/tiers", read},
    {"GET", "/api/v1/user/tradingSettings", read},
    {"GET", "/api/v1/user/tradingVolume", read},
    {"GET", "/api/v1/user/unstakingRequests", read},
    {"POST", "/api/v1/user/unstakingRequests", transfer},
    {"DELETE", "/api/v1/user/unstakingRequests", transfer},
    {"POST", "/api/v1/user/updateSubaccount", manage},
    {"GET", "/api/v1/user/wallet", read},
    {"GET", "/api/v1/user/walletHistory", read},
    {"GET", "/api/v1/user/walletSummary", read},
    {"POST", "/api/v1/user/walletTransfer", transfer},
    {"DELETE", "/api/v1/user/withdrawal", withdraw},
    {"GET", "/api/v1/userAffiliates", read},
    {"GET", "/api/v1/userEvent", read},
    {"GET", "/api/v1/userPriceAlert", read},
    {"POST", "/api/v1/userPriceAlert", manage},
    {"DELETE", "/api/v1/userPriceAlert", manage},
    {"PUT", "/api/v1/userPriceAlert/{}", manage},
    {"DELETE", "/api/v1/userPriceAlert/{}", manage},
    {"GET", "/api/v1/userStats/volumeRank", read},
    {"GET", "/api/v1/wallet/assets", read},
    {"GET", "/api/v1/wallet/currencies", read},
    {"GET", "/api/v1/wallet/haircuts", read},
    {"GET", "/api/v1/wallet/networks", read},
    {"WS", "authKeyExpires", session},
});

const OperationIndex& index(const Venue& venue) noexcept {
  static const OperationIndex built(venue);
  return built;
}

}  // namespace

constexpr Venue kBitmex{
    .name = "bitmex",
    .title = "BitMEX",
    .source = "bitmex.com/app/apiKeysUsage; BitMEX/api-connectors; ccxt/ccxt@00cd856",
    .algorithms = kAlgorithms,
    .environments = kEnvironments,
    .hosts = kHosts,
    .schemes = kSchemes,
    .operations = kOperations,
    .notes = "A request may be sent again until it expires; keep --expires short.",
    .check = {.path = "/api/v1/user"},
    .index = index,
    .canonicalise = compose_by_scheme,
    .place = place_signature,
};

}  // namespace custos::exchange
