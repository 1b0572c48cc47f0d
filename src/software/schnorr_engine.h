// SchnorrEngine: Schnorr signatures (BIP 340) on secp256k1, by libsecp256k1.
#pragma once

#include <optional>
#include <utility>

#include "software/engine.h"

namespace custos::software {

// sign_schnorr signs a digest of 32 bytes with a scalar, tweaked as BIP 341 says (taproot_tweak_seckey) where there is a tweak.
// `auxiliary` are the random bytes of BIP 340, "Default Signing". False for a tweak that is not below the order, or that makes no
// key. What it leaves on the stack is the caller's to wipe.
using Block = std::span<const std::uint8_t, 32>;
[[nodiscard]] bool sign_schnorr(Block scalar, Block digest, std::optional<Block> tweak, Block auxiliary,
                                std::span<std::uint8_t, 64> out) noexcept;

// SchnorrEngine reads its scalar in place. Its messages are a digest, or a digest and a tweak; its signatures differ each time,
// because fresh random bytes are mixed into their nonces.
class SchnorrEngine final : public Engine {
 public:
  SchnorrEngine(key::Scheme scheme, SecretBytes scalar) noexcept
      : is_tweaked_(scheme == key::Scheme::schnorr_tweaked), scalar_(std::move(scalar)) {}

  using Engine::sign;
  SignStatus sign(ByteView message, std::span<std::uint8_t> out, RecoveryId& recovery_id) const noexcept override;

 private:
  const bool is_tweaked_;
  const SecretBytes scalar_;
};

}  // namespace custos::software
