#include "wallet/evm/message.h"

#include <array>
#include <string>
#include <string_view>

#include "encode/quote.h"
#include "encode/shown_text.h"
#include "hash/keccak.h"
#include "wallet/evm/one_signature.h"

namespace custos::wallet::ethereum {
namespace {

constexpr std::string_view kPrefix =
    "\x19"
    "Ethereum Signed Message:\n";

class Message final : public OneSignature {
 public:
  Message(facts::TransactionFacts facts, const Digest32& digest, const Signer& signer)
      : OneSignature(std::move(facts), digest, signer), digest_(digest) {}

 private:
  [[nodiscard]] Signed answer(const EcdsaFields& signature) const override {
    return message_answer(digest_, facts().from, signature);
  }

  const Digest32 digest_;
};

constexpr std::size_t kHashSize = 32;

facts::TransactionFacts describe(std::string_view message, const std::optional<Address>& from) {
  facts::TransactionFacts facts;
  facts.chain = "evm";
  facts.kind = "EIP-191 message";
  if (from) facts.from = address_text(*from);
  facts.reachable.add(facts::OperationClass::session);
  if (encode::is_shown_text(message) && message.size() != kHashSize) {
    facts.text = message;
  } else {
    facts.undecoded.push_back("a message of " + std::to_string(message.size()) + " bytes that may be a hash");
    facts.warnings.push_back("the message is no text, or as long as a hash: contracts take the signature of a hash for consent");
    facts.reachable.add(facts::OperationClass::unknown);
  }
  return facts;
}

}  // namespace

Result<std::unique_ptr<Transaction>> read_message(const Input& input, Keyring* keyring) {
  if (!input.chain_id.empty()) {
    return fail(Errc::bad_input, Origin::request,
                "an EIP-191 message names no chain, but chain id " + encode::quoted(input.chain_id) + " is meant");
  }
  const auto signer = signer_of(keyring);
  if (!signer) return Unexpected{signer.error()};
  const std::string size = std::to_string(input.bytes.size());
  const std::array<ByteView, 3> parts{as_bytes(kPrefix), as_bytes(size), as_bytes(input.bytes)};
  std::unique_ptr<Transaction> message =
      std::make_unique<Message>(describe(input.bytes, signer->address), hash::keccak256(parts), *signer);
  return message;
}

}  // namespace custos::wallet::ethereum
