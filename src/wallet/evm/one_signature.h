// OneSignature: what Ethereum has to be signed is always one digest, by one key.
#pragma once

#include <array>
#include <optional>

#include "wallet/evm/address.h"
#include "wallet/evm/unsigned_transaction.h"
#include "wallet/transaction.h"

namespace custos::wallet::ethereum {

// Signer is the key that the keyring means; its address is absent when there is no keyring.
struct Signer {
  std::optional<Address> address;
  KeyPath path;
};

// signer_of asks the keyring, which may be nullptr. Errors: those of the keyring; bad_input, when its key is no point.
[[nodiscard]] Result<Signer> signer_of(Keyring* keyring);

// OneSignature is a transaction or a message with its digest, facts and signer.
class OneSignature : public Transaction {
 public:
  OneSignature(facts::TransactionFacts facts, const Digest32& digest, const Signer& signer);

  [[nodiscard]] const facts::TransactionFacts& facts() const override { return facts_; }
  [[nodiscard]] std::span<const ToSign> to_sign() const override { return to_sign_; }
  // Errors: bad_input, when there is not one signature; internal, for a recovery id of 2 or 3, which Ethereum cannot write
  // (chance makes one in 2^127).
  [[nodiscard]] Result<Signed> assemble(std::span<const MadeSignature> signatures) const final;

 protected:
  // answer makes the answer's fields of a signature.
  [[nodiscard]] virtual Signed answer(const EcdsaFields& signature) const = 0;

 private:
  const facts::TransactionFacts facts_;
  const std::array<ToSign, 1> to_sign_;
};

// quantity_text is a number as JSON-RPC has it: "0x" and no leading zeros.
[[nodiscard]] std::string quantity_text(const Uint256& number);

// add_signature adds from, r, s (32 bytes each) and v, under its name, to an answer.
void add_signature(Signed& answer, const std::string& from, const EcdsaFields& signature, std::string_view v_name,
                   std::uint64_t v);

// message_answer is a message's: signature (0x r ‖ s ‖ v), hash, from, r, s, v; v is 27 or 28.
[[nodiscard]] Signed message_answer(const Digest32& digest, const std::string& from, const EcdsaFields& signature);

}  // namespace custos::wallet::ethereum
