// Kraken, from docs.kraken.com: guides/spot-rest-auth for the spot API, guides/futures-rest and guides/futures-websockets for
// futures. Two venues: their hosts, rules and API keys differ.
//
// Spot: API-Sign covers path and body, and the nonce stands in the body. Where a form has none, Custos puts "nonce=N&" before it;
// a JSON body is never rewritten, so it has to carry one. The query is not covered: none is taken.
//
// Futures: Authent covers the query or the body, the Nonce header and the path without "/derivatives", joined without a
// delimiter. So one of query and body is taken, and nonces of 13 digits only, which end a request's parameters in one way. The
// challenge of a WebSocket is signed as its SHA-256, which is also what is signed of a request: a challenge with "/" could be
// one, and is refused.
#include <algorithm>
#include <array>

#include "exchange/composer.h"
#include "exchange/json.h"
#include "exchange/placement.h"
#include "exchange/venues/venues.h"

namespace custos::exchange {
namespace {

using enum facts::OperationClass;

constexpr std::array kAlgorithms{SigningAlgorithm{"HMAC-SHA512", SecretForm::base64}};
constexpr std::string_view kNonceName = "nonce";

// --- Spot ---

constexpr std::array<std::string_view, 1> kEnvironments{"live"};
constexpr auto kHosts = std::to_array<Host>({
    {"live", "/0/private/", "api.kraken.com"},
});

constexpr auto kFormHeaders = std::to_array<Header>({
    {"API-Key", "${key}"},
    {"API-Sign", "${signature}"},
    {"Content-Type", "application/x-www-form-urlencoded"},
});
constexpr auto kJsonHeaders = std::to_array<Header>({
    {"API-Key", "${key}"},
    {"API-Sign", "${signature}"},
    {"Content-Type", "application/json"},
});

constexpr Scheme kForm{
    .name = "REST",
    .preimage = "${path}${sha256(}${nonce}${body}${)}",
    .form = SignatureForm::base64,
    .time = TimeFormat::none,
    .time_rule = "the nonce rises; the key's nonce window tells by how much it may fall behind",
    .nonce = NonceRule::rising_us,
    .binding = {.path = true},
    .parameters = {.body_methods = "POST", .body = BodyForm::form, .brackets = true},
    .headers = kFormHeaders,
};
constexpr Scheme kJson = [] {
  Scheme scheme = kForm;
  scheme.name = "REST with a JSON body";
  scheme.parameters = {.body_methods = "POST", .body = BodyForm::json};
  scheme.headers = kJsonHeaders;
  return scheme;
}();
constexpr std::array kSchemes{kForm, kJson};

// kOperations: ccxt 4.5.84 kraken.js (api.private); docs.kraken.com, "REST API". Adding to the deposit addresses and deleting
// exports are more than reading.
constexpr auto kOperations = std::to_array<Operation>({
    {"POST", "/0/private/AccountTransfer", transfer},
    {"POST", "/0/private/AddExport", read},
    {"POST", "/0/private/AddOrder", trade},
    {"POST", "/0/private/AddOrderBatch", trade},
    {"POST", "/0/private/AmendOrder", trade},
    {"POST", "/0/private/Balance", read},
    {"POST", "/0/private/BalanceEx", read},
    {"POST", "/0/private/CancelAll", trade},
    {"POST", "/0/private/CancelAllOrdersAfter", trade},
    {"POST", "/0/private/CancelOrder", trade},
    {"POST", "/0/private/CancelOrderBatch", trade},
    {"POST", "/0/private/ClosedOrders", read},
    {"POST", "/0/private/CreateSubaccount", manage},
    {"POST", "/0/private/CreditLines", read},
    {"POST", "/0/private/DepositAddresses", manage},
    {"POST", "/0/private/DepositMethods", read},
    {"POST", "/0/private/DepositStatus", read},
    {"POST", "/0/private/Earn/Allocate", transfer},
    {"POST", "/0/private/Earn/AllocateStatus", read},
    {"POST", "/0/private/Earn/Allocations", read},
    {"POST", "/0/private/Earn/Deallocate", transfer},
    {"POST", "/0/private/Earn/DeallocateStatus", read},
    {"POST", "/0/private/Earn/Strategies", read},
    {"POST", "/0/private/EditOrder", trade},
    {"POST", "/0/private/ExportStatus", read},
    {"POST", "/0/private/GetApiKeyInfo", read},
    {"POST", "/0/private/GetWebSocketsToken", session},
    {"POST", "/0/private/Ledgers", read},
    {"POST", "/0/private/Level3", read},
    {"POST", "/0/private/ListWalletAccounts", read},
    {"POST", "/0/private/OpenOrders", read},
    {"POST", "/0/private/OpenPositions", read},
    {"POST", "/0/private/OrderAmends", read},
    {"POST", "/0/private/QueryLedgers", read},
    {"POST", "/0/private/QueryOrders", read},
    {"POST", "/0/private/QueryTrades", read},
    {"POST", "/0/private/RemoveExport", manage},
    {"POST", "/0/private/RetrieveExport", read},
    {"POST", "/0/private/TradeBalance", read},
    {"POST", "/0/private/TradeVolume", read},
    {"POST", "/0/private/TradesHistory", read},
    {"POST", "/0/private/WalletTransfer", transfer},
    {"POST", "/0/private/Withdraw", withdraw},
    {"POST", "/0/private/WithdrawAddresses", read},
    {"POST", "/0/private/WithdrawCancel", withdraw},
    {"POST", "/0/private/WithdrawInfo", read},
    {"POST", "/0/private/WithdrawMethods", read},
    {"POST", "/0/private/WithdrawStatus", read},
});

const OperationIndex& index(const Venue& venue) noexcept {
  static const OperationIndex built(venue);
  return built;
}

// write_nonce_form puts the nonce before a form that has none, in a copy of it behind.
void write_nonce_form(Composer& composer) noexcept {
  BoundedWriter& out = composer.out();
  const std::string_view form = composer.body();
  const std::size_t mark = out.size();
  out.append("nonce=").append(composer.nonce());
  if (!form.empty()) out.append('&').append(form);
  composer.set_body(out.since(mark));
}

// read_form_nonce takes the nonce that the form has, or puts one into it.
void read_form_nonce(Composer& composer) noexcept {
  const auto params = composer.params();
  const auto own = std::ranges::find(params, kNonceName, &NameValue::name);
  if (own == params.end()) {
    composer.read_times();
    return write_nonce_form(composer);
  }
  composer.expect_nonce_in_body();
  composer.read_times();
  if (composer.request().nonce.empty()) return composer.set_nonce(own->value);
  if (composer.ok() && composer.nonce() != own->value) composer.refuse(Reason::nonce_differs, kNonceName);
}

// read_json_nonce takes the nonce that the body has.
void read_json_nonce(Composer& composer) noexcept {
  composer.expect_nonce_in_body();
  composer.read_times();
  if (!composer.ok()) return;
  const JsonValue own = member(composer.json(), kNonceName);
  if (own.type != JsonType::string && own.type != JsonType::number) {
    return composer.refuse(Reason::nonce_missing, R"("nonce":1700000000000000)");
  }
  const std::string_view nonce = write_text(own, composer.out());
  if (composer.request().nonce.empty()) return composer.set_nonce(nonce);
  if (composer.nonce() != nonce) composer.refuse(Reason::nonce_differs, kNonceName);
}

SignStatus compose(const Venue& venue, const RequestView& request, const CanonicalContext& context, Draft& draft) noexcept;

}  // namespace

constexpr Venue kKraken{
    .name = "kraken",
    .title = "Kraken",
    .source = "docs.kraken.com/api/docs/guides/spot-rest-auth; ccxt 4.5.84",
    .algorithms = kAlgorithms,
    .environments = kEnvironments,
    .hosts = kHosts,
    .schemes = kSchemes,
    .operations = kOperations,
    .notes =
        "The nonce stands in the body: params and forms without one get it as their first parameter; a JSON body must carry "
        "it. Custos counts in microseconds, so a key that a client used with nanoseconds is locked out: make a new one. "
        "WebSockets are opened with "
        "the token of POST /0/private/GetWebSocketsToken (class session).",
    .check = {.method = "POST", .path = "/0/private/GetApiKeyInfo"},
    // The names in the answer were not seen in a vendor's sample (U).
    .key_info = {.path = "/0/private/GetApiKeyInfo",
                 .method = "POST",
                 .withdraw_pointer = "/result/permissions",
                 .withdraw_word = "withdraw-funds",
                 .ip_pointer = "/result/ip_allowlist"},
    .index = index,
    .canonicalise = compose,
    .place = place_signature,
};

namespace {

// kWithJson is Kraken for a request whose body is JSON.
constexpr auto kWithJson = [] {
  Venue venue = kKraken;
  venue.schemes = std::span(kSchemes).subspan(1);
  return venue;
}();

// is_json tells a JSON body from a form, whose first character is a name's. What it is not is refused when it is read.
bool is_json(std::string_view body) noexcept { return body.find_first_of("{[ \t\r\n\xEF") == 0; }

SignStatus compose(const Venue& venue, const RequestView& request, const CanonicalContext& context, Draft& draft) noexcept {
  const bool json = is_json(request.body);
  Composer composer(json ? kWithJson : venue, request, context, draft);
  composer.begin();
  composer.read_target();
  composer.read_query();
  if (!composer.query().empty()) composer.refuse(Reason::query_unexpected, composer.query());
  composer.read_body();
  if (composer.ok()) json ? read_json_nonce(composer) : read_form_nonce(composer);
  composer.judge();
  composer.write_preimage();
  composer.write_outputs();
  return composer.finish();
}

// --- Futures ---

constexpr std::array<std::string_view, 2> kFuturesEnvironments{"live", "testnet"};
constexpr auto kFuturesHosts = std::to_array<Host>({
    {"live", "/derivatives/api/", "futures.kraken.com"},
    {"live", "/api/", "futures.kraken.com"},
    {"testnet", "/derivatives/api/", "demo-futures.kraken.com"},
    {"testnet", "/api/", "demo-futures.kraken.com"},
});

constexpr auto kFuturesHeaders = std::to_array<Header>({
    {"APIKey", "${key}"},
    {"Authent", "${signature}"},
    {"Nonce", "${nonce}"},
    {"Content-Type", "application/x-www-form-urlencoded", Header::When::with_body},
});

constexpr std::size_t kNonceDigits = 13;  // Unix milliseconds from 2001 to 2286
constexpr std::size_t kMaxChallengeSize = 64;

// write_signed_path writes the path without "/derivatives", as it is signed.
void write_signed_path(Composer& composer) noexcept {
  constexpr std::string_view kPrefix = "/derivatives";
  std::string_view path = composer.path();
  if (path.starts_with(kPrefix)) path.remove_prefix(kPrefix.size());
  composer.out().append(path);
  if (!composer.query().empty() && !composer.body().empty()) composer.refuse(Reason::query_unexpected, composer.query());
  if (composer.nonce().size() != kNonceDigits) composer.refuse(Reason::nonce_malformed, composer.nonce());
}

bool is_challenge(std::string_view text) noexcept {
  return !text.empty() && text.size() <= kMaxChallengeSize && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
  });
}

