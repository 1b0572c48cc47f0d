// Safe's messages (safe-global/safe-smart-account, version 1.3.0 and later, whose domain has the chain; contracts/Safe.sol,
// contracts/handler/CompatibilityFallbackHandler.sol). The key is an owner of the Safe: what moves is the Safe's.
#include <array>

#include "wallet/evm/contract_call.h"
#include "wallet/evm/typed_data_domains.h"
#include "wallet/evm/typed_data_value.h"

namespace custos::wallet::ethereum {
namespace {

using facts::Effect;
using facts::OperationClass;
using facts::TransactionFacts;

bool is_safe(const TypedData& data) {
  return data.domain_type == "EIP712Domain(uint256 chainId,address verifyingContract)" &&
         !verifying_contract(data.domain).empty();
}

Address address_of(const Json& value) {
  return parse_address(value.get_ref<const std::string&>(), "the value").value_or(Address{});
}

// add_refund tells what the Safe pays to whoever executes: (gas used + baseGas) × gasPrice, where gasPrice is not zero. The gas
// used is not known, and goes a little beyond safeTxGas.
void add_refund(const Json& message, const std::string& safe, TransactionFacts& facts) {
  const Uint256 price = number_of(message.at("gasPrice"));
  const Address receiver = address_of(message.at("refundReceiver"));
  const Address token = address_of(message.at("gasToken"));
  const std::string to = receiver == Address{} ? "" : address_text(receiver);
  if (price.is_zero()) {
    if (!to.empty()) facts.warnings.push_back("names the refund's receiver " + to + ", but a gas price of zero");
    return;
  }
  const auto gas = number_of(message.at("safeTxGas")).plus(number_of(message.at("baseGas")));
  const auto refund = gas ? gas->times(price) : std::nullopt;
  facts.effects.push_back({.kind = Effect::Kind::transfer,
                           .to = to,
                           .asset = token == Address{} ? "" : address_text(token),
                           .amount = refund.value_or(Uint256::max()),
                           .what = "the refund for gas, about so much, of the Safe " + safe});
  facts.undecoded.emplace_back("the refund's exact amount");
  facts.warnings.push_back("the Safe pays a refund for gas to " + (to.empty() ? std::string("whoever executes") : to));
  facts.reachable.add(OperationClass::unknown);
}

Result<void> describe_transaction(const TypedData& data, TransactionFacts& facts) {
  const Json& message = data.message;
  const std::string safe = verifying_contract(data.domain);
  const Address to = address_of(message.at("to"));
  const Uint256 value = number_of(message.at("value"));
  const Bytes call = bytes_of(message.at("data"));
  const auto operation = number_of(message.at("operation")).as_uint64();
  facts.nonce = number_of(message.at("nonce")).decimal();
  if (operation == 1) {
    const std::string code = address_text(to);
    facts.effects.push_back({.kind = Effect::Kind::call, .to = code, .asset = {}, .what = "delegatecall by the Safe " + safe});
    facts.undecoded.push_back("the code of " + code + ", " + std::to_string(call.size()) + " bytes of data");
    facts.warnings.push_back("a delegatecall: the code of " + code + " can do everything with the Safe " + safe);
  } else if (operation == 0) {
    if (!value.is_zero() || call.empty()) {
      facts.effects.push_back({.kind = Effect::Kind::transfer,
                               .to = address_text(to),
                               .asset = {},
                               .amount = value,
                               .what = "value of the Safe " + safe});
    }
    if (!call.empty()) describe_call(facts, address_of(data.domain.at("verifyingContract")), to, call);
  } else {
    return refuse_typed_data("message.operation", "it is neither 0 (call) nor 1 (delegatecall)");
  }
  add_refund(message, safe, facts);
  return {};
}

// The bytes are most often the hash of something else, which the Safe then signs: a permit or an order as well as a log-in.
Result<void> describe_message(const TypedData& data, TransactionFacts& facts) {
  const std::string safe = verifying_contract(data.domain);
  const std::string size = std::to_string(bytes_of(data.message.at("message")).size());
  facts.effects.push_back({.kind = Effect::Kind::call, .to = safe, .asset = {}, .what = "a signature of the Safe " + safe});
  facts.undecoded.push_back("what the Safe " + safe + " signs, " + size + " bytes");
  facts.text = message_text(data);
  return {};
}

constexpr auto kTypes = std::to_array<KnownType>({
    {.type = "SafeTx(address to,uint256 value,bytes data,uint8 operation,uint256 safeTxGas,uint256 baseGas,uint256 gasPrice,"
             "address gasToken,address refundReceiver,uint256 nonce)",
     .is_domain = is_safe,
     .describe = describe_transaction},
    {.type = "SafeMessage(bytes message)", .is_domain = is_safe, .describe = describe_message},
});

}  // namespace

std::span<const KnownType> safe_types() { return kTypes; }

}  // namespace custos::wallet::ethereum
