// Coinbase's four APIs: Advanced Trade and App with CDP keys (coinbase/coinbase-advanced-py jwt_generator.py;
// docs.cdp.coinbase.com), the same with legacy keys, Exchange (docs.cdp.coinbase.com/exchange) and International
// (docs.cdp.coinbase.com/intx).
//
// A CDP key signs a JWT, which says method, host and path and is good for 120 s: it covers neither query nor body, and whoever
// reads it can use it for others. Claims and header are those of Coinbase's own SDK. A WebSocket message's JWT names no path.
//
// A WebSocket message is the caller's JSON object, or made of its params ("product_ids" and "channels" are lists, separated by
// commas); what authenticates it is appended as its last members. The signature covers nothing else of it.
#include <algorithm>
#include <array>

#include "exchange/composer.h"
#include "exchange/json.h"
#include "exchange/placement.h"
#include "exchange/venues/venues.h"

namespace custos::exchange {
namespace {

using enum facts::OperationClass;

constexpr std::string_view kMessageUncovered =
    "the signature does not cover what the message subscribes to: whoever holds it can subscribe to any of the account's "
    "channels";

constexpr std::string_view kTypeName = "type";
constexpr std::array<std::string_view, 2> kLists{"product_ids", "channels"};

constexpr std::array kCdpAlgorithms{
    SigningAlgorithm{"ECDSA-P256", SecretForm::pem},
    SigningAlgorithm{"Ed25519", SecretForm::seed_base64},  // 64 bytes: seed and public key
};
constexpr std::array kLegacyAlgorithms{SigningAlgorithm{"HMAC-SHA256", SecretForm::text}};
constexpr std::array kDecodedAlgorithms{SigningAlgorithm{"HMAC-SHA256", SecretForm::base64}};

constexpr std::array<std::string_view, 1> kLive{"live"};
constexpr std::array<std::string_view, 2> kLiveAndTestnet{"live", "testnet"};
constexpr auto kHosts = std::to_array<Host>({
    {"live", "/api/v3/", "api.coinbase.com"},
    {"live", "/v2/", "api.coinbase.com"},
    {"testnet", "/api/v3/", "api-sandbox.coinbase.com"},  // answers with samples
});
constexpr auto kExchangeHosts = std::to_array<Host>({
    {"live", "/", "api.exchange.coinbase.com"},
    {"testnet", "/", "api-public.sandbox.exchange.coinbase.com"},
});
constexpr auto kIntxHosts = std::to_array<Host>({
    {"live", "/api/v1/", "api.international.coinbase.com"},
    {"testnet", "/api/v1/", "api-n5e1.coinbase.com"},
});

// is_ours says that a member of a message is Custos's to write.
bool is_ours(std::string_view name) noexcept {
  constexpr std::array<std::string_view, 7> kOurs{"jwt", "signature", "key", "api_key", "passphrase", "timestamp", "time"};
  return std::ranges::find(kOurs, name) != kOurs.end();
}

// message_of gives the JSON object that the caller gave, or none where there is none of use.
JsonValue message_of(const Composer& composer) noexcept {
  const JsonValue message = composer.json();
  return message.type == JsonType::object && is_string(member(message, kTypeName), composer.path()) ? message : JsonValue();
}

void write_given_message(Composer& composer) noexcept {
  const JsonValue message = message_of(composer);
  if (!message) return composer.refuse(Reason::member_malformed, kTypeName);
  for (JsonMembers members(message); members.next();) {
    std::array<char, 16> buffer;
    BoundedWriter name(buffer);
    if (is_ours(write_text(members.name(), name))) return composer.refuse(Reason::signature_given);
  }
  composer.out().append(message.raw.substr(0, message.raw.size() - 1));
}

void write_list(std::string_view list, BoundedWriter& out) noexcept {
  out.append('[');
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    out.append(begin == 0 ? "\"" : ",\"");
    write_json_string(list.substr(begin, end - begin), out);
    out.append('"');
    begin = end + 1;
  }
  out.append(']');
}

void write_made_message(Composer& composer) noexcept {
  BoundedWriter& out = composer.out();
  out.append("{\"type\":\"");
  write_json_string(composer.path(), out);
  out.append('"');
  for (const NameValue& param : composer.params()) {
    if (param.name == kTypeName || is_ours(param.name)) return composer.refuse(Reason::field_malformed, param.name);
    out.append(",\"");
    write_json_string(param.name, out);
    out.append("\":");
    if (std::ranges::find(kLists, param.name) != kLists.end()) {
      write_list(param.value, out);
      continue;
    }
    out.append('"');
    write_json_string(param.value, out);
    out.append('"');
  }
}

// write_message writes the message's object but for its end. Whatever it is called, what signs it opens a session.
void write_message(Composer& composer) noexcept {
  composer.draft().facts.reachable.add(session);
  if (composer.body().empty()) return write_made_message(composer);
  if (!composer.params().empty()) return composer.refuse(Reason::params_beside_body);
  write_given_message(composer);
}

void write_uncovered_message(Composer& composer) noexcept {
  composer.warn(kMessageUncovered);
  write_message(composer);
}

// write_token writes the JWT but for its signature, a message's behind the message's own members.
void write_token(Composer& composer) noexcept {
  if (composer.scheme().kind == RequestKind::ws) {
    write_uncovered_message(composer);
    composer.out().append(",\"jwt\":\"");
  }
  composer.out().append(composer.draft().preimage);
}

// write_channel writes a legacy message's channel and product_ids as they are signed: without a separator, the latter joined by
// commas. A channel of lower-case letters keeps it apart from a REST request's method and path. Other members would not be
// signed.
void write_channel(Composer& composer) noexcept {
  BoundedWriter& out = composer.out();
  const std::size_t mark = out.size();
  const auto check = [&](std::string_view characters) {
    const std::string_view text = out.since(mark);
    const bool begins = !text.empty() && text.front() >= 'a' && text.front() <= 'z';  // a digit would belong to the time
    if (!begins || text.find_first_not_of(characters) != std::string_view::npos) composer.refuse(Reason::field_malformed, text);
  };
  constexpr std::string_view kChannel = "abcdefghijklmnopqrstuvwxyz_0123456789";
  constexpr std::string_view kAll = "abcdefghijklmnopqrstuvwxyz_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-,";
  if (composer.body().empty()) {
    for (const auto& [name, value] : composer.params()) {
      if (name != "channel" && name != "product_ids") return composer.refuse(Reason::member_uncovered, name);
    }
    out.append(composer.param("channel"));
    check(kChannel);
    out.append(composer.param("product_ids"));
    return check(kAll);
  }
  const JsonValue message = message_of(composer);
  for (JsonMembers members(message); members.next();) {
    const JsonValue name = members.name();
    if (!is_string(name, kTypeName) && !is_string(name, "channel") && !is_string(name, "product_ids")) {
      return composer.refuse(Reason::member_uncovered, name.raw);
    }
  }
  write_text(member(message, "channel"), out);
  check(kChannel);
  const JsonValue list = member(message, "product_ids");
  if (list && list.type != JsonType::array) return composer.refuse(Reason::member_malformed, "product_ids");
  bool first = true;
  for (JsonElements products(list); products.next(); first = false) {
    if (!first) out.append(',');
    write_text(products.value(), out);
  }
  check(kAll);
}

void write_legacy_message(Composer& composer) noexcept {
  composer.draft().preimage.empty() ? write_channel(composer) : write_message(composer);
}

constexpr std::uint32_t kTokenSeconds = 120;  // jwt_generator.py: exp is nbf plus 120
constexpr std::string_view kTokenRule = "nbf is now, exp 120 s later at most";
constexpr std::string_view kThirtySeconds = "within 30 s of the server";

constexpr auto kTokenHeaders = std::to_array<Header>({
    {"Authorization", "Bearer ${custom}.${signature}"},
    {"Content-Type", "application/json", Header::When::with_body},
});
constexpr Parameters kRepeated{.body_methods = "POST PUT", .repeated = true};
constexpr Binding kTokenBinding{.host = true, .method = true, .path = true, .query = false, .body = false};
constexpr Binding kSessionBinding{.method = true, .path = true};

constexpr Scheme token_scheme(RequestKind kind, std::string_view name, std::string_view algorithm, Template preimage) {
  const bool rest = kind == RequestKind::rest;
  return {
      .kind = kind,
      .name = name,
      .algorithm = algorithm,
      .preimage = preimage,
      .form = SignatureForm::base64url,
      .time = TimeFormat::s,
      .time_rule = kTokenRule,
      .nonce = NonceRule::hex,
      .binding = rest ? kTokenBinding : kSessionBinding,
      .parameters = kRepeated,
      .expires_after_s = kTokenSeconds,
      .expires_most_s = kTokenSeconds,
      .headers = rest ? std::span<const Header>(kTokenHeaders) : std::span<const Header>(),
      .message = rest ? Template() : Template(R"(${custom}.${signature}"})"),
      .custom = write_token,
  };
}

