// What tokens take: permits (ERC-2612, ERC-4494, and DAI's, which came before them) and transfers (EIP-3009).
#include <array>

#include "wallet/evm/contract_call.h"
#include "wallet/evm/typed_data_domains.h"
#include "wallet/evm/typed_data_value.h"

namespace custos::wallet::ethereum {
namespace {

using facts::Effect;
using facts::OperationClass;
using facts::TransactionFacts;

// A token's domain names the token; what else it has differs from token to token.
bool is_token(const TypedData& data) { return !verifying_contract(data.domain).empty(); }

// until writes the second (Unix) at which the right ends.
std::string until(const Uint256& second) { return ", until " + second.decimal(); }

Result<void> describe_permit(const TypedData& data, TransactionFacts& facts) {
  const Json& message = data.message;
  const Uint256 value = number_of(message.at("value"));
  warn_of_stranger(facts, checksum_text(message.at("owner")));
  add_approval(facts, {.kind = Effect::Kind::approval,
                       .to = checksum_text(message.at("spender")),
                       .asset = verifying_contract(data.domain),
                       .amount = value,
                       .what = "permit" + until(number_of(message.at("deadline")))});
  facts.nonce = number_of(message.at("nonce")).decimal();
  return {};
}

Result<void> describe_dai_permit(const TypedData& data, TransactionFacts& facts) {
  const Json& message = data.message;
  const bool allowed = message.at("allowed").get<bool>();
  const Uint256 expiry = number_of(message.at("expiry"));  // 0: none
  warn_of_stranger(facts, checksum_text(message.at("holder")));
  add_approval(facts, {.kind = Effect::Kind::approval,
                       .to = checksum_text(message.at("spender")),
                       .asset = verifying_contract(data.domain),
                       .amount = allowed ? Uint256::max() : Uint256(),
                       .what = std::string(allowed ? "permit" : "permit taken back") + (expiry.is_zero() ? "" : until(expiry))});
  facts.nonce = number_of(message.at("nonce")).decimal();
  return {};
}

Result<void> describe_nft_permit(const TypedData& data, TransactionFacts& facts) {
  const Json& message = data.message;
  add_approval(facts, {.kind = Effect::Kind::approval,
                       .to = checksum_text(message.at("spender")),
                       .asset = verifying_contract(data.domain),
                       .amount = 1,
                       .token_id = number_of(message.at("tokenId")).decimal(),
                       .what = "permit" + until(number_of(message.at("deadline")))});
  facts.nonce = number_of(message.at("nonce")).decimal();
  return {};
}

Result<void> describe_transfer(const TypedData& data, TransactionFacts& facts) {
  const Json& message = data.message;
  warn_of_stranger(facts, checksum_text(message.at("from")));
  facts.effects.push_back({.kind = Effect::Kind::transfer,
                           .to = checksum_text(message.at("to")),
                           .asset = verifying_contract(data.domain),
                           .amount = number_of(message.at("value")),
                           .what = data.primary_type + until(number_of(message.at("validBefore")))});
  facts.nonce = message.at("nonce").get<std::string>();
  return {};
}

// An authorisation taken back moves nothing, but manages what was signed before.
Result<void> describe_cancel(const TypedData& data, TransactionFacts& facts) {
  warn_of_stranger(facts, checksum_text(data.message.at("authorizer")));
  facts.effects.push_back(
      {.kind = Effect::Kind::note, .to = verifying_contract(data.domain), .asset = {}, .what = data.primary_type});
  facts.reachable.add(OperationClass::manage);
  facts.nonce = data.message.at("nonce").get<std::string>();
  return {};
}

constexpr auto kTypes = std::to_array<KnownType>({
    {.type = "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)",
     .is_domain = is_token,
     .describe = describe_permit},
    {.type = "Permit(address holder,address spender,uint256 nonce,uint256 expiry,bool allowed)",
     .is_domain = is_token,
     .describe = describe_dai_permit},
    {.type = "Permit(address spender,uint256 tokenId,uint256 nonce,uint256 deadline)",
     .is_domain = is_token,
     .describe = describe_nft_permit},
    {.type =
         "TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)",
     .is_domain = is_token,
     .describe = describe_transfer},
    {.type =
         "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)",
     .is_domain = is_token,
     .describe = describe_transfer},
    {.type = "CancelAuthorization(address authorizer,bytes32 nonce)", .is_domain = is_token, .describe = describe_cancel},
});

}  // namespace

std::span<const KnownType> token_types() { return kTypes; }

}  // namespace custos::wallet::ethereum
