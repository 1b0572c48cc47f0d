// Uniswap's Permit2: one contract, at one address on every chain, that holds the approvals of many tokens (Uniswap/permit2,
// src/libraries/PermitHash.sol, src/EIP712.sol).
#include <array>

#include "wallet/evm/contract_call.h"
#include "wallet/evm/typed_data_domains.h"
#include "wallet/evm/typed_data_value.h"

namespace custos::wallet::ethereum {
namespace {

using facts::Effect;
using facts::OperationClass;
using facts::TransactionFacts;

constexpr std::string_view kContract = "0x000000000022D473030F116dDEE9F6B43aC78BA3";

bool is_permit2(const TypedData& data) {
  return data.domain_type == "EIP712Domain(string name,uint256 chainId,address verifyingContract)" &&
         has_text(data.domain, "name", "Permit2") && verifying_contract(data.domain) == kContract;
}

// add adds the approval of one token. An allowance lasts until its own expiration.
void add(TransactionFacts& facts, const Json& permitted, const std::string& spender, std::string what) {
  const auto expiration = permitted.find("expiration");
  if (expiration != permitted.end()) what += ", until " + number_of(*expiration).decimal();
  add_approval(facts, {.kind = Effect::Kind::approval,
                       .to = spender,
                       .asset = checksum_text(permitted.at("token")),
                       .amount = number_of(permitted.at("amount")),
                       .what = std::move(what)});
}

// add_all adds one approval for each token: `permitted` is one, or an array of them. None at all is no approval, and unknown.
void add_all(TransactionFacts& facts, const TypedData& data, const Json& permitted, const std::string& more) {
  const std::string spender = checksum_text(data.message.at("spender"));
  if (permitted.is_object()) return add(facts, permitted, spender, data.primary_type + more);
  for (const Json& one : permitted) add(facts, one, spender, data.primary_type + more);
  if (!permitted.empty()) return;
  facts.effects.push_back({.kind = Effect::Kind::call, .to = spender, .asset = {}, .what = data.primary_type + " of no token"});
}

Result<void> describe_allowance(const TypedData& data, TransactionFacts& facts) {
  const Json& details = data.message.at("details");
  add_all(facts, data, details, "");
  if (details.is_object()) facts.nonce = number_of(details.at("nonce")).decimal();
  return {};
}

// A signed transfer is good once; the spender chooses to whom.
Result<void> describe_transfer(const TypedData& data, TransactionFacts& facts) {
  const Json& message = data.message;
  add_all(facts, data, message.at("permitted"), ", once, until " + number_of(message.at("deadline")).decimal());
  facts.nonce = number_of(message.at("nonce")).decimal();
  return {};
}

// A witness binds the spender's contract to what we cannot read: it may be more than the tokens.
Result<void> describe_witness(const TypedData& data, TransactionFacts& facts) {
  auto done = describe_transfer(data, facts);
  facts.undecoded.push_back("the witness of " + data.primary_type);
  facts.reachable.add(OperationClass::unknown);
  facts.text = message_text(data);
  return done;
}

constexpr auto kTypes = std::to_array<KnownType>({
    {.type = "PermitSingle(PermitDetails details,address spender,uint256 sigDeadline)PermitDetails(address token,uint160 "
             "amount,uint48 expiration,uint48 nonce)",
     .is_domain = is_permit2,
     .describe = describe_allowance},
    {.type = "PermitBatch(PermitDetails[] details,address spender,uint256 sigDeadline)PermitDetails(address token,uint160 "
             "amount,uint48 expiration,uint48 nonce)",
     .is_domain = is_permit2,
     .describe = describe_allowance},
    {.type = "PermitTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline)TokenPermissions("
             "address token,uint256 amount)",
     .is_domain = is_permit2,
     .describe = describe_transfer},
    {.type = "PermitBatchTransferFrom(TokenPermissions[] permitted,address spender,uint256 nonce,uint256 "
             "deadline)TokenPermissions(address token,uint256 amount)",
     .is_domain = is_permit2,
     .describe = describe_transfer},
    {.type = "PermitWitnessTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline,",
     .of_witness = true,
     .is_domain = is_permit2,
     .describe = describe_witness},
    {.type = "PermitBatchWitnessTransferFrom(TokenPermissions[] permitted,address spender,uint256 nonce,uint256 deadline,",
     .of_witness = true,
     .is_domain = is_permit2,
     .describe = describe_witness},
});

}  // namespace

std::span<const KnownType> permit2_types() { return kTypes; }

}  // namespace custos::wallet::ethereum
