// AesSealer: encrypts data at rest under an AES key that stays in its token.
#pragma once

#include <memory>
#include <utility>

#include "hsm/session_pool.h"
#include "key/key_id.h"
#include "key/sealer.h"

namespace custos::hsm {

// AesSealer uses AES-256-GCM with a random nonce of 96 bits and a tag of 128 (NIST SP 800-38D, section 8.2.2: at most 2^32
// boxes under one key). A box is version ‖ nonce ‖ ciphertext ‖ tag.
class AesSealer final : public key::Sealer {
 public:
  AesSealer(std::shared_ptr<SessionPool> pool, const key::KeyId& id) : pool_(std::move(pool)), id_(id) {}

  Result<Bytes> seal(const SecretBytes& plaintext, ByteView context) override;
  Result<SecretBytes> open(ByteView box, ByteView context) override;

 private:
  const std::shared_ptr<SessionPool> pool_;
  const key::KeyId id_;
};

}  // namespace custos::hsm
