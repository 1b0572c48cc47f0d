// Deribit v2, from docs.deribit.com ("Authentication", "Deribit signature credentials").
//
// A request is a GET whose path names the JSON-RPC method; all of it is covered. A POST names the method in its body as well:
// there is no row for one, so it is refused. A WebSocket logon is signed as time, nonce and data, which are the first lines of a
// request: data with a line end could be a request, and is refused.
#include <algorithm>
#include <array>

#include "exchange/composer.h"
#include "exchange/json.h"
#include "exchange/placement.h"
#include "exchange/venues/venues.h"

namespace custos::exchange {
namespace {

using enum facts::OperationClass;

constexpr std::array kAlgorithms{SigningAlgorithm{"HMAC-SHA256", SecretForm::text}};
constexpr std::array<std::string_view, 2> kEnvironments{"live", "testnet"};
constexpr auto kHosts = std::to_array<Host>({
    {"live", "/api/v2/", "www.deribit.com"},
    {"testnet", "/api/v2/", "test.deribit.com"},
});

constexpr auto kHeaders = std::to_array<Header>({
    {"Authorization", "deri-hmac-sha256 id=${key},ts=${time},sig=${signature},nonce=${nonce}"},
});

constexpr std::string_view kTimeRule = "within 60 s of the server";

constexpr std::string_view kScopeUncovered =
    "the signature does not cover the scope: whoever holds the message can ask for all that the API key may do";

constexpr std::size_t kMaxDataSize = 128;

bool is_printable(char c) noexcept { return c >= ' ' && c <= '~'; }

// check_logon holds a logon's params against those that it takes.
void check_logon(Composer& composer) noexcept {
  for (const NameValue& param : composer.params()) {
    if (param.name != "data" && param.name != "scope") return composer.refuse(Reason::parameter_unlisted, param.name);
    if (param.value.size() > kMaxDataSize || !std::ranges::all_of(param.value, is_printable)) {
      return composer.refuse(Reason::field_malformed, param.name);
    }
  }
  if (!composer.body().empty()) composer.refuse(Reason::parameter_unlisted, composer.body());
}

// write_data writes the data in what is signed, and the end of the params in the message, which is written after it.
void write_data(Composer& composer) noexcept {
  const std::string_view data = composer.param("data");
  BoundedWriter& out = composer.out();
  if (composer.draft().preimage.empty()) {
    check_logon(composer);
    out.append(data);
    return;
  }
  out.append(R"("data":")");
  write_json_string(data, out);
  out.append('"');
  if (const std::string_view scope = composer.param("scope"); !scope.empty()) {
    out.append(R"(,"scope":")");
    write_json_string(scope, out);
    out.append('"');
    composer.warn(kScopeUncovered);
  }
}

constexpr auto kSchemes = std::to_array<Scheme>({
    {
        .name = "REST",
        .preimage = "${time}\n${nonce}\n${method}\n${path}${?query}\n${body}\n",
        .time_rule = kTimeRule,
        .nonce = NonceRule::hex,
        .binding = {.method = true, .path = true},
        .parameters = {.body_methods = "", .body = BodyForm::none},
        .headers = kHeaders,
    },
    {
        .kind = RequestKind::ws,
        .name = "WebSocket client_signature",
        .select = "public/auth",
        .preimage = "${time}\n${nonce}\n${custom}",
        .time_rule = kTimeRule,
        .nonce = NonceRule::hex,
        .message =
            R"({"jsonrpc":"2.0","id":1,"method":"public/auth","params":{"grant_type":"client_signature","client_id":"${key}",)"
            R"("timestamp":${time},"signature":"${signature}","nonce":"${nonce}",${custom}}})",
        .custom = write_data,
    },
});

// kOperations: ccxt 4.5.84 deribit.js (api.private, by GET); docs.deribit.com for what ccxt lacks (block RFQs, combos, address
// beneficiaries, transfers between sub-accounts, self-trading, margin model). Listing API keys shows their secrets: manage.
// A block trade is agreed with a counterparty of the caller's choice, and verify_block_trade signs it: transfer.
constexpr auto kOperations = std::to_array<Operation>({
    {"GET", "/api/v2/private/accept_block_rfq", trade},
    {"GET", "/api/v2/private/add_block_rfq_quote", trade},
    {"GET", "/api/v2/private/add_to_address_book", manage},
    {"GET", "/api/v2/private/approve_block_trade", transfer},
    {"GET", "/api/v2/private/buy", trade},
    {"GET", "/api/v2/private/cancel", trade},
    {"GET", "/api/v2/private/cancel_all", trade},
    {"GET", "/api/v2/private/cancel_all_block_rfq_quotes", trade},
    {"GET", "/api/v2/private/cancel_all_by_currency", trade},
    {"GET", "/api/v2/private/cancel_all_by_instrument", trade},
    {"GET", "/api/v2/private/cancel_all_by_kind_or_type", trade},
    {"GET", "/api/v2/private/cancel_block_rfq", trade},
    {"GET", "/api/v2/private/cancel_block_rfq_quote", trade},
    {"GET", "/api/v2/private/cancel_by_label", trade},
    {"GET", "/api/v2/private/cancel_quotes", trade},
    {"GET", "/api/v2/private/cancel_transfer_by_id", transfer},
    {"GET", "/api/v2/private/cancel_withdrawal", withdraw},
    {"GET", "/api/v2/private/change_api_key_name", manage},
    {"GET", "/api/v2/private/change_margin_model", trade},
    {"GET", "/api/v2/private/change_scope_in_api_key", manage},
    {"GET", "/api/v2/private/change_subaccount_name", manage},
    {"GET", "/api/v2/private/close_position", trade},
    {"GET", "/api/v2/private/create_api_key", manage},
    {"GET", "/api/v2/private/create_block_rfq", trade},
    {"GET", "/api/v2/private/create_combo", trade},
    {"GET", "/api/v2/private/create_deposit_address", manage},
    {"GET", "/api/v2/private/create_subaccount", manage},
    {"GET", "/api/v2/private/delete_address_beneficiary", manage},
    {"GET", "/api/v2/private/disable_api_key", manage},
    {"GET", "/api/v2/private/disable_cancel_on_disconnect", trade},
    {"GET", "/api/v2/private/disable_tfa_for_subaccount", manage},
    {"GET", "/api/v2/private/edit", trade},
    {"GET", "/api/v2/private/edit_api_key", manage},
    {"GET", "/api/v2/private/edit_block_rfq_quote", trade},
    {"GET", "/api/v2/private/edit_by_label", trade},
    {"GET", "/api/v2/private/enable_affiliate_program", manage},
    {"GET", "/api/v2/private/enable_api_key", manage},
    {"GET", "/api/v2/private/enable_cancel_on_disconnect", trade},
    {"GET", "/api/v2/private/execute_block_trade", transfer},
    {"GET", "/api/v2/private/get_access_log", read},
    {"GET", "/api/v2/private/get_account_summaries", read},
    {"GET", "/api/v2/private/get_account_summary", read},
    {"GET", "/api/v2/private/get_address_beneficiary", read},
    {"GET", "/api/v2/private/get_address_book", read},
    {"GET", "/api/v2/private/get_affiliate_program_info", read},
    {"GET", "/api/v2/private/get_block_rfq_quotes", read},
    {"GET", "/api/v2/private/get_block_rfq_trades", read},
    {"GET", "/api/v2/private/get_block_rfq_user_info", read},
    {"GET", "/api/v2/private/get_block_rfqs", read},
    {"GET", "/api/v2/private/get_block_trade", read},
    {"GET", "/api/v2/private/get_block_trade_requests", read},
    {"GET", "/api/v2/private/get_block_trades", read},
    {"GET", "/api/v2/private/get_cancel_on_disconnect", read},
    {"GET", "/api/v2/private/get_currencies", read},
    {"GET", "/api/v2/private/get_current_deposit_address", read},
    {"GET", "/api/v2/private/get_deposits", read},
    {"GET", "/api/v2/private/get_email_language", read},
    {"GET", "/api/v2/private/get_last_block_trades_by_currency", read},
    {"GET", "/api/v2/private/get_leg_prices", read},
    {"GET", "/api/v2/private/get_margins", read},
    {"GET", "/api/v2/private/get_mmp_config", read},
    {"GET", "/api/v2/private/get_mmp_status", read},
    {"GET", "/api/v2/private/get_new_announcements", read},
    {"GET", "/api/v2/private/get_open_orders", read},
    {"GET", "/api/v2/private/get_open_orders_by_currency", read},
    {"GET", "/api/v2/private/get_open_orders_by_instrument", read},
    {"GET", "/api/v2/private/get_open_orders_by_label", read},
    {"GET", "/api/v2/private/get_order_history_by_currency", read},
    {"GET", "/api/v2/private/get_order_history_by_instrument", read},
    {"GET", "/api/v2/private/get_order_margin_by_ids", read},
    {"GET", "/api/v2/private/get_order_state", read},
    {"GET", "/api/v2/private/get_order_state_by_label", read},
    {"GET", "/api/v2/private/get_portfolio_margins", read},
    {"GET", "/api/v2/private/get_position", read},
    {"GET", "/api/v2/private/get_positions", read},
    {"GET", "/api/v2/private/get_reward_eligibility", read},
    {"GET", "/api/v2/private/get_settlement_history_by_currency", read},
    {"GET", "/api/v2/private/get_settlement_history_by_instrument", read},
    {"GET", "/api/v2/private/get_stop_order_history", read},
    {"GET", "/api/v2/private/get_subaccounts", read},
    {"GET", "/api/v2/private/get_subaccounts_details", read},
    {"GET", "/api/v2/private/get_transaction_log", read},
    {"GET", "/api/v2/private/get_transfers", read},
    {"GET", "/api/v2/private/get_trigger_order_history", read},
    {"GET", "/api/v2/private/get_user_locks", read},
    {"GET", "/api/v2/private/get_user_trades_by_currency", read},
    {"GET", "/api/v2/private/get_user_trades_by_currency_and_time", read},
    {"GET", "/api/v2/private/get_user_trades_by_instrument", read},
    {"GET", "/api/v2/private/get_user_trades_by_instrument_and_time", read},
    {"GET", "/api/v2/private/get_user_trades_by_order", read},
    {"GET", "/api/v2/private/get_withdrawals", read},
    {"GET", "/api/v2/private/invalidate_block_trade_signature", trade},
    {"GET", "/api/v2/private/list_address_beneficiaries", read},
    {"GET", "/api/v2/private/list_api_keys", manage},
    {"GET", "/api/v2/private/list_custody_accounts", read},
    {"GET", "/api/v2/private/mass_quote", trade},
    {"GET", "/api/v2/private/move_positions", transfer},
    {"GET", "/api/v2/private/pme/simulate", read},
    {"GET", "/api/v2/private/reject_block_trade", trade},
    {"GET", "/api/v2/private/remove_api_key", manage},
    {"GET", "/api/v2/private/remove_from_address_book", manage},
    {"GET", "/api/v2/private/remove_subaccount", manage},
    {"GET", "/api/v2/private/reset_api_key", manage},
    {"GET", "/api/v2/private/reset_mmp", trade},
    {"GET", "/api/v2/private/save_address_beneficiary", manage},
    {"GET", "/api/v2/private/sell", trade},
    {"GET", "/api/v2/private/send_rfq", trade},
    {"GET", "/api/v2/private/set_announcement_as_read", manage},
    {"GET", "/api/v2/private/set_api_key_as_default", manage},
    {"GET", "/api/v2/private/set_clearance_originator", manage},
    {"GET", "/api/v2/private/set_disabled_trading_products", manage},
    {"GET", "/api/v2/private/set_email_for_subaccount", manage},
    {"GET", "/api/v2/private/set_email_language", manage},
    {"GET", "/api/v2/private/set_mmp_config", trade},
    {"GET", "/api/v2/private/set_password_for_subaccount", manage},
    {"GET", "/api/v2/private/set_self_trading_config", trade},
    {"GET", "/api/v2/private/simulate_block_trade", read},
    {"GET", "/api/v2/private/simulate_portfolio", read},
    {"GET", "/api/v2/private/submit_transfer_between_subaccounts", transfer},
    {"GET", "/api/v2/private/submit_transfer_to_subaccount", transfer},
    {"GET", "/api/v2/private/submit_transfer_to_user", transfer},
    {"GET", "/api/v2/private/toggle_notifications_from_subaccount", manage},
    {"GET", "/api/v2/private/toggle_subaccount_login", manage},
    {"GET", "/api/v2/private/update_in_address_book", manage},
    {"GET", "/api/v2/private/verify_block_trade", transfer},
    {"GET", "/api/v2/private/withdraw", withdraw},
    {"WS", "public/auth", session},
});

const OperationIndex& index(const Venue& venue) noexcept {
  static const OperationIndex built(venue);
  return built;
}

}  // namespace

constexpr Venue kDeribit{
    .name = "deribit",
    .title = "Deribit",
    .source = "docs.deribit.com; ccxt 4.5.84",
    .algorithms = kAlgorithms,
    .environments = kEnvironments,
    .hosts = kHosts,
    .schemes = kSchemes,
    .operations = kOperations,
    .notes =
        "Every operation is a GET, also orders and withdrawals. The nonce may be any 64 letters and digits at most. The logon "
        "public/auth takes the params data and scope; scope narrows what the session may do, which is not signed.",
    .check = {.path = "/api/v2/private/get_account_summaries"},
    .index = index,
    .canonicalise = compose_by_scheme,
    .place = place_signature,
};

}  // namespace custos::exchange
