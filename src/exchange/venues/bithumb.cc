// Bithumb, from apidocs.bithumb.com: version 1 and 2 with tokens, and version 1.2.0 of before, which signs path and body.
//
// Binding of tokens: they hold a digest of the parameters and neither method nor path, and a query and a JSON body with the same
// parameters have the same digest. So every request is judged on all rows.
#include <algorithm>
#include <array>

#include "encode/percent.h"
#include "exchange/composer.h"
#include "exchange/placement.h"
#include "exchange/query_token.h"
#include "exchange/venues/venues.h"

namespace custos::exchange {
namespace {

using enum facts::OperationClass;

constexpr std::array<std::string_view, 1> kEnvironments{"live"};

constexpr std::array kAlgorithms{SigningAlgorithm{"HMAC-SHA256", SecretForm::text}};
constexpr auto kHosts = std::to_array<Host>({
    {"live", "/v1/", "api.bithumb.com"},
    {"live", "/v2/", "api.bithumb.com"},
});
constexpr auto kHeaders = std::to_array<Header>({
    {"Authorization", "Bearer ${custom}.${signature}"},
    {"Content-Type", "application/json", Header::When::with_body},
});

void write_token(Composer& composer) noexcept { write_query_token(composer, FormText::percent); }

// The first part of the preimage is {"alg":"HS256","typ":"JWT"} in base64url (RFC 7515).
constexpr auto kSchemes = std::to_array<Scheme>({
    {
        .name = "REST",
        .preimage =
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.${base64url(}{\"access_key\":\"${json(}${key}${)}\",\"nonce\":\"${nonce}\","
            "\"timestamp\":${time}${custom}}${)}",
        .form = SignatureForm::base64url,
        .time = TimeFormat::ms,
        .time_rule = "near the server's",
        .nonce = NonceRule::uuid,
        .parameters = {.body_methods = "POST", .repeated = true, .brackets = true},
        .headers = kHeaders,
        .custom = write_token,
    },
});

// kOperations: ccxt 4.5.84 bithumb.js (api.private); parameters from apidocs.bithumb.com/reference. An order's in a batch stand
// with the others.
constexpr auto kOperations = std::to_array<Operation>({
    {"GET", "/v1/accounts", read, "", ""},
    {"GET", "/v1/api_keys", manage, "", ""},
    {"GET", "/v1/deposit", read, "", "uuid txid currency"},
    {"GET", "/v1/deposits", read, "", "currency state uuids[] txids[] limit page order_by"},
    {"GET", "/v1/deposits/coin_address", read, "currency", "net_type"},
    {"GET", "/v1/deposits/coin_addresses", read, "", ""},
    {"POST", "/v1/deposits/generate_coin_address", manage, "currency", "net_type"},
    {"GET", "/v1/deposits/krw", read, "", "state uuids[] txids[] limit page order_by"},
    {"POST", "/v1/deposits/krw", transfer, "amount", "two_factor_type"},
    {"DELETE", "/v1/order", trade, "uuid", ""},
    {"GET", "/v1/order", read, "", "uuid client_order_id"},
    {"GET", "/v1/orders", read, "", "market uuids[] client_order_ids[] state states[] page limit order_by"},
    {"POST", "/v1/orders", trade, "market side ord_type", "volume price client_order_id time_in_force"},
    {"GET", "/v1/orders/chance", read, "market", ""},
    {"GET", "/v1/status/wallet", read, "", ""},
    {"DELETE", "/v1/twap", trade, "algo_order_id", ""},
    {"GET", "/v1/twap", read, "", "market uuids[] algo_order_id algo_order_ids[] state next_key limit order_by"},
    {"POST", "/v1/twap", trade, "market side duration frequency", "volume price"},
    {"GET", "/v1/withdraw", read, "", "uuid txid currency"},
    {"GET", "/v1/withdraws", read, "", "currency state uuids[] txids[] limit page order_by"},
    {"GET", "/v1/withdraws/chance", read, "currency", "net_type"},
    {"DELETE", "/v1/withdraws/coin", withdraw, "uuid", ""},
    {"POST", "/v1/withdraws/coin", withdraw, "currency amount address",
     "net_type secondary_address exchange_name receiver_type receiver_ko_name receiver_en_name receiver_corp_ko_name "
     "receiver_corp_en_name"},
    {"GET", "/v1/withdraws/coin_addresses", read, "", ""},
    {"GET", "/v1/withdraws/krw", read, "", "state uuids[] txids[] limit page order_by"},
    {"POST", "/v1/withdraws/krw", withdraw, "amount", "two_factor_type"},
    {"DELETE", "/v2/order", trade, "order_id", ""},
    {"DELETE", "/v2/order", trade, "client_order_id", ""},
    {"POST", "/v2/orders", trade, "market side order_type", "volume price client_order_id time_in_force stp_type"},
    {"POST", "/v2/orders/batch", trade, "batch_orders",
     "market side order_type volume price client_order_id time_in_force stp_type"},
    {"POST", "/v2/orders/cancel", trade, "order_ids", "client_order_ids"},
    {"POST", "/v2/orders/cancel", trade, "client_order_ids", "order_ids"},
    {"GET", "/v2/orders/history", read, "", "market state states[] start_time end_time limit page order_by next_key"},
    {"GET", "/v2/orders/pending", read, "", "market state states[] limit page order_by next_key"},
    {"POST", "/v2/orders/search", read, "", "market order_ids client_order_ids order_by"},
});

constexpr std::string_view kAnywhere =
    "sent to another path, the same token can list API keys, without secrets: Bithumb signs no path";
constexpr std::string_view kCancels =
    "sent to another path, the same token cancels the orders, or the withdrawal, that have these numbers: Bithumb signs no path";
constexpr std::string_view kAddress =
    "sent as POST to /v1/deposits/generate_coin_address, the same token makes the account a deposit address";

// kCollisions are the rows that demand nothing, or what reads demand too: refusing those would leave nothing to sign.
constexpr auto kCollisions = std::to_array<Collision>({
    {"GET", "/v1/api_keys", kAnywhere},
    {"POST", "/v1/deposits/generate_coin_address", kAddress},
    {"DELETE", "/v1/order", kCancels},
    {"DELETE", "/v1/twap", kCancels},
    {"DELETE", "/v1/withdraws/coin", kCancels},
    {"DELETE", "/v2/order", kCancels},
    {"POST", "/v2/orders/cancel", kCancels},
});

const OperationIndex& index(const Venue& venue) noexcept {
  static const OperationIndex built(venue);
  return built;
}

// --- Version 1.2.0 ---

constexpr std::array kLegacyAlgorithms{SigningAlgorithm{"HMAC-SHA512", SecretForm::text}};
constexpr auto kLegacyHosts = std::to_array<Host>({
    {"live", "/info/", "api.bithumb.com"},
    {"live", "/trade/", "api.bithumb.com"},
});
constexpr auto kLegacyHeaders = std::to_array<Header>({
    {"Api-Key", "${key}"},
    {"Api-Sign", "${signature}"},
    {"Api-Nonce", "${nonce}"},
    {"Content-Type", "application/x-www-form-urlencoded"},
});

using std::string_view_literals::operator""sv;

constexpr auto kLegacySchemes = std::to_array<Scheme>({
    {
        .name = "REST",
        .preimage = Template("${path}\0${body}\0${nonce}"sv),
        .form = SignatureForm::hex_base64,
        .time = TimeFormat::none,
        .time_rule = "the nonce is the time in milliseconds, near the server's",
        .nonce = NonceRule::rising_ms,
        .binding = {.path = true, .query = false},
        .parameters = {.body_methods = "POST", .body = BodyForm::form},
        .headers = kLegacyHeaders,
    },
});

// kLegacyOperations: ccxt 4.5.84 bithumb.js (api.private), apidocs.bithumb.com/v1.2.0.
constexpr auto kLegacyOperations = std::to_array<Operation>({
    {"POST", "/info/account", read},
    {"POST", "/info/balance", read},
    {"POST", "/info/order_detail", read},
    {"POST", "/info/orders", read},
    {"POST", "/info/ticker", read},
    {"POST", "/info/user_transactions", read},
    {"POST", "/info/wallet_address", read},
    {"POST", "/trade/btc_withdrawal", withdraw},
    {"POST", "/trade/cancel", trade},
    {"POST", "/trade/krw_deposit", transfer},
    {"POST", "/trade/krw_withdrawal", withdraw},
    {"POST", "/trade/market_buy", trade},
    {"POST", "/trade/market_sell", trade},
    {"POST", "/trade/place", trade},
    {"POST", "/trade/stop_limit", trade},
});

const OperationIndex& legacy_index(const Venue& venue) noexcept {
  static const OperationIndex built(venue);
  return built;
}

constexpr std::size_t kMaxLegacyBody = 8192;
constexpr std::string_view kEndpoint = "endpoint=";

// endpoint_of finds the value of the parameter endpoint as a body has it; nullptr where there is none.
const char* endpoint_of(std::string_view body) noexcept {
  if (body.starts_with(kEndpoint)) return body.data() + kEndpoint.size();
  const std::size_t at = body.find("&endpoint=");
  return at == std::string_view::npos ? nullptr : body.data() + at + 1 + kEndpoint.size();
}

bool names_endpoint(std::string_view body, const char* value, std::string_view path) noexcept {
  std::string_view text = body.substr(static_cast<std::size_t>(value - body.data()));
  text = text.substr(0, text.find('&'));
  std::array<char, 256> buffer;
  BoundedWriter decoded(buffer);
  return encode::form_decode(text, decoded) && !decoded.overflowed() && decoded.written() == path;
}

// write_spaced percent-encodes with '+' for spaces, as the venue's PHP does before it compares.
void write_spaced(std::string_view text, BoundedWriter& out) noexcept {
  for (;;) {
    const std::size_t space = std::min(text.find(' '), text.size());
    encode::percent_encode(text.substr(0, space), out);
    if (space == text.size()) return;
    out.append('+');
    text.remove_prefix(space + 1);
  }
}

void write_endpoint(std::string_view path, BoundedWriter& out) noexcept {
  out.append(kEndpoint);
  encode::percent_encode(path, out);
}

// compose_legacy makes the body that is sent: the parameters behind the path as endpoint, or a raw body, to which the path is
// appended where it has none.
SignStatus compose_legacy(const Venue& venue, const RequestView& request, const CanonicalContext& context,
                          Draft& draft) noexcept {
  const bool both = !request.body.empty() && !request.params.empty();
  if (request.kind != RequestKind::rest || request.method != "POST" || both)
    return compose_by_scheme(venue, request, context, draft);
  std::array<char, kMaxLegacyBody> buffer;
  BoundedWriter body(buffer);
  const auto refuse_whole = [&](Reason reason, std::string_view subject) {
    draft.reset();
    return refuse(draft, reason, subject);
  };
  if (request.body.empty()) {
    write_endpoint(request.path, body);
    for (const NameValue& param : request.params) {
      const std::string_view name = body.append('&').copy(param.name);
      if (!encode::is_unreserved(name)) return refuse_whole(Reason::name_encoded, name);
      write_spaced(param.value, body.append('='));
    }
  } else {
    const std::string_view given = body.copy(request.body);
    const char* const value = endpoint_of(given);
    if (value == nullptr) {
      write_endpoint(request.path, body.append('&'));
    } else if (!names_endpoint(given, value, request.path)) {
      return refuse_whole(Reason::member_malformed, "endpoint");
    }
  }
  if (body.overflowed()) return refuse_whole(Reason::too_large, {});
  RequestView whole = request;
  whole.params = {};
  whole.body = body.written();
  return compose_by_scheme(venue, whole, context, draft);
}

}  // namespace

constexpr Venue kBithumb{
    .name = "bithumb",
    .title = "Bithumb",
    .source = "apidocs.bithumb.com; ccxt 4.5.84",
    .algorithms = kAlgorithms,
    .environments = kEnvironments,
    .hosts = kHosts,
    .schemes = kSchemes,
    .operations = kOperations,
    .collisions = kCollisions,
    .notes =
        "The token of a request without parameters, such as GET /v1/accounts, opens the private WebSocket too, which shows "
        "orders.",
    .check = {.path = "/v1/accounts"},
    .index = index,
    .canonicalise = compose_by_scheme,
    .place = place_signature,
};

constexpr Venue kBithumbLegacy{
    .name = "bithumb-legacy",
    .title = "Bithumb 1.2.0",
    .source = "apidocs.bithumb.com/v1.2.0; ccxt 4.5.84",
    .algorithms = kLegacyAlgorithms,
    .environments = kEnvironments,
    .hosts = kLegacyHosts,
    .schemes = kLegacySchemes,
    .operations = kLegacyOperations,
    .notes = "The body begins with endpoint, the path; where a raw body has none, it is appended.",
    .check = {.method = "POST", .path = "/info/balance"},
    .index = legacy_index,
    .canonicalise = compose_legacy,
    .place = place_signature,
};

}  // namespace custos::exchange
