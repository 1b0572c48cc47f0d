// RsaEngine: RSASSA-PKCS1-v1_5 by OpenSSL.
#pragma once

#include <utility>

#include "software/engine.h"

namespace custos::software {

// RsaEngine keeps the key as DER in SecretBytes and makes OpenSSL's key anew for each signature: an RSA key that was used keeps
// its primes in ordinary memory (the Montgomery contexts of both). What that costs is mostly the blinding, which OpenSSL makes
// once per key: RSA-2048 takes twice the time, RSA-4096 a quarter more.
class RsaEngine final : public Engine {
 public:
  RsaEngine(std::shared_ptr<const OpenSslContext> context, key::KeyUse use, SecretBytes material) noexcept
      : context_(std::move(context)), use_(use), material_(std::move(material)) {}

  using Engine::sign;
  SignStatus sign(ByteView message, std::span<std::uint8_t> out, RecoveryId& recovery_id) const noexcept override;

 private:
  const std::shared_ptr<const OpenSslContext> context_;
  const key::KeyUse use_;
  const SecretBytes material_;
};

}  // namespace custos::software
