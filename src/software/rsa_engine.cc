#include "software/rsa_engine.h"

#include "base/wipe_stack.h"
#include "key/rsa_material.h"
#include "software/evp_sign.h"

namespace custos::software {

SignStatus RsaEngine::sign(ByteView message, std::span<std::uint8_t> out, RecoveryId&) const noexcept {
  const key::ErrorScope errors;
  const auto numbers = key::read_rsa(material_.view(InsecureSecretAccess{}));
  const key::EvpKey key = numbers ? key::rsa_key(context_->get(), context_->properties(), *numbers) : nullptr;
  wipe_stack();
  if (key == nullptr) return {Errc::internal, Origin::crypto, 0};
  return evp_sign(*context_, key.get(), use_, message, out);
}

}  // namespace custos::software
