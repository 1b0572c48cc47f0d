// Upbit, from docs.upbit.com (reference/auth) and global-docs.upbit.com.
//
// Binding: the token holds a digest of the parameters and neither method nor path, and a query and a JSON body with the same
// parameters have the same digest. So every request is judged on all rows. Parameters are digested unencoded: a '&' in a value
// would read as another parameter, and is refused.
#include <array>

#include "exchange/composer.h"
#include "exchange/placement.h"
#include "exchange/query_token.h"
#include "exchange/venues/venues.h"

namespace custos::exchange {
namespace {

using enum facts::OperationClass;

constexpr std::array kAlgorithms{SigningAlgorithm{"HMAC-SHA512", SecretForm::text},
                                 SigningAlgorithm{"HMAC-SHA256", SecretForm::text}};
constexpr std::array<std::string_view, 1> kEnvironments{"live"};
constexpr auto kHosts = std::to_array<Host>({
    {"live", "/v1/", "api.upbit.com"},
    {"live", "/v1/", "sg-api.upbit.com"},
    {"live", "/v1/", "id-api.upbit.com"},
    {"live", "/v1/", "th-api.upbit.com"},
});

constexpr auto kHeaders = std::to_array<Header>({
    {"Authorization", "Bearer ${custom}.${signature}"},
    {"Content-Type", "application/json", Header::When::with_body},
});

void write_token(Composer& composer) noexcept { write_query_token(composer, FormText::plain); }

constexpr Scheme token(std::string_view name, std::string_view algorithm, Template preimage) {
  return {
      .name = name,
      .algorithm = algorithm,
      .preimage = preimage,
      .form = SignatureForm::base64url,
      .time = TimeFormat::none,
      .time_rule = "none: the token does not expire, but its nonce is taken once",
      .nonce = NonceRule::uuid,
      .parameters = {.body_methods = "POST", .repeated = true, .brackets = true},
      .headers = kHeaders,
      .custom = write_token,
  };
}

// The first part of the preimages is {"alg":"HS512","typ":"JWT"} and {"alg":"HS256","typ":"JWT"} in base64url (RFC 7515).
constexpr std::array kSchemes{
    token(
        "REST", "HMAC-SHA512",
        R"(eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9.${base64url(}{"access_key":"${json(}${key}${)}","nonce":"${nonce}"${custom}}${)})"),
    token(
        "REST, HS256", "HMAC-SHA256",
        R"(eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.${base64url(}{"access_key":"${json(}${key}${)}","nonce":"${nonce}"${custom}}${)})"),
};

// kOperations: ccxt 4.5.84 upbit.js (api.private); parameters from docs.upbit.com/kr/reference and global-docs.upbit.com.
constexpr auto kOperations = std::to_array<Operation>({
    {"GET", "/v1/accounts", read, "", ""},
    {"GET", "/v1/api_keys", manage, "", ""},
    {"GET", "/v1/deposit", read, "", "uuid txid currency"},
    {"GET", "/v1/deposits", read, "", "currency state uuids[] txids[] limit page order_by from to"},
    {"GET", "/v1/deposits/chance/coin", read, "", "currency net_type"},
    {"GET", "/v1/deposits/coin_address", read, "currency", "net_type"},
    {"GET", "/v1/deposits/coin_addresses", read, "", ""},
    {"POST", "/v1/deposits/generate_coin_address", manage, "currency", "net_type"},
    {"POST", "/v1/deposits/krw", transfer, "amount", "two_factor_type"},
    {"DELETE", "/v1/order", trade, "uuid", ""},
    {"DELETE", "/v1/order", trade, "identifier", ""},
    {"GET", "/v1/order", read, "uuid", ""},
    {"GET", "/v1/order", read, "identifier", ""},
    {"POST", "/v1/orders", trade, "market side ord_type", "volume price identifier time_in_force smp_type"},
    {"POST", "/v1/orders/cancel_and_new", trade, "prev_order_uuid new_ord_type",
     "new_volume new_price new_identifier new_time_in_force new_smp_type"},
    {"POST", "/v1/orders/cancel_and_new", trade, "prev_order_identifier new_ord_type",
     "new_volume new_price new_identifier new_time_in_force new_smp_type"},
    {"GET", "/v1/orders/chance", read, "market", ""},
    {"GET", "/v1/orders/closed", read, "", "market state states[] start_time end_time limit order_by"},
    {"DELETE", "/v1/orders/open", trade, "", "cancel_side pairs excluded_pairs quote_currencies count order_by"},
    {"GET", "/v1/orders/open", read, "", "market state states[] page limit order_by"},
    {"POST", "/v1/orders/test", trade, "market side ord_type", "volume price identifier time_in_force smp_type"},
    {"DELETE", "/v1/orders/uuids", trade, "uuids[]", ""},
    {"DELETE", "/v1/orders/uuids", trade, "identifiers[]", ""},
    {"GET", "/v1/orders/uuids", read, "", "market uuids[] identifiers[] order_by"},
    {"GET", "/v1/pockets", read, "", "uuid uuids[] limit page order_by"},
    {"GET", "/v1/pockets/api_keys", manage, "", "uuid uuids[] pocket_uuid limit page order_by"},
    {"GET", "/v1/pockets/assets", read, "", "uuid uuids[] pocket_uuid limit page order_by"},
    {"GET", "/v1/pockets/transfers", read, "",
     "uuid uuids[] identifier identifiers[] currency state from to limit page order_by"},
    {"POST", "/v1/pockets/transfers", transfer, "currency amount", "to identifier"},
    {"GET", "/v1/pockets/universal_transfers", read, "",
     "uuid uuids[] identifier identifiers[] currency state from to limit page order_by"},
    {"POST", "/v1/pockets/universal_transfers", transfer, "to currency amount", "from identifier"},
    {"GET", "/v1/status/wallet", read, "", ""},
    {"POST", "/v1/travel_rule/deposit/txid", manage, "vasp_uuid txid", "currency net_type"},
    {"POST", "/v1/travel_rule/deposit/uuid", manage, "deposit_uuid vasp_uuid", ""},
    {"GET", "/v1/travel_rule/vasps", read, "", ""},
    {"GET", "/v1/withdraw", read, "", "uuid txid currency"},
    {"GET", "/v1/withdraws", read, "", "currency state uuids[] txids[] limit page order_by from to"},
    {"GET", "/v1/withdraws/chance", read, "currency", "net_type"},
    {"DELETE", "/v1/withdraws/coin", withdraw, "uuid", ""},
    {"POST", "/v1/withdraws/coin", withdraw, "currency amount address", "net_type secondary_address transaction_type"},
    {"GET", "/v1/withdraws/coin_addresses", read, "", ""},
    {"POST", "/v1/withdraws/krw", withdraw, "amount", "two_factor_type"},
});

constexpr std::string_view kAnywhere =
    "sent to other paths, the same token can cancel open orders or list API keys, without secrets: Upbit signs no path";
constexpr std::string_view kUuid =
    "sent as DELETE to /v1/withdraws/coin, the same token cancels the withdrawal that has this uuid";
constexpr std::string_view kAddress =
    "sent as POST to /v1/deposits/generate_coin_address, the same token makes the account a deposit address";

// kCollisions are the rows that demand nothing, or what reads demand too: refusing those would leave nothing to sign.
constexpr auto kCollisions = std::to_array<Collision>({
    {"GET", "/v1/api_keys", kAnywhere},
    {"POST", "/v1/deposits/generate_coin_address", kAddress},
    {"DELETE", "/v1/order", kAnywhere},
    {"DELETE", "/v1/orders/open", kAnywhere},
    {"DELETE", "/v1/orders/uuids", kAnywhere},
    {"GET", "/v1/pockets/api_keys", kAnywhere},
    {"DELETE", "/v1/withdraws/coin", kUuid},
});

const OperationIndex& index(const Venue& venue) noexcept {
  static const OperationIndex built(venue);
  return built;
}

}  // namespace

constexpr Venue kUpbit{
    .name = "upbit",
    .title = "Upbit",
    .source = "docs.upbit.com; global-docs.upbit.com; ccxt 4.5.84",
    .algorithms = kAlgorithms,
    .environments = kEnvironments,
    .hosts = kHosts,
    .schemes = kSchemes,
    .operations = kOperations,
    .collisions = kCollisions,
    .notes =
        "The token of a request without parameters, such as GET /v1/accounts, opens the private WebSocket too, which shows "
        "orders "
        "and balances. Upbit takes HS512 and HS256 with the same secret.",
    .check = {.path = "/v1/accounts"},
    .index = index,
    .canonicalise = compose_by_scheme,
    .place = place_signature,
};

}  // namespace custos::exchange
