// Engine: computes the signatures of one key whose material is in this process, in one scheme.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "base/bytes.h"
#include "custos/request.h"
#include "custos/result.h"
#include "custos/secret.h"
#include "key/algorithm.h"
#include "key/backend.h"
#include "software/openssl_context.h"

namespace custos::software {

using RecoveryId = std::optional<std::uint8_t>;

// Engine holds what it computes with in guarded memory, or in OpenSSL's secure heap, and wipes it at its end. Immutable; safe
// from many threads at once.
class Engine {
 public:
  Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  virtual ~Engine() = default;

  // sign writes facts_of(algorithm).signature_size bytes. Allocates nothing of ours. Status: internal, when the provider fails.
  // An engine that knows the recovery id (key::SignCall) tells it; the others leave it.
  virtual SignStatus sign(ByteView message, std::span<std::uint8_t> out, RecoveryId& recovery_id) const noexcept = 0;
  SignStatus sign(ByteView message, std::span<std::uint8_t> out) const noexcept {
    RecoveryId unasked;
    return sign(message, out, unasked);
  }

  // node and derive answer for the keys below, as key::PreparedKey does. Errors: bad_input, where there are none.
  [[nodiscard]] virtual Result<key::TreeNode> node(std::span<const std::uint32_t> path) const;
  [[nodiscard]] virtual Result<std::unique_ptr<Engine>> derive(std::span<const std::uint32_t> path) const;
};

// check_scheme refuses a scheme that the algorithm has not. Errors: bad_input.
[[nodiscard]] Result<void> check_scheme(key::KeyUse use);

// make_engine takes checked material (key/key_material.h), which it copies. ECDSA is deterministic (RFC 6979) with libsecp256k1,
// and on P-256 with the default provider; Schnorr signatures take fresh random bytes besides.
// A tree's engine signs with its root. Errors: bad_input (a scheme that the algorithm has not), system, internal.
[[nodiscard]] Result<std::unique_ptr<Engine>> make_engine(const std::shared_ptr<const OpenSslContext>& context, key::KeyUse use,
                                                          const SecretBytes& material);

// generate_material draws a new key. Errors: system; bad_input for an algorithm that only tokens make (aes-256).
[[nodiscard]] Result<SecretBytes> generate_material(const OpenSslContext& context, key::Algorithm algorithm);

}  // namespace custos::software
