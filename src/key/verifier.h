// Verifier: a public key as the library holds it that checks its signatures.
#pragma once

#include <memory>

#include "base/bytes.h"
#include "key/algorithm.h"

namespace custos::key {

// Verifier is immutable and thread-safe.
class Verifier {
 public:
  Verifier() = default;
  Verifier(const Verifier&) = delete;
  Verifier& operator=(const Verifier&) = delete;
  virtual ~Verifier() = default;

  [[nodiscard]] virtual bool verifies(Scheme scheme, ByteView message, ByteView signature) const noexcept = 0;
};

// Each takes a key that was found valid, points as 32 bytes (Ed25519) or 65 (ECDSA), and answers nullptr when its library refuses
// it all the same.
[[nodiscard]] std::unique_ptr<const Verifier> make_ed25519_verifier(ByteView point);
[[nodiscard]] std::unique_ptr<const Verifier> make_p256_verifier(ByteView point);
[[nodiscard]] std::unique_ptr<const Verifier> make_rsa_verifier(ByteView modulus, ByteView exponent);
[[nodiscard]] std::unique_ptr<const Verifier> make_secp256k1_verifier(ByteView point);

}  // namespace custos::key