constexpr std::array kSchemes{
    token_scheme(RequestKind::rest, "REST, JWT (ES256)", "ECDSA-P256",
                 R"(${base64url(}{"alg":"ES256","typ":"JWT","kid":"${json(}${key}${)}","nonce":"${nonce}"}${)}.)"
                 R"(${base64url(}{"sub":"${json(}${key}${)}","iss":"cdp","nbf":${time},"exp":${expires},)"
                 R"("uri":"${method} ${host}${path}"}${)})"),
    token_scheme(RequestKind::rest, "REST, JWT (EdDSA)", "Ed25519",
                 R"(${base64url(}{"alg":"EdDSA","typ":"JWT","kid":"${json(}${key}${)}","nonce":"${nonce}"}${)}.)"
                 R"(${base64url(}{"sub":"${json(}${key}${)}","iss":"cdp","nbf":${time},"exp":${expires},)"
                 R"("uri":"${method} ${host}${path}"}${)})"),
    token_scheme(RequestKind::ws, "WebSocket, JWT (ES256)", "ECDSA-P256",
                 R"(${base64url(}{"alg":"ES256","typ":"JWT","kid":"${json(}${key}${)}","nonce":"${nonce}"}${)}.)"
                 R"(${base64url(}{"sub":"${json(}${key}${)}","iss":"cdp","nbf":${time},"exp":${expires}}${)})"),
    token_scheme(RequestKind::ws, "WebSocket, JWT (EdDSA)", "Ed25519",
                 R"(${base64url(}{"alg":"EdDSA","typ":"JWT","kid":"${json(}${key}${)}","nonce":"${nonce}"}${)}.)"
                 R"(${base64url(}{"sub":"${json(}${key}${)}","iss":"cdp","nbf":${time},"exp":${expires}}${)})"),
};

