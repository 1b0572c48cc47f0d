#include <secp256k1.h>
#include <secp256k1_extrakeys.h>
#include <secp256k1_schnorrsig.h>

#include "encode/ecdsa_signature.h"
#include "key/elliptic_curve.h"
#include "key/verifier.h"

namespace custos::key {
namespace {

constexpr std::size_t kDigestSize = 32;
constexpr std::size_t kTweakSize = 32;
constexpr std::size_t kSchnorrSize = 64;

// verifies_schnorr checks a signature (BIP 340) of the first 32 bytes of the message by the key, tweaked (BIP 341, taproot_tweak)
// where 32 more follow.
bool verifies_schnorr(const secp256k1_pubkey& key, ByteView message, ByteView signature) noexcept {
  const auto* context = secp256k1_context_static;
  secp256k1_xonly_pubkey signer;
  if (secp256k1_xonly_pubkey_from_pubkey(context, &signer, nullptr, &key) != 1) return false;
  if (message.size() > kDigestSize) {
    secp256k1_pubkey tweaked;
    if (secp256k1_xonly_pubkey_tweak_add(context, &tweaked, &signer, message.data() + kDigestSize) != 1 ||
        secp256k1_xonly_pubkey_from_pubkey(context, &signer, nullptr, &tweaked) != 1) {
      return false;
    }
  }
  return secp256k1_schnorrsig_verify(context, signature.data(), message.data(), kDigestSize, &signer) == 1;
}

class Secp256k1Verifier final : public Verifier {
 public:
  explicit Secp256k1Verifier(const secp256k1_pubkey& key) noexcept : key_(key) {}

  [[nodiscard]] bool verifies(Scheme scheme, ByteView message, ByteView signature) const noexcept override {
    if (is_schnorr(scheme)) {
      const std::size_t size = scheme == Scheme::schnorr_digest ? kDigestSize : kDigestSize + kTweakSize;
      return message.size() == size && signature.size() == kSchnorrSize && verifies_schnorr(key_, message, signature);
    }
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