// write_challenge writes the server's challenge, a UUID: letters, digits and '-'. Anything else could be a request to sign.
void write_challenge(Composer& composer) noexcept {
  const auto params = composer.params();
  if (params.empty()) return composer.refuse(Reason::field_missing, "challenge");
  for (const NameValue& param : params) {
    if (param.name != "challenge") return composer.refuse(Reason::parameter_unlisted, param.name);
  }
  if (!composer.body().empty()) return composer.refuse(Reason::parameter_unlisted, composer.body());
  if (!is_challenge(params.front().value)) return composer.refuse(Reason::field_malformed, "challenge");
  composer.out().append(params.front().value);
}

constexpr auto kFuturesSchemes = std::to_array<Scheme>({
    {
        .name = "REST",
        .preimage = "${sha256(}${query}${body}${nonce}${custom}${)}",
        .form = SignatureForm::base64,
        .time = TimeFormat::none,
        .time_rule = "the nonce rises, in milliseconds",
        .nonce = NonceRule::rising_ms,
        .binding = {.path = true},
        .parameters = {.body_methods = "POST PUT", .body = BodyForm::form},
        .headers = kFuturesHeaders,
        .custom = write_signed_path,
    },
    {
        .kind = RequestKind::ws,
        .name = "WebSocket challenge",
        .select = "challenge",
        .preimage = "${sha256(}${custom}${)}",
        .form = SignatureForm::base64,
        .time = TimeFormat::none,
        .time_rule = "the server's challenge, once",
        .message = R"({"api_key":"${key}","original_challenge":"${custom}","signed_challenge":"${signature}"})",
        .custom = write_challenge,
    },
});

