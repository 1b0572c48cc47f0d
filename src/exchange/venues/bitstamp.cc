// Bitstamp v2, from bitstamp.net/api ("Authentication"). Its answers are signed too: exchange/server_signature.h.
//
// The preimage has no delimiters, and reads in one way all the same: the API key is the credential's, the host begins the path's
// "/", a query its "?", the content type is one of two, and nonce and time have a fixed size.
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
    {"live", "/api/v2/", "www.bitstamp.net"},
    {"testnet", "/api/v2/", "sandbox.bitstamp.net"},
});

constexpr std::string_view kFormType = "application/x-www-form-urlencoded";
constexpr std::string_view kJsonType = "application/json";

constexpr auto kFormHeaders = std::to_array<Header>({
    {"X-Auth", "BITSTAMP ${key}"},
    {"X-Auth-Signature", "${signature}"},
    {"X-Auth-Nonce", "${nonce}"},
    {"X-Auth-Timestamp", "${time}"},
    {"X-Auth-Version", "v2"},
    {"Content-Type", Template(kFormType), Header::When::with_body},
});
constexpr auto kJsonHeaders = [] {
  auto headers = kFormHeaders;
  headers.back().value = Template(kJsonType);
  return headers;
}();

constexpr std::size_t kTimeDigits = 13;  // Unix milliseconds from 2001 to 2286

// write_content_type writes the type of a body, and nothing where there is none.
void write_content_type(Composer& composer) noexcept {
  if (composer.time().size() != kTimeDigits) return composer.refuse(Reason::timestamp_range, composer.time());
  if (composer.body().empty()) return;
  composer.out().append(composer.scheme().parameters.body == BodyForm::json ? kJsonType : kFormType);
}

constexpr Scheme kForm{
    .name = "REST",
    .preimage = "BITSTAMP ${key}${method}${host}${path}${?query}${custom}${nonce}${time}v2${body}",
    .time_rule = "within 150 s of the server",
    .nonce = NonceRule::uuid,
    .binding = {.host = true, .method = true, .path = true},
    .parameters = {.body_methods = "POST PUT PATCH", .body = BodyForm::form},
    .headers = kFormHeaders,
    .custom = write_content_type,
};
constexpr Scheme kJson = [] {
  Scheme scheme = kForm;
  scheme.name = "REST with a JSON body";
  scheme.parameters.body = BodyForm::json;
  scheme.headers = kJsonHeaders;
  return scheme;
}();
constexpr std::array kSchemes{kForm, kJson};

