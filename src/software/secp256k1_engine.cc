#include "software/secp256k1_engine.h"

#include <secp256k1_recovery.h>

#include "base/wipe_stack.h"
#include "encode/ecdsa_signature.h"
#include "key/elliptic_curve.h"

namespace custos::software {

SignStatus Secp256k1Engine::sign(ByteView message, std::span<std::uint8_t> out, RecoveryId& recovery_id) const noexcept {
  constexpr SignStatus kFailed{Errc::internal, Origin::crypto, 0};
  const auto digest = key::ecdsa_digest(scheme_, message);
  if (!digest || out.size() != encode::kEcdsaSize) return kFailed;
  const secp256k1_context* context = key::secp256k1_own_context();
  secp256k1_ecdsa_recoverable_signature signature;
  int id = 0;
  const bool done =
      secp256k1_ecdsa_sign_recoverable(context, &signature, digest->data(), scalar_.view(InsecureSecretAccess{}).data(),
                                       secp256k1_nonce_function_rfc6979, nullptr) == 1 &&
      secp256k1_ecdsa_recoverable_signature_serialize_compact(context, out.data(), &id, &signature) == 1;
  wipe_stack();
  if (!done) return kFailed;
  recovery_id = static_cast<std::uint8_t>(id);
  return {};
}

}  // namespace custos::software
