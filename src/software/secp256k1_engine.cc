#include "software/secp256k1_engine.h"

#include "base/wipe_stack.h"
#include "encode/ecdsa_signature.h"
#include "key/elliptic_curve.h"

namespace custos::software {

SignStatus Secp256k1Engine::sign(ByteView message, std::span<std::uint8_t> out) const noexcept {
  constexpr SignStatus kFailed{Errc::internal, Origin::crypto, 0};
  const auto digest = key::ecdsa_digest(scheme_, message);
  if (!digest || out.size() != encode::kEcdsaSize) return kFailed;
  const secp256k1_context* context = key::secp256k1_own_context();
  secp256k1_ecdsa_signature signature;
  const bool done = secp256k1_ecdsa_sign(context, &signature, digest->data(), scalar_.view(InsecureSecretAccess{}).data(),
                                         secp256k1_nonce_function_rfc6979, nullptr) == 1 &&
                    secp256k1_ecdsa_signature_serialize_compact(context, out.data(), &signature) == 1;
  wipe_stack();
  return done ? SignStatus{} : kFailed;
}

}  // namespace custos::software
