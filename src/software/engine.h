// Engine: computes the signatures of one key whose material is in this process, in one scheme.
#pragma once

#include <memory>
#include <span>

#include "base/bytes.h"
#include "custos/request.h"
#include "custos/result.h"
#include "custos/secret.h"
#include "key/algorithm.h"
#include "software/openssl_context.h"

namespace custos::software {

// Engine holds what it computes with in guarded memory, or in OpenSSL's secure heap, and wipes it at its end. Immutable; safe
// from many threads at once.
class Engine {
 public:
  Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  virtual ~Engine() = default;

  // sign writes facts_of(algorithm).signature_size bytes. Allocates nothing of ours. Status: internal, when the provider fails.
  virtual SignStatus sign(ByteView message, std::span<std::uint8_t> out) const noexcept = 0;
};

// check_scheme refuses a scheme that the algorithm has not. Errors: bad_input.
[[nodiscard]] Result<void> check_scheme(key::KeyUse use);

// make_engine takes checked material (key/key_material.h), which it copies. ECDSA is deterministic (RFC 6979) with libsecp256k1,
// and on P-256 with the default provider. Errors: bad_input (a scheme that the algorithm has not), system, internal.
[[nodiscard]] Result<std::unique_ptr<Engine>> make_engine(const std::shared_ptr<const OpenSslContext>& context, key::KeyUse use,
                                                          const SecretBytes& material);

// generate_material draws a new key. Errors: system; bad_input for an algorithm that only tokens make (aes-256).
[[nodiscard]] Result<SecretBytes> generate_material(const OpenSslContext& context, key::Algorithm algorithm);

}  // namespace custos::software