// kFuturesOperations: ccxt 4.5.84 krakenfutures.js (api.private, and api.history as far as options.access has it private);
// docs.kraken.com, "Futures REST" (orders/status, initialmargin, rfqs); krakenfx/api-specs futures-rest/auth (api-keys).
constexpr auto kFuturesOperations = std::to_array<Operation>({
    {"GET", "/api/auth/v1/api-keys/v3/check", read},
    {"GET", "/api/history/v2/account-log", read},
    {"GET", "/api/history/v2/accountlogcsv", read},
    {"GET", "/api/history/v2/executions", read},
    {"GET", "/api/history/v2/orders", read},
    {"GET", "/api/history/v2/positions", read},
    {"GET", "/api/history/v2/triggers", read},
    {"GET", "/api/history/v3/account-log", read},
    {"GET", "/api/history/v3/accountlogcsv", read},
    {"GET", "/api/history/v3/executions", read},
    {"GET", "/api/history/v3/orders", read},
    {"GET", "/api/history/v3/positions", read},
    {"GET", "/api/history/v3/triggers", read},
    {"GET", "/derivatives/api/v3/accounts", read},
    {"POST", "/derivatives/api/v3/assignmentprogram/add", manage},
    {"GET", "/derivatives/api/v3/assignmentprogram/current", read},
    {"POST", "/derivatives/api/v3/assignmentprogram/delete", manage},
    {"GET", "/derivatives/api/v3/assignmentprogram/history", read},
    {"POST", "/derivatives/api/v3/batchorder", trade},
    {"POST", "/derivatives/api/v3/cancelallorders", trade},
    {"POST", "/derivatives/api/v3/cancelallordersafter", trade},
    {"POST", "/derivatives/api/v3/cancelorder", trade},
    {"POST", "/derivatives/api/v3/editorder", trade},
    {"GET", "/derivatives/api/v3/feeschedules/volumes", read},
    {"GET", "/derivatives/api/v3/fills", read},
    {"GET", "/derivatives/api/v3/initialmargin", read},
    {"GET", "/derivatives/api/v3/initialmargin/maxordersize", read},
    {"GET", "/derivatives/api/v3/leveragepreferences", read},
    {"PUT", "/derivatives/api/v3/leveragepreferences", trade},
    {"GET", "/derivatives/api/v3/notifications", read},
    {"GET", "/derivatives/api/v3/openorders", read},
    {"GET", "/derivatives/api/v3/openpositions", read},
    {"GET", "/derivatives/api/v3/orders/status", read},
    {"POST", "/derivatives/api/v3/orders/status", read},
    {"GET", "/derivatives/api/v3/pnlpreferences", read},
    {"PUT", "/derivatives/api/v3/pnlpreferences", trade},
    {"GET", "/derivatives/api/v3/portfolio-margining/parameters", read},
    {"GET", "/derivatives/api/v3/recentorders", read},
    {"DELETE", "/derivatives/api/v3/rfq-assignment/max-leverage", trade},
    {"GET", "/derivatives/api/v3/rfq-assignment/max-leverage", read},
    {"PUT", "/derivatives/api/v3/rfq-assignment/max-leverage", trade},
    {"GET", "/derivatives/api/v3/rfqs", read},
    {"GET", "/derivatives/api/v3/rfqs/open-offers", read},
    {"GET", "/derivatives/api/v3/rfqs/{}", read},
    {"DELETE", "/derivatives/api/v3/rfqs/{}/cancel-offer", trade},
    {"POST", "/derivatives/api/v3/rfqs/{}/place-offer", trade},
    {"PUT", "/derivatives/api/v3/rfqs/{}/replace-offer", trade},
    {"GET", "/derivatives/api/v3/self-trade-strategy", read},
    {"PUT", "/derivatives/api/v3/self-trade-strategy", trade},
    {"POST", "/derivatives/api/v3/sendorder", trade},
    {"GET", "/derivatives/api/v3/subaccount/{}/trading-enabled", read},
    {"PUT", "/derivatives/api/v3/subaccount/{}/trading-enabled", manage},
    {"GET", "/derivatives/api/v3/subaccounts", read},
    {"POST", "/derivatives/api/v3/transfer", transfer},
    {"POST", "/derivatives/api/v3/transfer/subaccount", transfer},
    {"GET", "/derivatives/api/v3/transfers", read},
    {"GET", "/derivatives/api/v3/unwindqueue", read},
    {"POST", "/derivatives/api/v3/withdrawal", withdraw},
    {"WS", "challenge", session},
});

