// Messages of dYdX: subaccounts and orders (dydxprotocol/v4-chain, proto/dydxprotocol).
#include <array>

#include "wallet/cosmos/description.h"

namespace custos::wallet::cosmos_sdk {
namespace {

using facts::Effect;
using facts::OperationClass;
using Kind = facts::Effect::Kind;

// add_collateral adds what moves from or to a subaccount of dYdX; between those of one owner it stays the signer's.
void add_collateral(Description& out, std::string_view from, std::string_view to, const Message& move, std::string_view amount) {
  const bool stays = !to.empty() && from == to;
  if (stays) out.add_class({OperationClass::transfer});
  Effect effect = effect_of(stays ? Kind::change : Kind::transfer, out.what(), to);
  effect.asset = "dydx/asset/" + std::to_string(integer_at(move, "asset_id"));
  effect.amount = integer_at(move, amount);
  out.add(std::move(effect));
}

// message_or_empty is the message at `path`, or one that says nothing.
const Message& message_or_empty(const Message& message, std::string_view path) {
  static const Message empty{};
  const Message* const found = message_at(message, path);
  return found == nullptr ? empty : *found;
}

void describe_subaccount_transfer(Description& out, const Message& message) {
  const Message& move = message_or_empty(message, "transfer");
  add_collateral(out, text_at(move, "sender.owner"), text_at(move, "recipient.owner"), move, "amount");
}

void describe_subaccount_deposit(Description& out, const Message& message) {
  add_collateral(out, text_at(message, "sender"), text_at(message, "recipient.owner"), message, "quantums");
}

void describe_subaccount_withdrawal(Description& out, const Message& message) {
  // It leaves the subaccount for the chain's own accounts, even when for the same owner's.
  add_collateral(out, {}, text_at(message, "recipient"), message, "quantums");
}

// Detail of an order that is shown unless it is zero; the words are those of its values from 1 on.
struct Detail {
  std::string_view path, name;
  std::array<std::string_view, 3> words{};
};

constexpr auto kOrderId = std::to_array<Detail>({
    {"subaccount_id.number", "subaccount"},
    {"client_id", "client id"},
    {"order_flags", "flags"},  // 32: conditional, 64: long-term, 128: TWAP
});
constexpr auto kOrder = std::to_array<Detail>({
    {"time_in_force", "time in force", {"immediate or cancel", "post only", "fill or kill"}},
    {"reduce_only", "reduce only", {"reduce only"}},
    {"condition_type", "condition", {"stop loss", "take profit"}},
    {"conditional_order_trigger_subticks", "triggered at subticks"},
    {"good_til_block", "good until block"},
    {"good_til_block_time", "good until Unix time"},
    {"client_metadata", "client metadata"},
    {"twap_parameters.duration", "TWAP duration"},
    {"twap_parameters.interval", "TWAP interval"},
    {"twap_parameters.price_tolerance", "TWAP price tolerance"},
});

std::string details_of(const Message& message, std::span<const Detail> details) {
  std::string text;
  for (const auto& [path, name, words] : details) {
    const std::uint64_t value = integer_at(message, path);
    if (value == 0) continue;
    const bool has_word = value <= words.size() && !words[value - 1].empty();
    text += ", " + (has_word ? std::string(words[value - 1]) : std::string(name) + ' ' + std::to_string(value));
  }
  return text;
}

// order_at names the order by what identifies it.
std::string order_at(const Message& message, std::string_view path) {
  const Message& order = message_or_empty(message, path);
  return ", market " + std::to_string(integer_at(order, "clob_pair_id")) + details_of(order, kOrderId);
}

void describe_order(Description& out, const Message& message) {
  const Message* const found = message_at(message, "order");
  if (found == nullptr) return out.undecoded("an order that says nothing");
  const Message& order = *found;
  const auto number = [&](std::string_view path) { return std::to_string(integer_at(order, path)); };
  const std::uint64_t side = integer_at(order, "side");
  const std::string verb = side == 1 ? ": buys " : side == 2 ? ": sells " : ": no side, ";
  Effect effect =
      effect_of(Kind::trade, out.what() + verb + number("quantums") + " quantums at " + number("subticks") + " subticks");
  effect.what += order_at(order, "order_id") + details_of(order, kOrder);
  const std::string_view router = text_at(order, "order_router_address");
  if (!router.empty()) effect.what += ", router " + std::string(router);
  effect.asset = "dydx/market/" + number("order_id.clob_pair_id");
  effect.amount = integer_at(order, "quantums");
  out.add(std::move(effect));
  if (message_at(order, "builder_code_parameters") == nullptr) return;
  out.add(effect_of(Kind::approval, "a builder's fee of " + number("builder_code_parameters.fee_ppm") + " millionths",
                    text_at(order, "builder_code_parameters.builder_address")));
}

void describe_cancel(Description& out, const Message& message) {
  out.add_class({OperationClass::trade});
  out.note(out.what() + order_at(message, "order_id"));
}

void describe_batch_cancel(Description& out, const Message& message) {
  out.add_class({OperationClass::trade});
  std::string markets;
  for (const Value* batch : values_at(message, "short_term_cancels")) {
    markets += ", market " + std::to_string(integer_at(*batch->message, "clob_pair_id"));
  }
  out.note(out.what() + markets + details_of(message, kOrderId));
}

constexpr auto kMeanings = std::to_array<Meaning>({
    {"/dydxprotocol.sending.MsgCreateTransfer", describe_subaccount_transfer},
    {"/dydxprotocol.sending.MsgDepositToSubaccount", describe_subaccount_deposit},
    {"/dydxprotocol.sending.MsgWithdrawFromSubaccount", describe_subaccount_withdrawal},
    {"/dydxprotocol.clob.MsgPlaceOrder", describe_order},
    {"/dydxprotocol.clob.MsgCancelOrder", describe_cancel},
    {"/dydxprotocol.clob.MsgBatchCancel", describe_batch_cancel},
});

}  // namespace

std::span<const Meaning> dydx_meanings() { return kMeanings; }

}  // namespace custos::wallet::cosmos_sdk
