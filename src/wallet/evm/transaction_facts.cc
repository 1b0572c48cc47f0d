#include "wallet/evm/transaction_facts.h"

#include <secp256k1.h>
#include <secp256k1_recovery.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "wallet/evm/contract_call.h"

namespace custos::wallet::ethereum {
namespace {

using facts::Effect;
using facts::OperationClass;
using facts::TransactionFacts;

constexpr unsigned kEtherDecimals = 18;
constexpr std::uint64_t kHighFee = 1'000'000'000'000'000'000U;  // go-ethereum's own limit, --rpc.txfeecap: 1 ether

std::string_view kind_of(const UnsignedTransaction& transaction) noexcept {
  switch (transaction.type) {
    case TransactionType::legacy: return transaction.chain_id ? "EIP-155 transaction" : "legacy transaction without chain id";
    case TransactionType::access_list: return "EIP-2930 transaction";
    case TransactionType::dynamic_fee: return "EIP-1559 transaction";
    case TransactionType::blob: return "EIP-4844 transaction";
    case TransactionType::set_code: return "EIP-7702 transaction";
  }
  return "";
}

bool is_zero(const Address& address) noexcept { return address == Address{}; }

// add_delegation adds what an authorization of the signer's own does. It is the account's code from then on: it may do anything.
void add_delegation(TransactionFacts& facts, const Authorization& authorization) {
  const std::string to = address_text(authorization.address);
  if (is_zero(authorization.address)) {
    facts.effects.push_back(
        {.kind = Effect::Kind::delegation, .to = to, .asset = {}, .what = "the account's delegation is taken back (EIP-7702)"});
    return;
  }
  facts.effects.push_back({.kind = Effect::Kind::delegation,
                           .to = to,
                           .asset = {},
                           .unlimited = true,
                           .what = "the account runs the code of " + to + " (EIP-7702)"});
  facts.warnings.push_back("the code of " + to + " can do everything with the account");
  facts.undecoded.push_back("the code of " + to);
  facts.reachable.add(OperationClass::unknown);
  facts.reachable.add(OperationClass::withdraw);
}

void add_authorizations(TransactionFacts& facts, const UnsignedTransaction& transaction, const std::optional<Address>& from) {
  for (const auto& entry : transaction.authorization_list) {
    const auto authority = authority_of(entry);
    if (from && authority == from) {
      add_delegation(facts, entry.authorization);
      continue;
    }
    const std::string to = address_text(entry.authorization.address);
    const std::string whose = authority ? address_text(*authority) : std::string("nobody");
    facts.effects.push_back(
        {.kind = Effect::Kind::note,
         .to = to,
         .asset = {},
         .what = "an authorization signed by " + whose + ": that account runs the code of " + to + " (EIP-7702)"});
  }
}

void add_effects(TransactionFacts& facts, const UnsignedTransaction& transaction, const std::optional<Address>& from) {
  add_authorizations(facts, transaction, from);
  if (!transaction.value.is_zero()) {
    facts.effects.push_back({.kind = Effect::Kind::transfer,
                             .to = transaction.to ? address_text(*transaction.to) : "",
                             .asset = {},
                             .amount = transaction.value,
                             .what = transaction.to ? "value" : "value for the new contract"});
  }
  if (!transaction.to) {
    const std::string size = std::to_string(transaction.data.size()) + " bytes of code";
    facts.effects.push_back({.kind = Effect::Kind::deploy, .to = {}, .asset = {}, .what = size});
    facts.undecoded.push_back("a new contract, " + size);
    facts.warnings.push_back("makes a contract, whose code was not examined");
    return;
  }
  const bool only_pays = transaction.data.empty() && !transaction.value.is_zero();
  if (!only_pays) facts.contract = address_text(*transaction.to);
  if (is_zero(*transaction.to)) facts.warnings.push_back("goes to the address zero: nobody has its key");
  if (!transaction.data.empty()) describe_call(facts, from, *transaction.to, transaction.data);
  if (facts.effects.empty()) {
    facts.effects.push_back(
        {.kind = Effect::Kind::note, .to = address_text(*transaction.to), .asset = {}, .what = "nothing but its fee"});
  }
}

// add_reachable adds the effects' classes; what has none still spends the fee.
void add_reachable(TransactionFacts& facts) {
  for (const Effect& effect : facts.effects) {
    if (const auto operation_class = facts::class_of(effect.kind)) facts.reachable.add(*operation_class);
  }
  if (facts.reachable.empty()) facts.reachable.add(OperationClass::withdraw);
}

TransactionFacts begin(std::string_view kind, std::optional<std::uint64_t> chain_id, const std::optional<Address>& from,
                       std::uint64_t nonce) {
  TransactionFacts facts;
  facts.chain = "evm";
  if (chain_id) facts.chain_id = std::to_string(*chain_id);
  facts.kind = kind;
  if (from) facts.from = address_text(*from);
  facts.nonce = std::to_string(nonce);
  return facts;
}

}  // namespace

TransactionFacts describe(const UnsignedTransaction& transaction, const std::optional<Address>& from) {
  TransactionFacts facts = begin(kind_of(transaction), transaction.chain_id, from, transaction.nonce);
  facts.maximum_fee = maximum_fee(transaction);
  if (!transaction.chain_id) facts.warnings.push_back("no chain id: good on every chain on which the account is (EIP-155)");
  if (facts.maximum_fee > Uint256(kHighFee)) {
    facts.warnings.push_back("the fee can be " + facts.maximum_fee->units(kEtherDecimals) + " of the chain's coin");
  }
  if (transaction.sidecar) {
    facts.warnings.emplace_back("only hashes of the blobs' commitments are signed: the blobs and their proofs were not verified");
  }
  add_effects(facts, transaction, from);
  add_reachable(facts);
  return facts;
}

TransactionFacts describe_authorization(const Authorization& authorization, const std::optional<Address>& from) {
  const auto chain_id = chain_of(authorization);
  TransactionFacts facts = begin("EIP-7702 authorization", chain_id, from, authorization.nonce);
  if (!chain_id) facts.warnings.push_back("chain id 0: good on every chain on which the account is");
  add_delegation(facts, authorization);
  add_reachable(facts);
  return facts;
}

std::optional<Address> authority_of(const SignedAuthorization& authorization) {
  std::array<std::uint8_t, 64> compact;
  std::ranges::copy(authorization.r.bytes(), compact.begin());
  std::ranges::copy(authorization.s.bytes(), compact.begin() + 32);
  const Digest32 digest = authorization_digest(authorization.authorization);
  secp256k1_ecdsa_recoverable_signature signature;
  secp256k1_pubkey key;
  if (secp256k1_ecdsa_recoverable_signature_parse_compact(secp256k1_context_static, &signature, compact.data(),
                                                          authorization.y_parity) != 1 ||
      secp256k1_ecdsa_recover(secp256k1_context_static, &key, &signature, digest.data()) != 1) {
    return std::nullopt;
  }
  std::array<std::uint8_t, 65> point;
  std::size_t size = point.size();
  secp256k1_ec_pubkey_serialize(secp256k1_context_static, point.data(), &size, &key, SECP256K1_EC_UNCOMPRESSED);
  return address_of_point(point);
}

}  // namespace custos::wallet::ethereum