// kOperations: ccxt 4.5.84 bitstamp.js (api.private). Rejecting a deposit sends it back: withdraw. A currency whose withdrawal is
// not listed yet is unknown, and refused.
constexpr auto kOperations = std::to_array<Operation>({
    {"POST", "/api/v2/1inch_address/", read},
    {"POST", "/api/v2/1inch_withdrawal/", withdraw},
    {"POST", "/api/v2/aave_address/", read},
    {"POST", "/api/v2/aave_withdrawal/", withdraw},
    {"POST", "/api/v2/account_balances/", read},
    {"POST", "/api/v2/account_balances/{}/", read},
    {"POST", "/api/v2/account_order_data/", read},
    {"POST", "/api/v2/ada_address/", read},
    {"POST", "/api/v2/ada_withdrawal/", withdraw},
    {"POST", "/api/v2/algo_address/", read},
    {"POST", "/api/v2/algo_withdrawal/", withdraw},
    {"POST", "/api/v2/alpha_address/", read},
    {"POST", "/api/v2/alpha_withdrawal/", withdraw},
    {"POST", "/api/v2/amp_address/", read},
    {"POST", "/api/v2/amp_withdrawal/", withdraw},
    {"POST", "/api/v2/ant_address/", read},
    {"POST", "/api/v2/ant_withdrawal/", withdraw},
    {"POST", "/api/v2/ape_address/", read},
    {"POST", "/api/v2/ape_withdrawal/", withdraw},
    {"POST", "/api/v2/audio_address/", read},
    {"POST", "/api/v2/audio_withdrawal/", withdraw},
    {"POST", "/api/v2/avax_address/", read},
    {"POST", "/api/v2/avax_withdrawal/", withdraw},
    {"POST", "/api/v2/axs_address/", read},
    {"POST", "/api/v2/axs_withdrawal/", withdraw},
    {"POST", "/api/v2/balance/", read},
    {"POST", "/api/v2/balance/{}/", read},
    {"POST", "/api/v2/band_address/", read},
    {"POST", "/api/v2/band_withdrawal/", withdraw},
    {"POST", "/api/v2/bat_address/", read},
    {"POST", "/api/v2/bat_withdrawal/", withdraw},
    {"POST", "/api/v2/bch_address/", read},
    {"POST", "/api/v2/bch_withdrawal/", withdraw},
    {"POST", "/api/v2/blur_address/", read},
    {"POST", "/api/v2/blur_withdrawal/", withdraw},
    {"POST", "/api/v2/boba_address/", read},
    {"POST", "/api/v2/boba_withdrawal/", withdraw},
    {"POST", "/api/v2/btc_address/", read},
    {"POST", "/api/v2/btc_unconfirmed/", read},
    {"POST", "/api/v2/btc_withdrawal/", withdraw},
    {"POST", "/api/v2/buy/instant/{}/", trade},
    {"POST", "/api/v2/buy/market/{}/", trade},
    {"POST", "/api/v2/buy/{}/", trade},
    {"POST", "/api/v2/cancel_all_orders/", trade},
    {"POST", "/api/v2/cancel_all_orders/{}/", trade},
    {"POST", "/api/v2/cancel_order/", trade},
    {"POST", "/api/v2/cel_address/", read},
    {"POST", "/api/v2/cel_withdrawal/", withdraw},
    {"POST", "/api/v2/chz_address/", read},
    {"POST", "/api/v2/chz_withdrawal/", withdraw},
    {"POST", "/api/v2/comp_address/", read},
    {"POST", "/api/v2/comp_withdrawal/", withdraw},
    {"GET", "/api/v2/contacts/{}/", read},
    {"POST", "/api/v2/crv_address/", read},
    {"POST", "/api/v2/crv_withdrawal/", withdraw},
    {"POST", "/api/v2/crypto-transactions/", read},
    {"GET", "/api/v2/crypto-transactions/deposits/", read},
    {"POST", "/api/v2/crypto-transactions/deposits/{}/reject/", withdraw},
    {"POST", "/api/v2/cspr_address/", read},
    {"POST", "/api/v2/cspr_withdrawal/", withdraw},
    {"POST", "/api/v2/ctsi_address/", read},
    {"POST", "/api/v2/ctsi_withdrawal/", withdraw},
    {"POST", "/api/v2/cvx_address/", read},
    {"POST", "/api/v2/cvx_withdrawal/", withdraw},
    {"POST", "/api/v2/dai_address/", read},
    {"POST", "/api/v2/dai_withdrawal/", withdraw},
    {"POST", "/api/v2/dgld_address/", read},
    {"POST", "/api/v2/dgld_withdrawal/", withdraw},
    {"POST", "/api/v2/doge_address/", read},
    {"POST", "/api/v2/doge_withdrawal/", withdraw},
    {"POST", "/api/v2/dot_address/", read},
    {"POST", "/api/v2/dot_withdrawal/", withdraw},
    {"POST", "/api/v2/dydx_address/", read},
    {"POST", "/api/v2/dydx_withdrawal/", withdraw},
    {"POST", "/api/v2/earn/subscribe/", transfer},
    {"GET", "/api/v2/earn/subscriptions/", read},
    {"POST", "/api/v2/earn/subscriptions/setting/", transfer},
    {"GET", "/api/v2/earn/transactions/", read},
    {"POST", "/api/v2/earn/unsubscribe", transfer},
    {"POST", "/api/v2/earn/unsubscribe/", transfer},
    {"POST", "/api/v2/enj_address/", read},
    {"POST", "/api/v2/enj_withdrawal/", withdraw},
    {"POST", "/api/v2/ens_address/", read},
    {"POST", "/api/v2/ens_withdrawal/", withdraw},
    {"POST", "/api/v2/eth_address/", read},
    {"POST", "/api/v2/eth_withdrawal/", withdraw},
    {"POST", "/api/v2/eurcv_address/", read},
    {"POST", "/api/v2/eurcv_withdrawal/", withdraw},
    {"POST", "/api/v2/euroc_address/", read},
    {"POST", "/api/v2/euroc_withdrawal/", withdraw},
    {"POST", "/api/v2/eurt_address/", read},
    {"POST", "/api/v2/eurt_withdrawal/", withdraw},
    {"POST", "/api/v2/fees/trading/", read},
    {"POST", "/api/v2/fees/trading/{}", read},
    {"POST", "/api/v2/fees/trading/{}/", read},
    {"POST", "/api/v2/fees/withdrawal/", read},
    {"POST", "/api/v2/fees/withdrawal/{}/", read},
    {"POST", "/api/v2/fet_address/", read},
    {"POST", "/api/v2/fet_withdrawal/", withdraw},
    {"POST", "/api/v2/flr_address/", read},
    {"POST", "/api/v2/flr_withdrawal/", withdraw},
    {"POST", "/api/v2/ftm_address/", read},
    {"POST", "/api/v2/ftm_withdrawal/", withdraw},
    {"POST", "/api/v2/ftt_address/", read},
    {"POST", "/api/v2/ftt_withdrawal/", withdraw},
    {"POST", "/api/v2/gala_address/", read},
    {"POST", "/api/v2/gala_withdrawal/", withdraw},
    {"POST", "/api/v2/get_max_order_amount/", read},
    {"POST", "/api/v2/gods_address/", read},
    {"POST", "/api/v2/gods_withdrawal/", withdraw},
    {"POST", "/api/v2/grt_address/", read},
    {"POST", "/api/v2/grt_withdrawal/", withdraw},
    {"POST", "/api/v2/gusd_address/", read},
    {"POST", "/api/v2/gusd_withdrawal/", withdraw},
    {"POST", "/api/v2/hbar_address/", read},
    {"POST", "/api/v2/hbar_withdrawal/", withdraw},
    {"POST", "/api/v2/imx_address/", read},
    {"POST", "/api/v2/imx_withdrawal/", withdraw},
    {"POST", "/api/v2/inj_address/", read},
    {"POST", "/api/v2/inj_withdrawal/", withdraw},
    {"POST", "/api/v2/jup_address/", read},
    {"POST", "/api/v2/jup_withdrawal/", withdraw},
    {"POST", "/api/v2/knc_address/", read},
    {"POST", "/api/v2/knc_withdrawal/", withdraw},
    {"POST", "/api/v2/ldo_address/", read},
    {"POST", "/api/v2/ldo_withdrawal/", withdraw},
    {"POST", "/api/v2/link_address/", read},
    {"POST", "/api/v2/link_withdrawal/", withdraw},
    {"POST", "/api/v2/liquidation_address/info/", read},
    {"POST", "/api/v2/liquidation_address/new/", manage},
    {"POST", "/api/v2/lmwr_address/", read},
    {"POST", "/api/v2/lmwr_withdrawal/", withdraw},
    {"POST", "/api/v2/lrc_address/", read},
    {"POST", "/api/v2/lrc_withdrawal/", withdraw},
    {"POST", "/api/v2/ltc_address/", read},
    {"POST", "/api/v2/ltc_withdrawal/", withdraw},
    {"POST", "/api/v2/mana_address/", read},
    {"POST", "/api/v2/mana_withdrawal/", withdraw},
    {"POST", "/api/v2/matic_address/", read},
    {"POST", "/api/v2/matic_withdrawal/", withdraw},
    {"POST", "/api/v2/mkr_address/", read},
    {"POST", "/api/v2/mkr_withdrawal/", withdraw},
    {"POST", "/api/v2/mpl_address/", read},
    {"POST", "/api/v2/mpl_withdrawal/", withdraw},
    {"POST", "/api/v2/my_trading_pairs/", read},
    {"POST", "/api/v2/near_address/", read},
    {"POST", "/api/v2/near_withdrawal/", withdraw},
    {"POST", "/api/v2/nexo_address/", read},
    {"POST", "/api/v2/nexo_withdrawal/", withdraw},
    {"POST", "/api/v2/omg_address/", read},
    {"POST", "/api/v2/omg_withdrawal/", withdraw},
    {"POST", "/api/v2/ondo_address/", read},
    {"POST", "/api/v2/ondo_withdrawal/", withdraw},
    {"POST", "/api/v2/open_order", read},
    {"POST", "/api/v2/open_order/", read},
    {"POST", "/api/v2/open_orders/all/", read},
    {"POST", "/api/v2/open_orders/{}/", read},
    {"POST", "/api/v2/order_data/", read},
    {"POST", "/api/v2/order_status/", read},
    {"POST", "/api/v2/pax_address/", read},
    {"POST", "/api/v2/pax_withdrawal/", withdraw},
    {"POST", "/api/v2/pepe_address/", read},
    {"POST", "/api/v2/pepe_withdrawal/", withdraw},
    {"POST", "/api/v2/perp_address/", read},
    {"POST", "/api/v2/perp_withdrawal/", withdraw},
    {"POST", "/api/v2/pyth_address/", read},
    {"POST", "/api/v2/pyth_withdrawal/", withdraw},
    {"POST", "/api/v2/pyusd_address/", read},
    {"POST", "/api/v2/pyusd_withdrawal/", withdraw},
    {"POST", "/api/v2/rad_address/", read},
    {"POST", "/api/v2/rad_withdrawal/", withdraw},
    {"POST", "/api/v2/replace_order/", trade},
    {"POST", "/api/v2/revoke_all_api_keys/", manage},
    {"POST", "/api/v2/rgt_address/", read},
    {"POST", "/api/v2/rgt_withdrawal/", withdraw},
    {"POST", "/api/v2/ripple_address/", read},
    {"POST", "/api/v2/ripple_withdrawal/", withdraw},
    {"POST", "/api/v2/rly_address/", read},
    {"POST", "/api/v2/rly_withdrawal/", withdraw},
    {"POST", "/api/v2/rndr_address/", read},
    {"POST", "/api/v2/rndr_withdrawal/", withdraw},
    {"POST", "/api/v2/sand_address/", read},
    {"POST", "/api/v2/sand_withdrawal/", withdraw},
    {"POST", "/api/v2/sell/instant/{}/", trade},
    {"POST", "/api/v2/sell/market/{}/", trade},
    {"POST", "/api/v2/sell/{}/", trade},
    {"POST", "/api/v2/sgb_address/", read},
    {"POST", "/api/v2/sgb_withdrawal/", withdraw},
    {"POST", "/api/v2/shib_address/", read},
    {"POST", "/api/v2/shib_withdrawal/", withdraw},
    {"POST", "/api/v2/skl_address/", read},
    {"POST", "/api/v2/skl_withdrawal/", withdraw},
    {"POST", "/api/v2/slp_address/", read},
    {"POST", "/api/v2/slp_withdrawal/", withdraw},
    {"POST", "/api/v2/smt_address/", read},
    {"POST", "/api/v2/smt_withdrawal/", withdraw},
    {"POST", "/api/v2/snx_address/", read},
    {"POST", "/api/v2/snx_withdrawal/", withdraw},
    {"POST", "/api/v2/sol_address/", read},
    {"POST", "/api/v2/sol_withdrawal/", withdraw},
    {"POST", "/api/v2/storj_address/", read},
    {"POST", "/api/v2/storj_withdrawal/", withdraw},
    {"POST", "/api/v2/sui_address/", read},
    {"POST", "/api/v2/sui_withdrawal/", withdraw},
    {"POST", "/api/v2/sushi_address/", read},
    {"POST", "/api/v2/sushi_withdrawal/", withdraw},
    {"POST", "/api/v2/sxp_address/", read},
    {"POST", "/api/v2/sxp_withdrawal/", withdraw},
    {"POST", "/api/v2/trac_address/", read},
    {"POST", "/api/v2/trac_withdrawal/", withdraw},
    {"GET", "/api/v2/trade_history/", read},
    {"GET", "/api/v2/trade_history/{}", read},
    {"GET", "/api/v2/trade_history/{}/", read},
    {"POST", "/api/v2/transfer-from-main/", transfer},
    {"POST", "/api/v2/transfer-to-main/", transfer},
    {"GET", "/api/v2/travel_rule/address_verification/", read},
    {"GET", "/api/v2/travel_rule/contacts/", read},
    {"POST", "/api/v2/travel_rule/contacts/", manage},
    {"GET", "/api/v2/travel_rule/utxo/xpub_registrations/", read},
    {"POST", "/api/v2/travel_rule/utxo/xpub_registrations/", manage},
    {"GET", "/api/v2/travel_rule/utxo/xpub_registrations/{}/", read},
    {"POST", "/api/v2/travel_rule/utxo/xpub_registrations/{}/revoke/", manage},
    {"POST", "/api/v2/truf_address/", read},
    {"POST", "/api/v2/truf_withdrawal/", withdraw},
    {"POST", "/api/v2/uma_address/", read},
    {"POST", "/api/v2/uma_withdrawal/", withdraw},
    {"POST", "/api/v2/uni_address/", read},
    {"POST", "/api/v2/uni_withdrawal/", withdraw},
    {"POST", "/api/v2/usdc_address/", read},
    {"POST", "/api/v2/usdc_withdrawal/", withdraw},
    {"POST", "/api/v2/usdt_address/", read},
    {"POST", "/api/v2/usdt_withdrawal/", withdraw},
    {"POST", "/api/v2/user_transactions/", read},
    {"POST", "/api/v2/user_transactions/{}/", read},
    {"POST", "/api/v2/ust_address/", read},
    {"POST", "/api/v2/ust_withdrawal/", withdraw},
    {"POST", "/api/v2/vchf_address/", read},
    {"POST", "/api/v2/vchf_withdrawal/", withdraw},
    {"POST", "/api/v2/vega_address/", read},
    {"POST", "/api/v2/vega_withdrawal/", withdraw},
    {"POST", "/api/v2/veur_address/", read},
    {"POST", "/api/v2/veur_withdrawal/", withdraw},
    {"POST", "/api/v2/vext_address/", read},
    {"POST", "/api/v2/vext_withdrawal/", withdraw},
    {"POST", "/api/v2/wbtc_address/", read},
    {"POST", "/api/v2/wbtc_withdrawal/", withdraw},
    {"POST", "/api/v2/websockets_token/", session},
    {"POST", "/api/v2/wecan_address/", read},
    {"POST", "/api/v2/wecan_withdrawal/", withdraw},
    {"POST", "/api/v2/wif_address/", read},
    {"POST", "/api/v2/wif_withdrawal/", withdraw},
    {"POST", "/api/v2/withdrawal-requests/", read},
    {"POST", "/api/v2/withdrawal/cancel/", withdraw},
    {"POST", "/api/v2/withdrawal/open/", withdraw},
    {"POST", "/api/v2/withdrawal/status/", read},
    {"POST", "/api/v2/xlm_address/", read},
    {"POST", "/api/v2/xlm_withdrawal/", withdraw},
    {"POST", "/api/v2/xrp_address/", read},
    {"POST", "/api/v2/xrp_withdrawal/", withdraw},
    {"POST", "/api/v2/yfi_address/", read},
    {"POST", "/api/v2/yfi_withdrawal/", withdraw},
    {"POST", "/api/v2/zrx_address/", read},
    {"POST", "/api/v2/zrx_withdrawal/", withdraw},
});

