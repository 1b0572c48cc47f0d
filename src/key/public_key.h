// PublicKey: the public half of a key, as SubjectPublicKeyInfo.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "custos/result.h"
#include "key/algorithm.h"
#include "key/verifier.h"

namespace custos::key {

// PublicKey holds a valid public key of its algorithm: a point on the curve, a modulus of the right size. Immutable; thread-safe.
class PublicKey {
 public:
  // from_spki reads DER (RFC 5280, 4.1.2.7; RFC 5480 for curves, whose point must be uncompressed; RFC 8410 for Ed25519). Errors:
  // bad_input, when it is no key of that algorithm. A tree's is that of its root.
  [[nodiscard]] static Result<PublicKey> from_spki(Algorithm algorithm, ByteView der);
  // ed25519 takes the 32 bytes of RFC 8032; ecdsa the point, compressed (33 bytes) or not (65, SEC 1, 2.3.3); rsa modulus and
  // exponent, big-endian. Errors: bad_input.
  [[nodiscard]] static Result<PublicKey> ed25519(Algorithm algorithm, ByteView point);
  [[nodiscard]] static Result<PublicKey> ed25519(ByteView point);
  [[nodiscard]] static Result<PublicKey> ecdsa(Algorithm algorithm, ByteView point);
  [[nodiscard]] static Result<PublicKey> rsa(Algorithm algorithm, ByteView modulus, ByteView exponent);

  [[nodiscard]] Algorithm algorithm() const noexcept { return algorithm_; }
  [[nodiscard]] const Bytes& spki() const noexcept { return spki_; }
  [[nodiscard]] std::string pem() const;  // "-----BEGIN PUBLIC KEY-----" …
  // raw gives Ed25519's 32 bytes, or an ECDSA point of 65 bytes. Empty for RSA.
  [[nodiscard]] const Bytes& raw() const noexcept { return raw_; }

  // verifies tells whether `signature`, in the scheme's form, is one of `message`. High s passes. A Schnorr signature is judged
  // under the x-coordinate alone, tweaked as the message says.
  [[nodiscard]] bool verifies(Scheme scheme, ByteView message, ByteView signature) const noexcept;

 private:
  PublicKey(Algorithm algorithm, Bytes spki, Bytes raw, std::shared_ptr<const Verifier> verifier) noexcept
      : algorithm_(algorithm), spki_(std::move(spki)), raw_(std::move(raw)), verifier_(std::move(verifier)) {}
  [[nodiscard]] static Result<PublicKey> make(Algorithm algorithm, Bytes spki, ByteView raw,
                                              std::shared_ptr<const Verifier> verifier);

  Algorithm algorithm_;
  Bytes spki_, raw_;
  std::shared_ptr<const Verifier> verifier_;
};

}  // namespace custos::key