constexpr auto kLegacyHeaders = std::to_array<Header>({
    {"CB-ACCESS-KEY", "${key}"},
    {"CB-ACCESS-SIGN", "${signature}"},
    {"CB-ACCESS-TIMESTAMP", "${time}"},
    {"Content-Type", "application/json", Header::When::with_body},
});
constexpr auto kLegacySchemes = std::to_array<Scheme>({
    {
        .name = "REST v3",
        .select = "/api/v3/",
        .preimage = "${time}${method}${path}${body}",
        .time = TimeFormat::s,
        .time_rule = kThirtySeconds,
        .binding = {.method = true, .path = true, .query = false},
        .parameters = kRepeated,
        .headers = kLegacyHeaders,
    },
    {
        .name = "REST v2",
        .select = "/v2/",
        .preimage = "${time}${method}${path}${?query}${body}",
        .time = TimeFormat::s,
        .time_rule = kThirtySeconds,
        .binding = {.method = true, .path = true},
        .parameters = kRepeated,
        .headers = kLegacyHeaders,
    },
    {
        .kind = RequestKind::ws,
        .name = "WebSocket",
        .preimage = "${time}${custom}",
        .time = TimeFormat::s,
        .time_rule = kThirtySeconds,
        .binding = kSessionBinding,
        .message = R"(${custom},"api_key":"${key}","timestamp":"${time}","signature":"${signature}"})",
        .custom = write_legacy_message,
    },
});

