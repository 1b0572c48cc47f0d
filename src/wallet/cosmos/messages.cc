#include "wallet/cosmos/messages.h"

#include "encode/quote.h"
#include "wallet/cosmos/description.h"
#include "wallet/cosmos/timestamp.h"

namespace custos::wallet::cosmos_sdk {

std::vector<std::string_view> signers_of(const Message& message) {
  std::vector<std::string_view> signers;
  if (message.schema == nullptr) return signers;
  const auto found = values_at(message, message.schema->signer);
  for (const Value* value : found) signers.emplace_back(value->text);
  if (found.empty()) signers.emplace_back();
  return signers;
}

void describe_body(const Message& body, facts::TransactionFacts& facts) {
  Description out(facts);
  std::size_t number = 0;
  for (const Value* message : values_at(body, "messages")) {
    out.describe(*message->message, "message " + std::to_string(++number), "");
  }
  facts.text = text_at(body, "memo");
  out.begin_notes();
  if (!facts.text.empty()) out.note("memo: " + encode::quoted(facts.text));
  if (const std::uint64_t height = integer_at(body, "timeout_height"); height != 0) {
    out.note("good until block " + std::to_string(height));
  }
  if (integer_at(body, "unordered") != 0) out.note("in no order of sequences");
  if (const Message* const time = message_at(body, "timeout_timestamp")) out.note("good until " + date_of(*time));
  for (const std::string_view path : {"extension_options", "non_critical_extension_options"}) {
    for (const Value* option : values_at(body, path)) {
      if (option->message->schema == nullptr) {
        out.undecoded("the extension " + option->message->type_url);
      } else {
        out.note("extension " + option->message->type_url);
      }
    }
  }
}

void describe_fee(const Message& fee, facts::TransactionFacts& facts) {
  const auto coins = values_at(fee, "amount");
  facts.fee = Uint256();
  for (const Value* coin : coins) {
    const std::string denomination(text_at(*coin->message, "denom"));
    const Uint256 amount = amount_at(*coin->message, "amount");
    if (coin == coins.front()) {
      facts.fee = amount;
      facts.fee_asset = denomination;
      continue;
    }
    // More than one denomination is not what the facts have room for: what leaves besides counts as a transfer.
    facts.warnings.push_back("the fee is also " + amount.decimal() + ' ' + denomination);
    facts::Effect effect = effect_of(facts::Effect::Kind::transfer, "fee");
    effect.asset = denomination;
    effect.amount = amount;
    facts.effects.push_back(std::move(effect));
    facts.reachable.add(facts::OperationClass::withdraw);
  }
  facts.maximum_fee = facts.fee;
  const std::string payer(text_at(fee, "payer")), granter(text_at(fee, "granter"));
  if (!payer.empty() && payer != facts.from) facts.warnings.push_back("the fee is paid by " + payer);
  if (!granter.empty()) facts.warnings.push_back("the fee is paid out of an allowance of " + granter);
}

}  // namespace custos::wallet::cosmos_sdk
