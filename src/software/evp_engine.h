// EvpEngine: signs with a key that OpenSSL keeps, in its secure heap.
#pragma once

#include <utility>

#include "key/openssl.h"
#include "software/engine.h"

namespace custos::software {

// EvpEngine is for Ed25519, and for P-256 with a provider other than OpenSSL's default.
class EvpEngine final : public Engine {
 public:
  // make copies the material into OpenSSL's key. Errors: internal, when the provider refuses it.
  [[nodiscard]] static Result<std::unique_ptr<Engine>> make(std::shared_ptr<const OpenSslContext> context, key::KeyUse use,
                                                            const SecretBytes& material);

  using Engine::sign;
  SignStatus sign(ByteView message, std::span<std::uint8_t> out, RecoveryId& recovery_id) const noexcept override;

 private:
  EvpEngine(std::shared_ptr<const OpenSslContext> context, key::KeyUse use, key::EvpKey key) noexcept
      : context_(std::move(context)), use_(use), key_(std::move(key)) {}

  const std::shared_ptr<const OpenSslContext> context_;  // outlives the key
  const key::KeyUse use_;
  const key::EvpKey key_;
};

}  // namespace custos::software