constexpr auto kPassphraseHeaders = std::to_array<Header>({
    {"CB-ACCESS-KEY", "${key}"},
    {"CB-ACCESS-SIGN", "${signature}"},
    {"CB-ACCESS-TIMESTAMP", "${time}"},
    {"CB-ACCESS-PASSPHRASE", "${passphrase}"},
    {"Content-Type", "application/json", Header::When::with_body},
});
constexpr auto kExchangeSchemes = std::to_array<Scheme>({
    {
        .name = "REST",
        .preimage = "${time}${method}${path}${?query}${body}",
        .form = SignatureForm::base64,
        .time = TimeFormat::s,
        .time_rule = kThirtySeconds,
        .binding = {.method = true, .path = true},
        .parameters = kRepeated,
        .headers = kPassphraseHeaders,
    },
    {
        .kind = RequestKind::ws,
        .name = "WebSocket",
        .preimage = "${time}GET/users/self/verify",
        .form = SignatureForm::base64,
        .time = TimeFormat::s,
        .time_rule = kThirtySeconds,
        .binding = kSessionBinding,
        .message = R"(${custom},"signature":"${signature}","key":"${key}","passphrase":"${passphrase}","timestamp":"${time}"})",
        .custom = write_uncovered_message,
    },
});
constexpr auto kIntxSchemes = std::to_array<Scheme>({
    {
        .name = "REST",
        .preimage = "${time}${method}${path}${body}",
        .form = SignatureForm::base64,
        .time = TimeFormat::s,
        .time_rule = "within 5 s of the server",
        .binding = {.method = true, .path = true, .query = false},
        .parameters = {.repeated = true},
        .headers = kPassphraseHeaders,
    },
    {
        .kind = RequestKind::ws,
        .name = "WebSocket",
        .preimage = "${time}${key}CBINTLMD${passphrase}",
        .form = SignatureForm::base64,
        .time = TimeFormat::s,
        .time_rule = kThirtySeconds,
        .binding = kSessionBinding,
        .message = R"(${custom},"time":"${time}","key":"${key}","passphrase":"${passphrase}","signature":"${signature}"})",
        .custom = write_uncovered_message,
    },
});

