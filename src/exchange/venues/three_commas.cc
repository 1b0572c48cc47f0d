// 3Commas, from 3commas-io/3commas-official-api-docs (docs/quick-start, 5_ and 6_signing_a_request).
//
// What is signed is the path, "?" and the query or form body. A JSON body stands behind "?" too where the key is an HMAC secret,
// and right behind the path where it is an RSA key, as the documented signatures have it (their text says otherwise). Neither
// method nor time is signed: who reads a request can send it again whenever he likes.
#include <algorithm>
#include <array>

#include "exchange/composer.h"
#include "exchange/placement.h"
#include "exchange/venues/venues.h"

namespace custos::exchange {
namespace {

using enum facts::OperationClass;

constexpr std::string_view kNeverExpires =
    "3Commas signs no time: whoever reads this request can send it again for as long as the key lives";

constexpr std::array kAlgorithms{
    SigningAlgorithm{"HMAC-SHA256", SecretForm::text},
    SigningAlgorithm{"RSA-2048", SecretForm::pem},
    SigningAlgorithm{"RSA-3072", SecretForm::pem},
    SigningAlgorithm{"RSA-4096", SecretForm::pem},
};
constexpr std::array<std::string_view, 1> kEnvironments{"live"};
constexpr auto kHosts = std::to_array<Host>({
    {"live", "/public/api/", "api.3commas.io"},
});

constexpr auto kFormHeaders = std::to_array<Header>({
    {"Apikey", "${key}"},
    {"Signature", "${signature}"},
    {"Content-Type", "application/x-www-form-urlencoded", Header::When::with_body},
});
constexpr auto kJsonHeaders = std::to_array<Header>({
    {"Apikey", "${key}"},
    {"Signature", "${signature}"},
    {"Content-Type", "application/json", Header::When::with_body},
});

constexpr Scheme scheme(std::string_view name, std::string_view algorithm, bool json) {
  const bool hmac = algorithm == "HMAC";
  return {
      .name = name,
      .algorithm = algorithm,
      .preimage = json && !hmac ? "${path}${body}" : "${path}${?query}${custom}",
      .form = hmac ? SignatureForm::hex : SignatureForm::base64,
      .time = TimeFormat::none,
      .time_rule = "none: a signature never expires",
      .binding = {.path = true},
      .parameters = {.body_methods = "POST PUT PATCH",
                     .body = json ? BodyForm::json : BodyForm::form,
                     .repeated = true,
                     .brackets = true},
      .headers = json ? kJsonHeaders : kFormHeaders,
      .custom =
          [](Composer& composer) noexcept {
            if (!composer.body().empty()) composer.out().append('?').append(composer.body());
          },
  };
}

// The schemes of forms stand before those of JSON, each for both kinds of key.
constexpr std::size_t kJsonSchemes = 2;
constexpr std::array kSchemes{
    scheme("query or form, HMAC", "HMAC", false),
    scheme("query or form, RSA", "RSA", false),
    scheme("JSON, HMAC", "HMAC", true),
    scheme("JSON, RSA", "RSA", true),
};

// kOperations: the Markdown pages of 3commas-io/3commas-official-api-docs; 3commas_openapidoc.yml; py3cw 0.1.1 (config.py). A new
// account is a key of an exchange; change_mode switches between paper and real money.
constexpr auto kOperations = std::to_array<Operation>({
    {"GET", "/public/api/v2/smart_trades", read},
    {"POST", "/public/api/v2/smart_trades", trade},
    {"DELETE", "/public/api/v2/smart_trades/{}", trade},
    {"GET", "/public/api/v2/smart_trades/{}", read},
    {"PATCH", "/public/api/v2/smart_trades/{}", trade},
    {"POST", "/public/api/v2/smart_trades/{}/add_funds", trade},
    {"POST", "/public/api/v2/smart_trades/{}/close_by_market", trade},
    {"POST", "/public/api/v2/smart_trades/{}/force_process", trade},
    {"POST", "/public/api/v2/smart_trades/{}/force_start", trade},
    {"POST", "/public/api/v2/smart_trades/{}/reduce_funds", trade},
    {"POST", "/public/api/v2/smart_trades/{}/set_note", trade},
    {"GET", "/public/api/v2/smart_trades/{}/trades", read},
    {"DELETE", "/public/api/v2/smart_trades/{}/trades/{}", trade},
    {"POST", "/public/api/v2/smart_trades/{}/trades/{}/close_by_market", trade},
    {"GET", "/public/api/ver1/accounts", read},
    {"GET", "/public/api/ver1/accounts/currency_rates", read},
    {"GET", "/public/api/ver1/accounts/currency_rates_with_leverage_data", read},
    {"GET", "/public/api/ver1/accounts/market_list", read},
    {"GET", "/public/api/ver1/accounts/market_pairs", read},
    {"POST", "/public/api/ver1/accounts/new", manage},
    {"POST", "/public/api/ver1/accounts/transfer", transfer},
    {"GET", "/public/api/ver1/accounts/transfer_data", read},
    {"GET", "/public/api/ver1/accounts/transfer_history", read},
    {"GET", "/public/api/ver1/accounts/types_to_connect", read},
    {"POST", "/public/api/ver1/accounts/update", manage},
    {"GET", "/public/api/ver1/accounts/{}", read},
    {"POST", "/public/api/ver1/accounts/{}/account_table_data", read},
    {"GET", "/public/api/ver1/accounts/{}/active_trading_entities", read},
    {"GET", "/public/api/ver1/accounts/{}/balance_chart_data", read},
    {"POST", "/public/api/ver1/accounts/{}/convert_dust_to_bnb", transfer},
    {"GET", "/public/api/ver1/accounts/{}/deposit_data", read},
    {"GET", "/public/api/ver1/accounts/{}/leverage_data", read},
    {"POST", "/public/api/ver1/accounts/{}/load_balances", read},
    {"GET", "/public/api/ver1/accounts/{}/networks_info", read},
    {"POST", "/public/api/ver1/accounts/{}/pie_chart_data", read},
    {"POST", "/public/api/ver1/accounts/{}/remove", manage},
    {"POST", "/public/api/ver1/accounts/{}/rename", manage},
    {"POST", "/public/api/ver1/accounts/{}/sell_all_to_btc", transfer},
    {"POST", "/public/api/ver1/accounts/{}/sell_all_to_usd", transfer},
    {"GET", "/public/api/ver1/bots", read},
    {"GET", "/public/api/ver1/bots/account_trade_info", read},
    {"GET", "/public/api/ver1/bots/account_trade_info_smart_sell", read},
    {"POST", "/public/api/ver1/bots/create_bot", trade},
    {"GET", "/public/api/ver1/bots/pairs_black_list", read},
    {"GET", "/public/api/ver1/bots/stats", read},
    {"GET", "/public/api/ver1/bots/strategy_list", read},
    {"POST", "/public/api/ver1/bots/update_pairs_black_list", trade},
    {"POST", "/public/api/ver1/bots/{}/cancel_all_deals", trade},
    {"POST", "/public/api/ver1/bots/{}/copy_and_create", trade},
    {"GET", "/public/api/ver1/bots/{}/deals_stats", read},
    {"POST", "/public/api/ver1/bots/{}/delete", trade},
    {"POST", "/public/api/ver1/bots/{}/disable", trade},
    {"POST", "/public/api/ver1/bots/{}/enable", trade},
    {"POST", "/public/api/ver1/bots/{}/panic_sell_all_deals", trade},
    {"GET", "/public/api/ver1/bots/{}/profit_by_day", read},
    {"GET", "/public/api/ver1/bots/{}/show", read},
    {"POST", "/public/api/ver1/bots/{}/start_new_deal", trade},
    {"PATCH", "/public/api/ver1/bots/{}/update", trade},
    {"GET", "/public/api/ver1/deals", read},
    {"POST", "/public/api/ver1/deals/{}/add_funds", trade},
    {"POST", "/public/api/ver1/deals/{}/cancel", trade},
    {"POST", "/public/api/ver1/deals/{}/cancel_order", trade},
    {"POST", "/public/api/ver1/deals/{}/convert_to_smart_trade", trade},
    {"GET", "/public/api/ver1/deals/{}/data_for_adding_funds", read},
    {"GET", "/public/api/ver1/deals/{}/market_orders", read},
    {"POST", "/public/api/ver1/deals/{}/panic_sell", trade},
    {"GET", "/public/api/ver1/deals/{}/show", read},
    {"PATCH", "/public/api/ver1/deals/{}/update_deal", trade},
    {"POST", "/public/api/ver1/deals/{}/update_max_safety_orders", trade},
    {"POST", "/public/api/ver1/deals/{}/update_tp", trade},
    {"GET", "/public/api/ver1/grid_bots", read},
    {"POST", "/public/api/ver1/grid_bots/ai", trade},
    {"GET", "/public/api/ver1/grid_bots/ai_settings", read},
    {"POST", "/public/api/ver1/grid_bots/manual", trade},
    {"DELETE", "/public/api/ver1/grid_bots/{}", trade},
    {"GET", "/public/api/ver1/grid_bots/{}", read},
    {"PATCH", "/public/api/ver1/grid_bots/{}/ai", trade},
    {"POST", "/public/api/ver1/grid_bots/{}/disable", trade},
    {"POST", "/public/api/ver1/grid_bots/{}/enable", trade},
    {"GET", "/public/api/ver1/grid_bots/{}/events", read},
    {"PATCH", "/public/api/ver1/grid_bots/{}/manual", trade},
    {"GET", "/public/api/ver1/grid_bots/{}/market_orders", read},
    {"GET", "/public/api/ver1/grid_bots/{}/profits", read},
    {"GET", "/public/api/ver1/grid_bots/{}/required_balances", read},
    {"POST", "/public/api/ver1/loose_accounts", manage},
    {"GET", "/public/api/ver1/loose_accounts/available_currencies", read},
    {"PUT", "/public/api/ver1/loose_accounts/{}", manage},
    {"GET", "/public/api/ver1/marketplace/items", read},
    {"GET", "/public/api/ver1/marketplace/presets", read},
    {"GET", "/public/api/ver1/marketplace/{}/signals", read},
    {"POST", "/public/api/ver1/users/change_mode", manage},
    {"GET", "/public/api/ver1/users/current_mode", read},
    {"PUT", "/public/api/ver1/users/locale", manage},
    {"GET", "/public/api/ver1/users/permissions_info", read},
});

const OperationIndex& index(const Venue& venue) noexcept {
  static const OperationIndex built(venue);
  return built;
}

// canonicalise takes the schemes of JSON where the body begins as such. Query and body are not signed together: nothing would
// stand between them.
SignStatus canonicalise(const Venue& venue, const RequestView& request, const CanonicalContext& context, Draft& draft) noexcept {
  const std::size_t first = std::min(request.body.find_first_not_of(" \t\r\n"), request.body.size());
  const bool json = request.body.substr(first).starts_with('{') || request.body.substr(first).starts_with('[');
  Venue chosen = venue;
  chosen.schemes = venue.schemes.subspan(json ? kJsonSchemes : 0, kJsonSchemes);

  Composer composer(chosen, request, context, draft);
  composer.begin();
  composer.read_target();
  composer.read_query();
  composer.read_body();
  if (!composer.query().empty() && !composer.body().empty()) composer.refuse(Reason::query_unexpected, composer.query());
  composer.read_times();
  composer.judge();
  if (composer.ok()) composer.warn(kNeverExpires);
  composer.write_preimage();
  composer.write_outputs();
  return composer.finish();
}

}  // namespace

constexpr Venue kThreeCommas{
    .name = "3commas",
    .title = "3Commas",
    .source = "3commas-io/3commas-official-api-docs@0a55695; py3cw 0.1.1",
    .algorithms = kAlgorithms,
    .environments = kEnvironments,
    .hosts = kHosts,
    .schemes = kSchemes,
    .operations = kOperations,
    .notes =
        "No time is signed: a signature never expires. Neither the method is signed, nor the header Forced-Mode (real or paper). "
        "Send parameters in the query or a form rather than as JSON, for which the documentation contradicts itself.",
    .check = {.path = "/public/api/ver1/users/current_mode"},
    .index = index,
    .canonicalise = canonicalise,
    .place = place_signature,
};

}  // namespace custos::exchange