const OperationIndex& futures_index(const Venue& venue) noexcept {
  static const OperationIndex built(venue);
  return built;
}

}  // namespace

constexpr Venue kKrakenFutures{
    .name = "kraken-futures",
    .title = "Kraken Futures",
    .source = "docs.kraken.com/api/docs/guides/futures-rest and futures-websockets; ccxt 4.5.84",
    .algorithms = kAlgorithms,
    .environments = kFuturesEnvironments,
    .hosts = kFuturesHosts,
    .schemes = kFuturesSchemes,
    .operations = kFuturesOperations,
    .notes =
        "The header Nonce is always sent: without it a request could be sent again. A batch of orders is the parameter json, "
        "percent-encoded. The message of a WebSocket challenge (params: challenge) holds what every subscription to a private "
        "feed repeats: api_key, original_challenge, signed_challenge.",
    .check = {.path = "/derivatives/api/v3/accounts"},
    // krakenfx/api-specs, futures-rest/auth/api-public.yml: ApiKeyPermissionMap. Withdrawals go to the spot wallet: "transfer".
    .key_info = {.path = "/api/auth/v1/api-keys/v3/check",
                 .withdraw_pointer = "/permissions/transfer",
                 .withdraw_word = "FULL_ACCESS"},
    .index = futures_index,
    .canonicalise = compose_by_scheme,
    .place = place_signature,
};

}  // namespace custos::exchange
