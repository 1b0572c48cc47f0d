#include "wallet/evm/typed_data.h"

#include "wallet/evm/one_signature.h"
#include "wallet/evm/typed_data_domains.h"
#include "wallet/evm/typed_data_hash.h"

namespace custos::wallet::ethereum {
namespace {

class TypedDataTransaction final : public OneSignature {
 public:
  TypedDataTransaction(const TypedData& data, facts::TransactionFacts facts, const Signer& signer)
      : OneSignature(std::move(facts), data.digest(), signer),
        digest_(data.digest()),
        domain_separator_(data.domain_separator),
        struct_hash_(data.struct_hash) {}

 private:
  [[nodiscard]] Signed answer(const EcdsaFields& signature) const override {
    Signed answer = message_answer(digest_, facts().from, signature);
    answer.push_back({.name = "domainSeparator", .value = hex_text(domain_separator_)});
    answer.push_back({.name = "structHash", .value = hex_text(struct_hash_)});
    return answer;
  }

  const Digest32 digest_, domain_separator_, struct_hash_;
};

// check_chain refuses another chain than the caller means, and what is bound to none when the caller means one.
Result<void> check_chain(const TypedData& data, const facts::TransactionFacts& facts, std::string_view wanted) {
  if (wanted.empty()) return {};
  const auto chain_id = data.chain_id();
  if (!chain_id) return refuse_typed_data("domain.chainId", "the domain names no chain, the caller means " + shown(wanted));
  if (facts.chain_id.empty()) {
    return refuse_typed_data("domain.chainId",
                             "Hyperliquid takes any, so that no chain is signed, the caller means " + shown(wanted));
  }
  if (Uint256::parse(wanted) == chain_id) return {};
  return refuse_typed_data("domain.chainId", "it is " + chain_id->decimal() + ", the caller means " + shown(wanted));
}

}  // namespace

Result<std::unique_ptr<Transaction>> read_typed_data(const Input& input, Keyring* keyring) {
  const auto data = hash_typed_data(input.bytes);
  if (!data) return Unexpected{data.error()};
  const auto signer = signer_of(keyring);
  if (!signer) return Unexpected{signer.error()};
  auto facts = describe_typed_data(*data, signer->address ? address_text(*signer->address) : "");
  if (!facts) return facts.failure();
  if (auto same = check_chain(*data, *facts, input.chain_id); !same) return same.failure();
  return std::unique_ptr<Transaction>(std::make_unique<TypedDataTransaction>(*data, std::move(*facts), *signer));
}

}  // namespace custos::wallet::ethereum