// kOperations: ccxt 4.5.84 coinbase.js (v2.private, v3.private); docs.cdp.coinbase.com/advanced-trade and /coinbase-app.
// POST transactions sends, transfers and requests money; DELETE cancels a request.
constexpr auto kOperations = std::to_array<Operation>({
    {"GET", "/api/v3/brokerage/accounts", read},
    {"GET", "/api/v3/brokerage/accounts/{}", read},
    {"GET", "/api/v3/brokerage/best_bid_ask", read},
    {"GET", "/api/v3/brokerage/cfm/balance_summary", read},
    {"GET", "/api/v3/brokerage/cfm/intraday/current_margin_window", read},
    {"GET", "/api/v3/brokerage/cfm/intraday/margin_setting", read},
    {"POST", "/api/v3/brokerage/cfm/intraday/margin_setting", trade},
    {"GET", "/api/v3/brokerage/cfm/positions", read},
    {"GET", "/api/v3/brokerage/cfm/positions/{}", read},
    {"DELETE", "/api/v3/brokerage/cfm/sweeps", transfer},
    {"GET", "/api/v3/brokerage/cfm/sweeps", read},
    {"POST", "/api/v3/brokerage/cfm/sweeps/schedule", transfer},
    {"POST", "/api/v3/brokerage/convert/quote", transfer},
    {"GET", "/api/v3/brokerage/convert/trade/{}", read},
    {"POST", "/api/v3/brokerage/convert/trade/{}", transfer},
    {"POST", "/api/v3/brokerage/intx/allocate", transfer},
    {"GET", "/api/v3/brokerage/intx/balances/{}", read},
    {"POST", "/api/v3/brokerage/intx/multi_asset_collateral", trade},
    {"GET", "/api/v3/brokerage/intx/portfolio/{}", read},
    {"GET", "/api/v3/brokerage/intx/positions/{}", read},
    {"GET", "/api/v3/brokerage/intx/positions/{}/{}", read},
    {"GET", "/api/v3/brokerage/key_permissions", read},
    {"POST", "/api/v3/brokerage/orders", trade},
    {"POST", "/api/v3/brokerage/orders/batch_cancel", trade},
    {"POST", "/api/v3/brokerage/orders/close_position", trade},
    {"POST", "/api/v3/brokerage/orders/edit", trade},
    {"POST", "/api/v3/brokerage/orders/edit_preview", trade},
    {"GET", "/api/v3/brokerage/orders/historical/batch", read},
    {"GET", "/api/v3/brokerage/orders/historical/fills", read},
    {"GET", "/api/v3/brokerage/orders/historical/{}", read},
    {"POST", "/api/v3/brokerage/orders/preview", trade},
    {"GET", "/api/v3/brokerage/payment_methods", read},
    {"GET", "/api/v3/brokerage/payment_methods/{}", read},
    {"GET", "/api/v3/brokerage/portfolios", read},
    {"POST", "/api/v3/brokerage/portfolios", manage},
    {"POST", "/api/v3/brokerage/portfolios/move_funds", transfer},
    {"DELETE", "/api/v3/brokerage/portfolios/{}", manage},
    {"GET", "/api/v3/brokerage/portfolios/{}", read},
    {"PUT", "/api/v3/brokerage/portfolios/{}", manage},
    {"GET", "/api/v3/brokerage/product_book", read},
    {"GET", "/api/v3/brokerage/products", read},
    {"GET", "/api/v3/brokerage/products/{}", read},
    {"GET", "/api/v3/brokerage/products/{}/candles", read},
    {"GET", "/api/v3/brokerage/products/{}/ticker", read},
    {"GET", "/api/v3/brokerage/transaction_summary", read},
    {"GET", "/v2/accounts", read},
    {"POST", "/v2/accounts", manage},
    {"DELETE", "/v2/accounts/{}", manage},
    {"GET", "/v2/accounts/{}", read},
    {"PUT", "/v2/accounts/{}", manage},
    {"GET", "/v2/accounts/{}/addresses", read},
    {"POST", "/v2/accounts/{}/addresses", manage},
    {"GET", "/v2/accounts/{}/addresses/{}", read},
    {"GET", "/v2/accounts/{}/addresses/{}/transactions", read},
    {"GET", "/v2/accounts/{}/buys", read},
    {"POST", "/v2/accounts/{}/buys", transfer},
    {"GET", "/v2/accounts/{}/buys/{}", read},
    {"POST", "/v2/accounts/{}/buys/{}/commit", transfer},
    {"GET", "/v2/accounts/{}/deposits", read},
    {"POST", "/v2/accounts/{}/deposits", transfer},
    {"GET", "/v2/accounts/{}/deposits/{}", read},
    {"POST", "/v2/accounts/{}/deposits/{}/commit", transfer},
    {"POST", "/v2/accounts/{}/primary", manage},
    {"GET", "/v2/accounts/{}/sells", read},
    {"POST", "/v2/accounts/{}/sells", transfer},
    {"GET", "/v2/accounts/{}/sells/{}", read},
    {"POST", "/v2/accounts/{}/sells/{}/commit", transfer},
    {"GET", "/v2/accounts/{}/transactions", read},
    {"POST", "/v2/accounts/{}/transactions", withdraw},
    {"DELETE", "/v2/accounts/{}/transactions/{}", withdraw},
    {"GET", "/v2/accounts/{}/transactions/{}", read},
    {"POST", "/v2/accounts/{}/transactions/{}/complete", withdraw},
    {"POST", "/v2/accounts/{}/transactions/{}/resend", withdraw},
    {"GET", "/v2/accounts/{}/withdrawals", read},
    {"POST", "/v2/accounts/{}/withdrawals", withdraw},
    {"GET", "/v2/accounts/{}/withdrawals/{}", read},
    {"POST", "/v2/accounts/{}/withdrawals/{}/commit", withdraw},
    {"GET", "/v2/payment-methods", read},
    {"GET", "/v2/payment-methods/{}", read},
    {"GET", "/v2/subscriptions/coinbase-one", read},
    {"GET", "/v2/user", read},
    {"PUT", "/v2/user", manage},
    {"GET", "/v2/user/auth", read},
    {"WS", "subscribe", session},
    {"WS", "unsubscribe", session},
});

