// HTX (Huobi), from huobiapi.github.io/docs/spot/v1/en ("Authentication"), /docs/usdt_swap/v1/en and htx.com/opend.
//
// The signature covers method, host, path and query, to which Custos adds the parameters of authentication: before the caller's
// own, which stay as they are; what is signed is all of them, sorted. The body of a POST is not covered.
#include <algorithm>
#include <array>

#include "exchange/composer.h"
#include "exchange/host_choice.h"
#include "exchange/placement.h"
#include "exchange/venues/venues.h"

namespace custos::exchange {
namespace {

using enum facts::OperationClass;

constexpr auto kAlgorithms = std::to_array<SigningAlgorithm>({
    {"HMAC-SHA256", SecretForm::text},
    {"Ed25519", SecretForm::pem},
});
constexpr std::array<std::string_view, 1> kEnvironments{"live"};

// kHosts: the first of each is the default. api-aws and api.hbdm.vn are the same APIs for clients in AWS.
constexpr auto kHosts = std::to_array<Host>({
    {"live", "/v1/", "api.huobi.pro"},
    {"live", "/v2/", "api.huobi.pro"},
    {"live", "/v5/account/universal_transfer", "api.huobi.pro"},
    {"live", "/v1/", "api-aws.huobi.pro"},
    {"live", "/v2/", "api-aws.huobi.pro"},
    {"live", "/v5/account/universal_transfer", "api-aws.huobi.pro"},
    {"live", "/api/", "api.hbdm.com"},
    {"live", "/swap-api/", "api.hbdm.com"},
    {"live", "/linear-swap-api/", "api.hbdm.com"},
    {"live", "/v5/", "api.hbdm.com"},
    {"live", "/api/", "api.hbdm.vn"},
    {"live", "/swap-api/", "api.hbdm.vn"},
    {"live", "/linear-swap-api/", "api.hbdm.vn"},
    {"live", "/v5/", "api.hbdm.vn"},
    {"live", "/ws/", "api.huobi.pro"},
    {"live", "/ws/", "api-aws.huobi.pro"},
    {"live", "/notification", "api.hbdm.com"},
    {"live", "/swap-notification", "api.hbdm.com"},
    {"live", "/linear-swap-notification", "api.hbdm.com"},
    {"live", "/linear-swap-trade", "api.hbdm.com"},
    {"live", "/notification", "api.hbdm.vn"},
    {"live", "/swap-notification", "api.hbdm.vn"},
    {"live", "/linear-swap-notification", "api.hbdm.vn"},
    {"live", "/linear-swap-trade", "api.hbdm.vn"},
});

constexpr auto kHeaders = std::to_array<Header>({
    {"Content-Type", "application/json", Header::When::with_body},
});

constexpr std::string_view kTimeRule = "within 1 minute of the server (its documents also say 5)";

// kSpotSockets and kSwapSockets are the paths of WebSockets. A logon is signed as a GET of its path: of another path it would be
// a request.
constexpr auto kSpotSockets = std::to_array<std::string_view>({"/ws/v2", "/ws/trade"});
constexpr auto kSwapSockets =
    std::to_array<std::string_view>({"/linear-swap-notification", "/swap-notification", "/notification", "/linear-swap-trade"});

// write_host writes the host as it is signed: in lower case, without a port.
void write_host(std::string_view host, BoundedWriter& out) noexcept {
  for (const char c : host.substr(0, host.find(':'))) out.append(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
}

void write_signed_host(Composer& composer) noexcept { write_host(composer.host(), composer.out()); }

// write_socket writes host and path of a WebSocket; the param path names another of `paths` than the default.
void write_socket(Composer& composer, std::span<const std::string_view> paths) noexcept {
  std::string_view path = paths.front();
  for (const NameValue& param : composer.params()) {
    if (param.name != "path") return composer.refuse(Reason::parameter_unlisted, param.name);
    const auto found = std::ranges::find(paths, param.value);
    if (found == paths.end()) return composer.refuse(Reason::field_malformed, param.name);
    path = *found;
  }
  if (!composer.body().empty()) return composer.refuse(Reason::parameter_unlisted, composer.body());
  const CanonicalContext& context = composer.context();
  const HostChoice choice = choose_host(kHosts, context.environment, path, context.extra_hosts, composer.request().host);
  if (choice.refusal != Reason::none) return composer.refuse(choice.refusal, composer.request().host);
  BoundedWriter& out = composer.out();
  const std::size_t mark = out.size();
  write_host(choice.host, out);
  composer.draft().facts.host = out.since(mark);
  out.append('\n').append(path);
}

void write_spot_socket(Composer& composer) noexcept { write_socket(composer, kSpotSockets); }
void write_swap_socket(Composer& composer) noexcept { write_socket(composer, kSwapSockets); }

// kHmacAdded and kEdAdded are the parameters of authentication, as they are sent.
constexpr Template kHmacAdded =
    "AccessKeyId=${percent(}${key}${)}&SignatureMethod=HmacSHA256&SignatureVersion=2&Timestamp=${percent(}${time}${)}";
constexpr Template kEdAdded =
    "AccessKeyId=${percent(}${key}${)}&SignatureMethod=Ed25519&SignatureVersion=2&Timestamp=${percent(}${time}${)}";

constexpr Scheme kRest{
    .name = "REST",
    .algorithm = "HMAC",
    .preimage = "${method}\n${custom}\n${path}\n${sorted}",
    .form = SignatureForm::base64_percent,
    .time = TimeFormat::iso_s,
    .time_rule = kTimeRule,
    .binding = {.host = true, .method = true, .path = true, .body = false},
    .parameters = {.body_methods = "POST"},
    .headers = kHeaders,
    .query = "${query}&Signature=${signature}",
    .custom = write_signed_host,
};
constexpr Scheme kSpotAuth{
    .kind = RequestKind::ws,
    .name = "WebSocket v2 auth",
    .select = "auth",
    .algorithm = "HMAC",
    .preimage =
        "GET\n${custom}\naccessKey=${percent(}${key}${)}&signatureMethod=HmacSHA256&signatureVersion=2.1&timestamp="
        "${percent(}${time}${)}",
    .form = SignatureForm::base64,
    .time = TimeFormat::iso_s,
    .time_rule = kTimeRule,
    .message = R"({"action":"req","ch":"auth","params":{"authType":"api","accessKey":"${key}","signatureMethod":"HmacSHA256",)"
               R"("signatureVersion":"2.1","timestamp":"${time}","signature":"${signature}"}})",
    .custom = write_spot_socket,
};
constexpr Scheme kSwapAuth{
    .kind = RequestKind::ws,
    .name = "WebSocket auth of derivatives",
    .select = "op.auth",
    .algorithm = "HMAC",
    .preimage =
        "GET\n${custom}\nAccessKeyId=${percent(}${key}${)}&SignatureMethod=HmacSHA256&SignatureVersion=2&Timestamp="
        "${percent(}${time}${)}",
    .form = SignatureForm::base64,
    .time = TimeFormat::iso_s,
    .time_rule = kTimeRule,
    .message = R"({"op":"auth","type":"api","AccessKeyId":"${key}","SignatureMethod":"HmacSHA256","SignatureVersion":"2",)"
               R"("Timestamp":"${time}","Signature":"${signature}"})",
    .custom = write_swap_socket,
};

constexpr Scheme kEdRest = [] {
  Scheme scheme = kRest;
  scheme.algorithm = "Ed25519";
  return scheme;
}();
constexpr Scheme kEdSpotAuth = [] {
  Scheme scheme = kSpotAuth;
  scheme.algorithm = "Ed25519";
  scheme.preimage =
      "GET\n${custom}\naccessKey=${percent(}${key}${)}&signatureMethod=Ed25519&signatureVersion=2.1&timestamp="
      "${percent(}${time}${)}";
  scheme.message = R"({"action":"req","ch":"auth","params":{"authType":"api","accessKey":"${key}","signatureMethod":"Ed25519",)"
                   R"("signatureVersion":"2.1","timestamp":"${time}","signature":"${signature}"}})";
  return scheme;
}();
constexpr Scheme kEdSwapAuth = [] {
  Scheme scheme = kSwapAuth;
  scheme.algorithm = "Ed25519";
  scheme.preimage =
      "GET\n${custom}\nAccessKeyId=${percent(}${key}${)}&SignatureMethod=Ed25519&SignatureVersion=2&Timestamp="
      "${percent(}${time}${)}";
  scheme.message = R"({"op":"auth","type":"api","AccessKeyId":"${key}","SignatureMethod":"Ed25519","SignatureVersion":"2",)"
                   R"("Timestamp":"${time}","Signature":"${signature}"})";
  return scheme;
}();
constexpr std::array kSchemes{kRest, kSpotAuth, kSwapAuth, kEdRest, kEdSpotAuth, kEdSwapAuth};

// kOperations: ccxt 4.5.84 htx.js (api private, v2Private, spot.private, contract.private); the linear-swap-api rows, which it
// dropped, from huobiapi.github.io/docs/usdt_swap/v1/en. Loans, their repayment and exchanges of coins are transfers; so is what
// moves funds to or from a copied trader.
constexpr auto kOperations = std::to_array<Operation>({
    {"POST", "/api/v1/contract-cancel-after", trade},
    {"POST", "/api/v1/contract_account_info", read},
    {"POST", "/api/v1/contract_account_position_info", read},
    {"GET", "/api/v1/contract_api_trading_status", read},
    {"POST", "/api/v1/contract_available_level_rate", read},
    {"POST", "/api/v1/contract_balance_valuation", read},
    {"POST", "/api/v1/contract_batchorder", trade},
    {"POST", "/api/v1/contract_cancel", trade},
    {"POST", "/api/v1/contract_cancelall", trade},
    {"POST", "/api/v1/contract_fee", read},
    {"POST", "/api/v1/contract_financial_record", read},
    {"POST", "/api/v1/contract_financial_record_exact", read},
    {"POST", "/api/v1/contract_hisorders", read},
    {"POST", "/api/v1/contract_hisorders_exact", read},
    {"POST", "/api/v1/contract_master_sub_transfer", transfer},
    {"POST", "/api/v1/contract_master_sub_transfer_record", read},
    {"POST", "/api/v1/contract_matchresults", read},
    {"POST", "/api/v1/contract_matchresults_exact", read},
    {"POST", "/api/v1/contract_openorders", read},
    {"POST", "/api/v1/contract_order", trade},
    {"POST", "/api/v1/contract_order_detail", read},
    {"POST", "/api/v1/contract_order_info", read},
    {"POST", "/api/v1/contract_order_limit", read},
    {"POST", "/api/v1/contract_position_info", read},
    {"POST", "/api/v1/contract_position_limit", read},
    {"POST", "/api/v1/contract_relation_tpsl_order", trade},
    {"POST", "/api/v1/contract_sub_account_info", read},
    {"POST", "/api/v1/contract_sub_account_info_list", read},
    {"POST", "/api/v1/contract_sub_account_list", read},
    {"POST", "/api/v1/contract_sub_auth", manage},
    {"GET", "/api/v1/contract_sub_auth_list", read},
    {"POST", "/api/v1/contract_sub_position_info", read},
    {"POST", "/api/v1/contract_switch_lever_rate", trade},
    {"POST", "/api/v1/contract_tpsl_cancel", trade},
    {"POST", "/api/v1/contract_tpsl_cancelall", trade},
    {"POST", "/api/v1/contract_tpsl_hisorders", read},
    {"POST", "/api/v1/contract_tpsl_openorders", read},
    {"POST", "/api/v1/contract_tpsl_order", trade},
    {"POST", "/api/v1/contract_track_cancel", trade},
    {"POST", "/api/v1/contract_track_cancelall", trade},
    {"POST", "/api/v1/contract_track_hisorders", read},
    {"POST", "/api/v1/contract_track_openorders", read},
    {"POST", "/api/v1/contract_track_order", trade},
    {"POST", "/api/v1/contract_transfer_limit", read},
    {"POST", "/api/v1/contract_trigger_cancel", trade},
    {"POST", "/api/v1/contract_trigger_cancelall", trade},
    {"POST", "/api/v1/contract_trigger_hisorders", read},
    {"POST", "/api/v1/contract_trigger_openorders", read},
    {"POST", "/api/v1/contract_trigger_order", trade},
    {"POST", "/api/v1/contract_user_settlement_records", read},
    {"POST", "/api/v1/lightning_close_position", trade},
    {"POST", "/api/v3/contract_financial_record", read},
    {"POST", "/api/v3/contract_financial_record_exact", read},
    {"POST", "/api/v3/contract_hisorders", read},
    {"POST", "/api/v3/contract_hisorders_exact", read},
    {"POST", "/api/v3/contract_matchresults", read},
    {"POST", "/api/v3/contract_matchresults_exact", read},
    {"POST", "/api/v6/copyTrading/trader/apikey", manage},
    {"POST", "/api/v6/copyTrading/trader/config", manage},
    {"POST", "/api/v6/copyTrading/trader/follower", manage},
    {"POST", "/api/v6/copyTrading/trader/follower-settings", manage},
    {"GET", "/api/v6/copyTrading/trader/followers", read},
    {"GET", "/api/v6/copyTrading/trader/instruments", read},
    {"GET", "/api/v6/copyTrading/trader/profit-sharing-history", read},
    {"GET", "/api/v6/copyTrading/trader/profit-sharing-history-summary", read},
    {"GET", "/api/v6/copyTrading/trader/statistics", read},
    {"POST", "/api/v6/copyTrading/trader/transfer", transfer},
    {"GET", "/api/v6/copyTrading/trader/unrealized-profit-sharing-summary", read},
    {"POST", "/linear-swap-api/v1/linear-cancel-after", trade},
    {"POST", "/linear-swap-api/v1/swap_account_info", read},
    {"POST", "/linear-swap-api/v1/swap_account_position_info", read},
    {"GET", "/linear-swap-api/v1/swap_api_trading_status", read},
    {"POST", "/linear-swap-api/v1/swap_available_level_rate", read},
    {"POST", "/linear-swap-api/v1/swap_balance_valuation", read},
    {"POST", "/linear-swap-api/v1/swap_batchorder", trade},
    {"POST", "/linear-swap-api/v1/swap_cancel", trade},
    {"POST", "/linear-swap-api/v1/swap_cancelall", trade},
    {"POST", "/linear-swap-api/v1/swap_cross_account_info", read},
    {"POST", "/linear-swap-api/v1/swap_cross_account_position_info", read},
    {"POST", "/linear-swap-api/v1/swap_cross_available_level_rate", read},
    {"POST", "/linear-swap-api/v1/swap_cross_batchorder", trade},
    {"POST", "/linear-swap-api/v1/swap_cross_cancel", trade},
    {"POST", "/linear-swap-api/v1/swap_cross_cancelall", trade},
    {"POST", "/linear-swap-api/v1/swap_cross_hisorders", read},
    {"POST", "/linear-swap-api/v1/swap_cross_hisorders_exact", read},
    {"POST", "/linear-swap-api/v1/swap_cross_lever_position_limit", read},
    {"POST", "/linear-swap-api/v1/swap_cross_lightning_close_position", trade},
    {"POST", "/linear-swap-api/v1/swap_cross_matchresults", read},
    {"POST", "/linear-swap-api/v1/swap_cross_matchresults_exact", read},
    {"POST", "/linear-swap-api/v1/swap_cross_openorders", read},
    {"POST", "/linear-swap-api/v1/swap_cross_order", trade},
    {"POST", "/linear-swap-api/v1/swap_cross_order_detail", read},
    {"POST", "/linear-swap-api/v1/swap_cross_order_info", read},
    {"POST", "/linear-swap-api/v1/swap_cross_position_info", read},
    {"POST", "/linear-swap-api/v1/swap_cross_position_limit", read},
    {"POST", "/linear-swap-api/v1/swap_cross_relation_tpsl_order", trade},
    {"POST", "/linear-swap-api/v1/swap_cross_sub_account_info", read},
    {"POST", "/linear-swap-api/v1/swap_cross_sub_account_info_list", read},
    {"POST", "/linear-swap-api/v1/swap_cross_sub_position_info", read},
    {"POST", "/linear-swap-api/v1/swap_cross_switch_lever_rate", trade},
    {"POST", "/linear-swap-api/v1/swap_cross_switch_position_mode", trade},
    {"POST", "/linear-swap-api/v1/swap_cross_tpsl_cancel", trade},
    {"POST", "/linear-swap-api/v1/swap_cross_tpsl_cancelall", trade},
    {"POST", "/linear-swap-api/v1/swap_cross_tpsl_hisorders", read},
    {"POST", "/linear-swap-api/v1/swap_cross_tpsl_openorders", read},
    {"POST", "/linear-swap-api/v1/swap_cross_tpsl_order", trade},
    {"POST", "/linear-swap-api/v1/swap_cross_track_cancel", trade},
    {"POST", "/linear-swap-api/v1/swap_cross_track_cancelall", trade},
    {"POST", "/linear-swap-api/v1/swap_cross_track_hisorders", read},
    {"POST", "/linear-swap-api/v1/swap_cross_track_openorders", read},
    {"POST", "/linear-swap-api/v1/swap_cross_track_order", trade},
    {"POST", "/linear-swap-api/v1/swap_cross_transfer_limit", read},
    {"POST", "/linear-swap-api/v1/swap_cross_trigger_cancel", trade},
    {"POST", "/linear-swap-api/v1/swap_cross_trigger_cancelall", trade},
    {"POST", "/linear-swap-api/v1/swap_cross_trigger_hisorders", read},
    {"POST", "/linear-swap-api/v1/swap_cross_trigger_openorders", read},
    {"POST", "/linear-swap-api/v1/swap_cross_trigger_order", trade},
    {"POST", "/linear-swap-api/v1/swap_cross_user_settlement_records", read},
    {"POST", "/linear-swap-api/v1/swap_fee", read},
    {"POST", "/linear-swap-api/v1/swap_financial_record", read},
    {"POST", "/linear-swap-api/v1/swap_financial_record_exact", read},
    {"POST", "/linear-swap-api/v1/swap_hisorders", read},
    {"POST", "/linear-swap-api/v1/swap_hisorders_exact", read},
    {"POST", "/linear-swap-api/v1/swap_lever_position_limit", read},
    {"POST", "/linear-swap-api/v1/swap_lightning_close_position", trade},
    {"POST", "/linear-swap-api/v1/swap_master_sub_transfer", transfer},
    {"POST", "/linear-swap-api/v1/swap_master_sub_transfer_record", read},
    {"POST", "/linear-swap-api/v1/swap_matchresults", read},
    {"POST", "/linear-swap-api/v1/swap_matchresults_exact", read},
    {"POST", "/linear-swap-api/v1/swap_openorders", read},
    {"POST", "/linear-swap-api/v1/swap_order", trade},
    {"POST", "/linear-swap-api/v1/swap_order_detail", read},
    {"POST", "/linear-swap-api/v1/swap_order_info", read},
    {"POST", "/linear-swap-api/v1/swap_order_limit", read},
    {"POST", "/linear-swap-api/v1/swap_position_info", read},
    {"POST", "/linear-swap-api/v1/swap_position_limit", read},
    {"POST", "/linear-swap-api/v1/swap_relation_tpsl_order", trade},
    {"POST", "/linear-swap-api/v1/swap_sub_account_info", read},
    {"POST", "/linear-swap-api/v1/swap_sub_account_info_list", read},
    {"POST", "/linear-swap-api/v1/swap_sub_account_list", read},
    {"POST", "/linear-swap-api/v1/swap_sub_auth", manage},
    {"GET", "/linear-swap-api/v1/swap_sub_auth_list", read},
    {"POST", "/linear-swap-api/v1/swap_sub_position_info", read},
    {"POST", "/linear-swap-api/v1/swap_switch_lever_rate", trade},
    {"POST", "/linear-swap-api/v1/swap_switch_position_mode", trade},
    {"POST", "/linear-swap-api/v1/swap_tpsl_cancel", trade},
    {"POST", "/linear-swap-api/v1/swap_tpsl_cancelall", trade},
    {"POST", "/linear-swap-api/v1/swap_tpsl_hisorders", read},
    {"POST", "/linear-swap-api/v1/swap_tpsl_openorders", read},
    {"POST", "/linear-swap-api/v1/swap_tpsl_order", trade},
    {"POST", "/linear-swap-api/v1/swap_track_cancel", trade},
    {"POST", "/linear-swap-api/v1/swap_track_cancelall", trade},
    {"POST", "/linear-swap-api/v1/swap_track_hisorders", read},
    {"POST", "/linear-swap-api/v1/swap_track_openorders", read},
    {"POST", "/linear-swap-api/v1/swap_track_order", trade},
    {"POST", "/linear-swap-api/v1/swap_transfer_inner", transfer},
    {"POST", "/linear-swap-api/v1/swap_transfer_limit", read},
    {"POST", "/linear-swap-api/v1/swap_trigger_cancel", trade},
    {"POST", "/linear-swap-api/v1/swap_trigger_cancelall", trade},
    {"POST", "/linear-swap-api/v1/swap_trigger_hisorders", read},
    {"POST", "/linear-swap-api/v1/swap_trigger_openorders", read},
    {"POST", "/linear-swap-api/v1/swap_trigger_order", trade},
    {"POST", "/linear-swap-api/v1/swap_user_settlement_records", read},
    {"POST", "/linear-swap-api/v3/fix_position_margin_change", trade},
    {"GET", "/linear-swap-api/v3/fix_position_margin_change_record", read},
    {"POST", "/linear-swap-api/v3/linear_swap_fee_switch", trade},
    {"GET", "/linear-swap-api/v3/linear_swap_overview_account_info", read},
    {"POST", "/linear-swap-api/v3/swap_cross_hisorders", read},
    {"POST", "/linear-swap-api/v3/swap_cross_hisorders_exact", read},
    {"POST", "/linear-swap-api/v3/swap_cross_matchresults", read},
    {"POST", "/linear-swap-api/v3/swap_cross_matchresults_exact", read},
    {"POST", "/linear-swap-api/v3/swap_financial_record", read},
    {"POST", "/linear-swap-api/v3/swap_financial_record_exact", read},
    {"POST", "/linear-swap-api/v3/swap_hisorders", read},
    {"POST", "/linear-swap-api/v3/swap_hisorders_exact", read},
    {"POST", "/linear-swap-api/v3/swap_matchresults", read},
    {"POST", "/linear-swap-api/v3/swap_matchresults_exact", read},
    {"POST", "/linear-swap-api/v3/swap_switch_account_type", manage},
    {"GET", "/linear-swap-api/v3/swap_unified_account_type", read},
    {"GET", "/linear-swap-api/v3/unified_account_info", read},
    {"POST", "/swap-api/v1/swap-cancel-after", trade},
    {"POST", "/swap-api/v1/swap_account_info", read},
    {"POST", "/swap-api/v1/swap_account_position_info", read},
    {"GET", "/swap-api/v1/swap_api_trading_status", read},
    {"POST", "/swap-api/v1/swap_available_level_rate", read},
    {"POST", "/swap-api/v1/swap_balance_valuation", read},
    {"POST", "/swap-api/v1/swap_batchorder", trade},
    {"POST", "/swap-api/v1/swap_cancel", trade},
    {"POST", "/swap-api/v1/swap_cancelall", trade},
    {"POST", "/swap-api/v1/swap_fee", read},
    {"POST", "/swap-api/v1/swap_financial_record", read},
    {"POST", "/swap-api/v1/swap_financial_record_exact", read},
    {"POST", "/swap-api/v1/swap_hisorders", read},
    {"POST", "/swap-api/v1/swap_hisorders_exact", read},
    {"POST", "/swap-api/v1/swap_lightning_close_position", trade},
    {"POST", "/swap-api/v1/swap_master_sub_transfer", transfer},
    {"POST", "/swap-api/v1/swap_master_sub_transfer_record", read},
    {"POST", "/swap-api/v1/swap_matchresults", read},
    {"POST", "/swap-api/v1/swap_matchresults_exact", read},
    {"POST", "/swap-api/v1/swap_openorders", read},
    {"POST", "/swap-api/v1/swap_order", trade},
    {"POST", "/swap-api/v1/swap_order_detail", read},
    {"POST", "/swap-api/v1/swap_order_info", read},
    {"POST", "/swap-api/v1/swap_order_limit", read},
    {"POST", "/swap-api/v1/swap_position_info", read},
    {"POST", "/swap-api/v1/swap_position_limit", read},
    {"POST", "/swap-api/v1/swap_relation_tpsl_order", trade},
    {"POST", "/swap-api/v1/swap_sub_account_info", read},
    {"POST", "/swap-api/v1/swap_sub_account_info_list", read},
    {"POST", "/swap-api/v1/swap_sub_account_list", read},
    {"POST", "/swap-api/v1/swap_sub_auth", manage},
    {"GET", "/swap-api/v1/swap_sub_auth_list", read},
    {"POST", "/swap-api/v1/swap_sub_position_info", read},
    {"POST", "/swap-api/v1/swap_switch_lever_rate", trade},
    {"POST", "/swap-api/v1/swap_tpsl_cancel", trade},
    {"POST", "/swap-api/v1/swap_tpsl_cancelall", trade},
    {"POST", "/swap-api/v1/swap_tpsl_hisorders", read},
    {"POST", "/swap-api/v1/swap_tpsl_openorders", read},
    {"POST", "/swap-api/v1/swap_tpsl_order", trade},
    {"POST", "/swap-api/v1/swap_track_cancel", trade},
    {"POST", "/swap-api/v1/swap_track_cancelall", trade},
    {"POST", "/swap-api/v1/swap_track_hisorders", read},
    {"POST", "/swap-api/v1/swap_track_openorders", read},
    {"POST", "/swap-api/v1/swap_track_order", trade},
    {"POST", "/swap-api/v1/swap_transfer_limit", read},
    {"POST", "/swap-api/v1/swap_trigger_cancel", trade},
    {"POST", "/swap-api/v1/swap_trigger_cancelall", trade},
    {"POST", "/swap-api/v1/swap_trigger_hisorders", read},
    {"POST", "/swap-api/v1/swap_trigger_openorders", read},
    {"POST", "/swap-api/v1/swap_trigger_order", trade},
    {"POST", "/swap-api/v1/swap_user_settlement_records", read},
    {"POST", "/swap-api/v3/swap_financial_record", read},
    {"POST", "/swap-api/v3/swap_financial_record_exact", read},
    {"POST", "/swap-api/v3/swap_hisorders", read},
    {"POST", "/swap-api/v3/swap_hisorders_exact", read},
    {"POST", "/swap-api/v3/swap_matchresults", read},
    {"POST", "/swap-api/v3/swap_matchresults_exact", read},
    {"GET", "/v1/account/accounts", read},
    {"GET", "/v1/account/accounts/{}", read},
    {"GET", "/v1/account/accounts/{}/balance", read},
    {"GET", "/v1/account/history", read},
    {"POST", "/v1/account/transfer", transfer},
    {"GET", "/v1/cross-margin/accounts/balance", read},
    {"GET", "/v1/cross-margin/loan-info", read},
    {"GET", "/v1/cross-margin/loan-orders", read},
    {"POST", "/v1/cross-margin/orders", transfer},
    {"POST", "/v1/cross-margin/orders/{}/repay", transfer},
    {"POST", "/v1/cross-margin/transfer-in", transfer},
    {"POST", "/v1/cross-margin/transfer-out", transfer},
    {"POST", "/v1/dw/transfer-in/margin", transfer},
    {"POST", "/v1/dw/transfer-out/margin", transfer},
    {"POST", "/v1/dw/withdraw-virtual/{}/cancel", withdraw},
    {"POST", "/v1/dw/withdraw-virtual/{}/place", withdraw},
    {"POST", "/v1/dw/withdraw/api/create", withdraw},
    {"GET", "/v1/fee/fee-rate/get", read},
    {"POST", "/v1/futures/transfer", transfer},
    {"GET", "/v1/margin/accounts/balance", read},
    {"GET", "/v1/margin/loan-info", read},
    {"GET", "/v1/margin/loan-orders", read},
    {"POST", "/v1/margin/orders", transfer},
    {"POST", "/v1/margin/orders/{}/repay", transfer},
    {"POST", "/v1/order/auto/place", trade},
    {"POST", "/v1/order/batch-orders", trade},
    {"GET", "/v1/order/history", read},
    {"GET", "/v1/order/matchresults", read},
    {"GET", "/v1/order/openOrders", read},
    {"GET", "/v1/order/orders", read},
    {"POST", "/v1/order/orders/batchCancelOpenOrders", trade},
    {"POST", "/v1/order/orders/batchcancel", trade},
    {"GET", "/v1/order/orders/getClientOrder", read},
    {"POST", "/v1/order/orders/place", trade},
    {"POST", "/v1/order/orders/submitCancelClientOrder", trade},
    {"GET", "/v1/order/orders/{}", read},
    {"GET", "/v1/order/orders/{}/matchresult", read},
    {"GET", "/v1/order/orders/{}/matchresults", read},
    {"POST", "/v1/order/orders/{}/submitcancel", trade},
    {"GET", "/v1/points/actions", read},
    {"GET", "/v1/points/orders", read},
    {"GET", "/v1/query/deposit-withdraw", read},
    {"GET", "/v1/query/withdraw/client-order-id", read},
    {"POST", "/v1/stable-coin/exchange", transfer},
    {"GET", "/v1/stable-coin/exchange_rate", read},
    {"GET", "/v1/stable-coin/quote", read},
    {"GET", "/v1/stable_coin/exchange_rate", read},
    {"GET", "/v1/subuser/aggregate-balance", read},
    {"POST", "/v1/subuser/transfer", transfer},
    {"POST", "/v1/trust/user/active/credit", transfer},
    {"GET", "/v2/account/asset-valuation", read},
    {"GET", "/v2/account/deposit/address", read},
    {"GET", "/v2/account/ledger", read},
    {"GET", "/v2/account/repayment", read},
    {"POST", "/v2/account/repayment", transfer},
    {"POST", "/v2/account/transfer", transfer},
    {"GET", "/v2/account/valuation", read},
    {"GET", "/v2/account/withdraw/address", read},
    {"GET", "/v2/account/withdraw/quota", read},
    {"POST", "/v2/algo-orders", trade},
    {"POST", "/v2/algo-orders/cancel-all-after", trade},
    {"POST", "/v2/algo-orders/cancellation", trade},
    {"GET", "/v2/algo-orders/history", read},
    {"GET", "/v2/algo-orders/opening", read},
    {"GET", "/v2/algo-orders/specific", read},
    {"GET", "/v2/c2c/account", read},
    {"POST", "/v2/c2c/cancel-all", transfer},
    {"POST", "/v2/c2c/cancellation", transfer},
    {"GET", "/v2/c2c/offer", read},
    {"POST", "/v2/c2c/offer", transfer},
    {"GET", "/v2/c2c/offers", read},
    {"GET", "/v2/c2c/repayment", read},
    {"POST", "/v2/c2c/repayment", transfer},
    {"GET", "/v2/c2c/transactions", read},
    {"POST", "/v2/c2c/transfer", transfer},
    {"POST", "/v2/etp/batch-cancel", transfer},
    {"POST", "/v2/etp/creation", transfer},
    {"GET", "/v2/etp/limit", read},
    {"GET", "/v2/etp/rebalance", read},
    {"POST", "/v2/etp/redemption", transfer},
    {"GET", "/v2/etp/reference", read},
    {"GET", "/v2/etp/transaction", read},
    {"GET", "/v2/etp/transactions", read},
    {"POST", "/v2/etp/{}/cancel", transfer},
    {"GET", "/v2/invitee/rebate/all_rebate/detail", read},
    {"GET", "/v2/invitee/rebate/batcher_rebate/detail", read},
    {"GET", "/v2/invitee/rebate/detail", read},
    {"GET", "/v2/invitee/rebate/history", read},
    {"GET", "/v2/invitee/rebate/referrals", read},
    {"GET", "/v2/point/account", read},
    {"POST", "/v2/point/transfer", transfer},
    {"GET", "/v2/reference/currencies", read},
    {"GET", "/v2/reference/transact-fee-rate", read},
    {"GET", "/v2/sub-user/account-list", read},
    {"POST", "/v2/sub-user/api-key-deletion", manage},
    {"POST", "/v2/sub-user/api-key-generation", manage},
    {"POST", "/v2/sub-user/api-key-modification", manage},
    {"POST", "/v2/sub-user/creation", manage},
    {"POST", "/v2/sub-user/deduct-mode", manage},
    {"GET", "/v2/sub-user/deposit-address", read},
    {"POST", "/v2/sub-user/management", manage},
    {"GET", "/v2/sub-user/query-deposit", read},
    {"POST", "/v2/sub-user/tradable-market", manage},
    {"POST", "/v2/sub-user/transferability", manage},
    {"GET", "/v2/sub-user/user-list", read},
    {"GET", "/v2/sub-user/user-state", read},
    {"GET", "/v2/user/api-key", manage},
    {"GET", "/v2/user/uid", read},
    {"GET", "/v5/account/asset_mode", read},
    {"POST", "/v5/account/asset_mode", trade},
    {"GET", "/v5/account/balance", read},
    {"GET", "/v5/account/bills", read},
    {"GET", "/v5/account/fee_deduction_currency", read},
    {"POST", "/v5/account/fee_deduction_currency", trade},
    {"POST", "/v5/account/universal_transfer", transfer},
    {"GET", "/v5/account/universal_transfer_records", read},
    {"POST", "/v5/algo/cancel_orders", trade},
    {"GET", "/v5/algo/order", read},
    {"POST", "/v5/algo/order", trade},
    {"GET", "/v5/algo/order/history", read},
    {"GET", "/v5/algo/order/opens", read},
    {"GET", "/v5/market/assets_deduction_currency", read},
    {"GET", "/v5/market/multi_assets_margin", read},
    {"GET", "/v5/market/risk/limit", read},
    {"GET", "/v5/position/lever", read},
    {"POST", "/v5/position/lever", trade},
    {"POST", "/v5/position/margin", trade},
    {"GET", "/v5/position/mode", read},
    {"POST", "/v5/position/mode", trade},
    {"GET", "/v5/position/risk/limit", read},
    {"GET", "/v5/position/risk/limit_tier", read},
    {"POST", "/v5/trade/batch_orders", trade},
    {"POST", "/v5/trade/cancel-after", trade},
    {"POST", "/v5/trade/cancel_all_orders", trade},
    {"POST", "/v5/trade/cancel_batch_orders", trade},
    {"POST", "/v5/trade/cancel_order", trade},
    {"GET", "/v5/trade/order", read},
    {"POST", "/v5/trade/order", trade},
    {"GET", "/v5/trade/order/details", read},
    {"GET", "/v5/trade/order/history", read},
    {"GET", "/v5/trade/order/opens", read},
    {"POST", "/v5/trade/position", trade},
    {"GET", "/v5/trade/position/opens", read},
    {"POST", "/v5/trade/position_all", trade},
    {"WS", "auth", session},
    {"WS", "op.auth", session},
});

const OperationIndex& index(const Venue& venue) noexcept {
  static const OperationIndex built(venue);
  return built;
}

// kReserved are the parameters that Custos adds.
constexpr auto kReserved =
    std::to_array<std::string_view>({"AccessKeyId", "SignatureMethod", "SignatureVersion", "Timestamp", "Signature"});

// write_query puts the parameters of authentication before the caller's own, in a copy of them behind.
void write_query(Composer& composer) noexcept {
  if (!composer.ok()) return;
  for (const NameValue& param : composer.params()) {
    if (std::ranges::find(kReserved, param.name) == kReserved.end()) continue;
    return composer.refuse(param.name == "Signature" ? Reason::signature_given : Reason::repeated_name, param.name);
  }
  BoundedWriter& out = composer.out();
  const std::size_t mark = out.size();
  static_cast<void>(composer.expand(composer.scheme().algorithm == "HMAC" ? kHmacAdded : kEdAdded));
  if (!composer.query().empty()) out.append('&').append(composer.query());
  composer.set_query(out.since(mark));
}

SignStatus compose(const Venue& venue, const RequestView& request, const CanonicalContext& context, Draft& draft) noexcept {
  if (request.kind != RequestKind::rest) return compose_by_scheme(venue, request, context, draft);
  Composer composer(venue, request, context, draft);
  composer.read();
  write_query(composer);
  composer.write_preimage();
  composer.write_outputs();
  return composer.finish();
}

}  // namespace

constexpr Venue kHtx{
    .name = "htx",
    .title = "HTX",
    .source = "huobiapi.github.io/docs; htx.com/opend; ccxt 4.5.84",
    .algorithms = kAlgorithms,
    .environments = kEnvironments,
    .hosts = kHosts,
    .schemes = kSchemes,
    .operations = kOperations,
    .notes =
        "The logons auth (spot, path /ws/v2) and op.auth (derivatives, path /linear-swap-notification) take the host as an "
        "option and the param path for the other sockets: /ws/trade; /swap-notification, /notification, /linear-swap-trade. "
        "Give numbers and arrays of a POST in a raw body: params become strings.",
    .check = {.path = "/v1/account/accounts"},
    .index = index,
    .canonicalise = compose,
    .place = place_signature,
};

}  // namespace custos::exchange
