// RsaSealer: encrypts data at rest under an RSA key that stays in its token, for tokens without AES.
#pragma once

#include <memory>
#include <utility>

#include "hsm/session_pool.h"
#include "key/algorithm.h"
#include "key/key_id.h"
#include "key/sealer.h"

namespace custos::hsm {

// RsaSealer encrypts with XChaCha20-Poly1305 under a fresh data key, and that with RSA-OAEP. A box is version (which names OAEP's
// hash) ‖ encrypted data key ‖ nonce ‖ ciphertext ‖ tag; version, encrypted data key and context are authenticated.
//
// Whoever knows the public key can make a box: unlike AesSealer's, it proves that nothing in it was changed, not who sealed it.
// Seal what is recognised when it is opened.
class RsaSealer final : public key::Sealer {
 public:
  RsaSealer(std::shared_ptr<SessionPool> pool, const key::KeyId& id, key::Algorithm algorithm)
      : pool_(std::move(pool)), id_(id), algorithm_(algorithm) {}

  // seal opens the data key in the token before it answers, so that no box is made which the token does not open.
  Result<Bytes> seal(const SecretBytes& plaintext, ByteView context) override;
  Result<SecretBytes> open(ByteView box, ByteView context) override;

 private:
  const std::shared_ptr<SessionPool> pool_;
  const key::KeyId id_;
  const key::Algorithm algorithm_;
};

}  // namespace custos::hsm