// kExchangeOperations: ccxt 4.5.84 coinbaseexchange.js (private); docs.cdp.coinbase.com/exchange. A report may be sent by mail to
// anybody. "GET /users/self/verify" is what a WebSocket subscription signs.
constexpr auto kExchangeOperations = std::to_array<Operation>({
    {"GET", "/accounts", read},
    {"GET", "/accounts/{}", read},
    {"GET", "/accounts/{}/holds", read},
    {"GET", "/accounts/{}/ledger", read},
    {"GET", "/accounts/{}/transfers", read},
    {"GET", "/address-book", manage},
    {"POST", "/address-book", manage},
    {"GET", "/address-book/counterparty", manage},
    {"DELETE", "/address-book/{}", manage},
    {"PUT", "/address-book/{}", manage},
    {"GET", "/coinbase-accounts", read},
    {"POST", "/coinbase-accounts/{}/addresses", manage},
    {"GET", "/conversions", read},
    {"POST", "/conversions", transfer},
    {"GET", "/conversions/fees", read},
    {"GET", "/conversions/{}", read},
    {"POST", "/deposits/coinbase-account", transfer},
    {"POST", "/deposits/payment-method", transfer},
    {"GET", "/fees", read},
    {"GET", "/fills", read},
    {"GET", "/funding", read},
    {"POST", "/funding/repay", transfer},
    {"GET", "/loans", read},
    {"GET", "/loans/assets", read},
    {"GET", "/loans/interest", read},
    {"GET", "/loans/interest/history/{}", read},
    {"GET", "/loans/interest/{}", read},
    {"GET", "/loans/lending-overview", read},
    {"GET", "/loans/lending-overview-xm", read},
    {"GET", "/loans/loan-preview", read},
    {"GET", "/loans/loan-preview-xm", read},
    {"POST", "/loans/open", transfer},
    {"GET", "/loans/options", read},
    {"POST", "/loans/repay-interest", transfer},
    {"POST", "/loans/repay-principal", transfer},
    {"GET", "/loans/repayment-preview", read},
    {"GET", "/loans/repayment-preview-xm", read},
    {"GET", "/margin/buying_power", read},
    {"GET", "/margin/exit_plan", read},
    {"GET", "/margin/liquidation_history", read},
    {"GET", "/margin/position_refresh_amounts", read},
    {"GET", "/margin/profile_information", read},
    {"GET", "/margin/status", read},
    {"GET", "/margin/withdrawal_power", read},
    {"GET", "/margin/withdrawal_power_all", read},
    {"GET", "/oracle", read},
    {"DELETE", "/orders", trade},
    {"GET", "/orders", read},
    {"POST", "/orders", trade},
    {"DELETE", "/orders/client:{}", trade},
    {"GET", "/orders/client:{}", read},
    {"DELETE", "/orders/{}", trade},
    {"GET", "/orders/{}", read},
    {"GET", "/otc/orders", read},
    {"GET", "/payment-methods", read},
    {"GET", "/position", read},
    {"POST", "/position/close", trade},
    {"GET", "/profiles", read},
    {"POST", "/profiles", manage},
    {"POST", "/profiles/margin-transfer", transfer},
    {"POST", "/profiles/transfer", transfer},
    {"GET", "/profiles/{}", read},
    {"PUT", "/profiles/{}", manage},
    {"PUT", "/profiles/{}/deactivate", manage},
    {"POST", "/reports", manage},
    {"GET", "/reports/{}", read},
    {"GET", "/transfers", read},
    {"GET", "/transfers/{}", read},
    {"POST", "/transfers/{}/travel-rules", manage},
    {"GET", "/travel-rules", read},
    {"POST", "/travel-rules", manage},
    {"DELETE", "/travel-rules/{}", manage},
    {"GET", "/users/self/exchange-limits", read},
    {"GET", "/users/self/hold-balances", read},
    {"GET", "/users/self/trailing-volume", read},
    {"GET", "/users/self/verify", session},
    {"POST", "/users/{}/settlement-preferences", manage},
    {"GET", "/users/{}/trading-volumes", read},
    {"POST", "/withdrawals/coinbase", withdraw},
    {"POST", "/withdrawals/coinbase-account", withdraw},
    {"POST", "/withdrawals/counterparty", withdraw},
    {"POST", "/withdrawals/crypto", withdraw},
    {"GET", "/withdrawals/fee-estimate", read},
    {"POST", "/withdrawals/payment-method", withdraw},
    {"GET", "/wrapped-assets/redeem", read},
    {"POST", "/wrapped-assets/redeem", transfer},
    {"GET", "/wrapped-assets/redeem/{}", read},
    {"GET", "/wrapped-assets/stake-wrap", read},
    {"POST", "/wrapped-assets/stake-wrap", transfer},
    {"GET", "/wrapped-assets/stake-wrap/{}", read},
    {"WS", "subscribe", session},
    {"WS", "unsubscribe", session},
});

