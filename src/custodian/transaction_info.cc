#include "custodian/transaction_info.h"

#include <array>

#include "authorise/grants.h"
#include "authorise/transaction_grants.h"
#include "encode/quote.h"

namespace custos {
namespace {

// Option is one that only one chain has.
struct Option {
  std::string_view name, chain;
  bool (*is_given)(const TransactionView& transaction);
};
constexpr auto kOptions = std::to_array<Option>({
    {"--without-replay-protection", "evm", [](const TransactionView& given) { return given.without_replay_protection; }},
    {"--any-sighash", "bitcoin", [](const TransactionView& given) { return given.any_sighash; }},
    {"--finalize", "bitcoin", [](const TransactionView& given) { return given.finalize; }},
    {"--network", "bitcoin", [](const TransactionView& given) { return !given.network.empty(); }},
    {"--address", "bitcoin", [](const TransactionView& given) { return !given.address.empty(); }},
    {"--prefix", "cosmos", [](const TransactionView& given) { return !given.prefix.empty(); }},
});

TransactionEffect effect_of(const facts::Effect& effect) {
  return {std::string(facts::to_string(effect.kind)),
          effect.to,
          effect.asset,
          effect.amount.decimal(),
          effect.token_id,
          effect.what,
          effect.unlimited};
}

std::string decimal(const std::optional<Uint256>& number) { return number ? number->decimal() : std::string(); }

}  // namespace

Result<wallet::Input> input_of(const TransactionView& transaction, const wallet::Chain& chain) {
  for (const auto& option : kOptions) {
    if (option.chain == chain.name() || !option.is_given(transaction)) continue;
    return fail(Errc::bad_input, Origin::request,
                std::string(option.name) + " is for " + std::string(option.chain) + ", not for " + std::string(chain.name()));
  }
  wallet::Input input;
  input.bytes = transaction.bytes;
  input.scheme = transaction.scheme;
  input.without_replay_protection = transaction.without_replay_protection;
  input.any_sighash = transaction.any_sighash;
  input.finalize = transaction.finalize;
  input.chain_id = transaction.chain_id;
  if (!transaction.network.empty()) input.network = transaction.network;
  input.address = transaction.address;
  input.prefix = transaction.prefix;
  return input;
}

TransactionInfo info_of(const facts::TransactionFacts& facts, const wallet::Chain& chain) {
  TransactionInfo info;
  info.chain = facts.chain;
  info.chain_id = facts.chain_id;
  info.kind = facts.kind;
  info.from = facts.from;
  info.coin = chain.coin_unit_on(facts.chain_id);
  info.coin_decimals = chain.coin_decimals();
  info.effects.reserve(facts.effects.size());
  for (const auto& effect : facts.effects) info.effects.push_back(effect_of(effect));
  info.fee = decimal(facts.fee);
  info.maximum_fee = decimal(facts.maximum_fee);
  info.fee_asset = facts.fee_asset;
  info.nonce = facts.nonce;
  info.selector = facts.selector;
  info.text = facts.text;
  info.undecoded = facts.undecoded;
  info.warnings = facts.warnings;
  info.classes = authorise::grant_names({authorise::needed_classes(facts)});
  return info;
}

Result<const wallet::Chain*> chain_named(std::string_view name) {
  if (const wallet::Chain* chain = wallet::find_chain(name)) return chain;
  std::string known;
  for (const auto* chain : wallet::chains()) known += (known.empty() ? "" : ", ") + std::string(chain->name());
  return fail(Errc::bad_input, Origin::request,
              name.empty() ? "the chain is missing (known: " + known + ")"
                           : "there is no chain " + encode::quoted(name) + " (known: " + known + ")");
}

Result<TransactionInfo> inspect_transaction(const TransactionView& transaction) {
  auto chain = chain_named(transaction.chain);
  if (!chain) return chain.failure();
  const auto input = input_of(transaction, **chain);
  if (!input) return Unexpected{input.error()};
  auto read = (*chain)->read(*input, nullptr);
  if (!read) return read.failure();
  return info_of((*read)->facts(), **chain);
}

}  // namespace custos
