// P256Engine: deterministic ECDSA on P-256.
#pragma once

#include <utility>

#include "software/engine.h"

namespace custos::software {

// P256Engine computes points with OpenSSL's own curve, the code behind its default provider, and takes its nonces from RFC 6979,
// for which OpenSSL 3.0 has no switch. The scalar stays in SecretBytes; what one signature computes is in the secure heap or on
// the stack, and wiped. Secret numbers meet only operations whose time does not depend on them.
class P256Engine final : public Engine {
 public:
  P256Engine(std::shared_ptr<const OpenSslContext> context, key::Scheme scheme, SecretBytes scalar) noexcept
      : context_(std::move(context)), scheme_(scheme), scalar_(std::move(scalar)) {}

  using Engine::sign;
  SignStatus sign(ByteView message, std::span<std::uint8_t> out, RecoveryId& recovery_id) const noexcept override;

 private:
  const std::shared_ptr<const OpenSslContext> context_;
  const key::Scheme scheme_;
  const SecretBytes scalar_;
};

}  // namespace custos::software