// kIntxOperations: ccxt 4.5.84 coinbaseinternational.js (v1.private); docs.cdp.coinbase.com/intx.
constexpr auto kIntxOperations = std::to_array<Operation>({
    {"GET", "/api/v1/address-book", manage},
    {"POST", "/api/v1/address-book", manage},
    {"DELETE", "/api/v1/address-book/{}", manage},
    {"PUT", "/api/v1/address-book/{}", manage},
    {"GET", "/api/v1/index/{}/candles", read},
    {"GET", "/api/v1/index/{}/composition", read},
    {"GET", "/api/v1/index/{}/composition-history", read},
    {"GET", "/api/v1/index/{}/price", read},
    {"DELETE", "/api/v1/orders", trade},
    {"GET", "/api/v1/orders", read},
    {"POST", "/api/v1/orders", trade},
    {"DELETE", "/api/v1/orders/{}", trade},
    {"GET", "/api/v1/orders/{}", read},
    {"PUT", "/api/v1/orders/{}", trade},
    {"GET", "/api/v1/portfolios", read},
    {"POST", "/api/v1/portfolios", manage},
    {"GET", "/api/v1/portfolios/fee-rates", read},
    {"GET", "/api/v1/portfolios/fills", read},
    {"POST", "/api/v1/portfolios/margin", transfer},
    {"POST", "/api/v1/portfolios/transfer", transfer},
    {"POST", "/api/v1/portfolios/transfer-position", transfer},
    {"GET", "/api/v1/portfolios/{}", read},
    {"PATCH", "/api/v1/portfolios/{}", manage},
    {"PUT", "/api/v1/portfolios/{}", manage},
    {"POST", "/api/v1/portfolios/{}/auto-margin-enabled", trade},
    {"GET", "/api/v1/portfolios/{}/balances", read},
    {"GET", "/api/v1/portfolios/{}/balances/{}", read},
    {"POST", "/api/v1/portfolios/{}/cross-collateral-enabled", trade},
    {"GET", "/api/v1/portfolios/{}/detail", read},
    {"GET", "/api/v1/portfolios/{}/fills", read},
    {"GET", "/api/v1/portfolios/{}/loans", read},
    {"GET", "/api/v1/portfolios/{}/loans/{}", read},
    {"POST", "/api/v1/portfolios/{}/loans/{}", transfer},
    {"GET", "/api/v1/portfolios/{}/loans/{}/availability", read},
    {"POST", "/api/v1/portfolios/{}/loans/{}/preview", read},
    {"GET", "/api/v1/portfolios/{}/margin-call-status", read},
    {"GET", "/api/v1/portfolios/{}/position-limits", read},
    {"GET", "/api/v1/portfolios/{}/position-limits/positions", read},
    {"GET", "/api/v1/portfolios/{}/position-limits/positions/{}", read},
    {"GET", "/api/v1/portfolios/{}/positions", read},
    {"GET", "/api/v1/portfolios/{}/positions/{}", read},
    {"GET", "/api/v1/portfolios/{}/summary", read},
    {"GET", "/api/v1/transfers", read},
    {"POST", "/api/v1/transfers/address", transfer},
    {"POST", "/api/v1/transfers/create-counterparty-id", transfer},
    {"POST", "/api/v1/transfers/validate-counterparty-id", transfer},
    {"POST", "/api/v1/transfers/withdraw", withdraw},
    {"POST", "/api/v1/transfers/withdraw/counterparty", withdraw},
    {"GET", "/api/v1/transfers/withdraw/{}/{}/counterparty-withdrawal-limit", read},
    {"GET", "/api/v1/transfers/{}", read},
    {"WS", "SUBSCRIBE", session},
    {"WS", "UNSUBSCRIBE", session},
});

