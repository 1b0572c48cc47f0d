// Secp256k1Engine: deterministic ECDSA on secp256k1, by libsecp256k1.
#pragma once

#include <utility>

#include "software/engine.h"

namespace custos::software {

// Secp256k1Engine reads its scalar in place. The signatures have low s; their nonces are RFC 6979's. It tells the recovery id.
class Secp256k1Engine final : public Engine {
 public:
  Secp256k1Engine(key::Scheme scheme, SecretBytes scalar) noexcept : scheme_(scheme), scalar_(std::move(scalar)) {}

  using Engine::sign;
  SignStatus sign(ByteView message, std::span<std::uint8_t> out, RecoveryId& recovery_id) const noexcept override;

 private:
  const key::Scheme scheme_;
  const SecretBytes scalar_;
};

}  // namespace custos::software
