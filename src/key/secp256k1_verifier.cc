#include <secp256k1.h>

#include "encode/ecdsa_signature.h"
#include "key/elliptic_curve.h"
#include "key/verifier.h"

namespace custos::key {
namespace {

class Secp256k1Verifier final : public Verifier {
 public:
  explicit Secp256k1Verifier(const secp256k1_pubkey& key) noexcept : key_(key) {}

  [[nodiscard]] bool verifies(Scheme scheme, ByteView message, ByteView signature) const noexcept override {
    const auto digest = ecdsa_digest(scheme, message);
    if (!digest || signature.size() != encode::kEcdsaSize) return false;
    secp256k1_ecdsa_signature parsed;
    if (secp256k1_ecdsa_signature_parse_compact(secp256k1_context_static, &parsed, signature.data()) != 1) return false;
    secp256k1_ecdsa_signature_normalize(secp256k1_context_static, &parsed, &parsed);  // verify takes low s only
    return secp256k1_ecdsa_verify(secp256k1_context_static, &parsed, digest->data(), &key_) == 1;
  }

 private:
  const secp256k1_pubkey key_;
};

}  // namespace

std::unique_ptr<const Verifier> make_secp256k1_verifier(ByteView point) {
  secp256k1_pubkey key;
  if (secp256k1_ec_pubkey_parse(secp256k1_context_static, &key, point.data(), point.size()) != 1) return nullptr;
  return std::make_unique<Secp256k1Verifier>(key);
}

}  // namespace custos::key