const OperationIndex& index(const Venue& venue) noexcept {
  static const OperationIndex built(venue);
  return built;
}
const OperationIndex& exchange_index(const Venue& venue) noexcept {
  static const OperationIndex built(venue);
  return built;
}
const OperationIndex& intx_index(const Venue& venue) noexcept {
  static const OperationIndex built(venue);
  return built;
}

constexpr std::string_view kPermissionsPath = "/api/v3/brokerage/key_permissions";

}  // namespace

constexpr Venue kCoinbase{
    .name = "coinbase",
    .title = "Coinbase Advanced Trade and App (CDP keys)",
    .source = "coinbase/coinbase-advanced-py@54fb8ed; docs.cdp.coinbase.com; ccxt 4.5.84",
    .algorithms = kCdpAlgorithms,
    .environments = kLiveAndTestnet,
    .hosts = kHosts,
    .schemes = kSchemes,
    .operations = kOperations,
    .notes =
        "The API key is the key's name (organizations/…/apiKeys/…). The JWT is a bearer token: for 120 s it opens its method and "
        "path for any query and body. WebSocket: --method subscribe or unsubscribe, with the message's JSON as the body, or "
        "params like channel and product_ids (a list with commas); Custos appends jwt, which names no path.",
    .check = {.path = kPermissionsPath},
    .key_info = {.path = kPermissionsPath, .withdraw_pointer = "/can_transfer"},
    .index = index,
    .canonicalise = compose_by_scheme,
    .place = place_signature,
};

constexpr Venue kCoinbaseLegacy{
    .name = "coinbase-legacy",
    .title = "Coinbase Advanced Trade and App (legacy keys)",
    .source = "docs.cdp.coinbase.com; ccxt 4.5.84",
    .algorithms = kLegacyAlgorithms,
    .environments = kLive,
    .hosts = std::span(kHosts).first(2),  // the sandbox takes CDP keys only
    .schemes = kLegacySchemes,
    .operations = kOperations,
    .notes =
        "Coinbase hands out no such keys any more. The v3 API does not sign the query. WebSocket: --method subscribe or "
        "unsubscribe, with the message's JSON as the body, or params channel and product_ids (a list with commas).",
    .check = {.path = kPermissionsPath},
    .key_info = {.path = kPermissionsPath, .withdraw_pointer = "/can_transfer"},
    .index = index,
    .canonicalise = compose_by_scheme,
    .place = place_signature,
};

constexpr Venue kCoinbaseExchange{
    .name = "coinbase-exchange",
    .title = "Coinbase Exchange",
    .source = "docs.cdp.coinbase.com/exchange; ccxt 4.5.84",
    .algorithms = kDecodedAlgorithms,
    .passphrase = PassphraseRule::sent,
    .environments = kLiveAndTestnet,
    .hosts = kExchangeHosts,
    .schemes = kExchangeSchemes,
    .operations = kExchangeOperations,
    .notes =
        "The secret is base64. WebSocket: --method subscribe or unsubscribe, with the message's JSON as the body, or params "
        "channels and product_ids (lists with commas); what Custos signs there covers neither.",
    .check = {.path = "/accounts"},
    .index = exchange_index,
    .canonicalise = compose_by_scheme,
    .place = place_signature,
};

constexpr Venue kCoinbaseIntx{
    .name = "coinbase-intx",
    .title = "Coinbase International Exchange",
    .source = "docs.cdp.coinbase.com/international-exchange; ccxt 4.5.84",
    .algorithms = kDecodedAlgorithms,
    .passphrase = PassphraseRule::sent,
    .environments = kLiveAndTestnet,
    .hosts = kIntxHosts,
    .schemes = kIntxSchemes,
    .operations = kIntxOperations,
    .notes =
        "The secret is base64. The query is not signed. WebSocket: --method SUBSCRIBE or UNSUBSCRIBE, with the message's JSON as "
        "the body, or params channels and product_ids (lists with commas); what Custos signs there covers neither.",
    .check = {.path = "/api/v1/portfolios"},
    .index = intx_index,
    .canonicalise = compose_by_scheme,
    .place = place_signature,
};

}  // namespace custos::exchange