const OperationIndex& index(const Venue& venue) noexcept {
  static const OperationIndex built(venue);
  return built;
}

SignStatus compose(const Venue& venue, const RequestView& request, const CanonicalContext& context, Draft& draft) noexcept;

}  // namespace

constexpr Venue kBitstamp{
    .name = "bitstamp",
    .title = "Bitstamp v2",
    .source = "bitstamp.net/api; ccxt 4.5.84",
    .algorithms = kAlgorithms,
    .environments = kEnvironments,
    .hosts = kHosts,
    .schemes = kSchemes,
    .operations = kOperations,
    .notes =
        "Paths end in '/'. A body that begins with '{' or '[' is sent as application/json, any other as a form. The answer's "
        "X-Server-Auth-Signature proves that it is Bitstamp's and belongs to the request.",
    .signs_answers = true,
    .check = {.method = "POST", .path = "/api/v2/account_balances/"},
    .index = index,
    .canonicalise = compose,
    .place = place_signature,
};

namespace {

// kWithJson is Bitstamp for a request whose body is JSON.
constexpr auto kWithJson = [] {
  Venue venue = kBitstamp;
  venue.schemes = std::span(kSchemes).subspan(1);
  return venue;
}();

// A form begins with a name's character; JSON with a bracket or white space. What the body is not is refused when it is read.
SignStatus compose(const Venue& venue, const RequestView& request, const CanonicalContext& context, Draft& draft) noexcept {
  const bool json = request.body.find_first_of("{[ \t\r\n\xEF") == 0;
  return compose_by_scheme(json ? kWithJson : venue, request, context, draft);
}

}  // namespace

}  // namespace custos::exchange
