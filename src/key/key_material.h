// Key material: the private part of a key in the one form in which backends take it.
#pragma once

#include "custos/result.h"
#include "custos/secret.h"
#include "key/algorithm.h"
#include "key/public_key.h"

namespace custos::key {

// Material is, by algorithm:
//   HMAC      the secret, normalised (key/hmac_secret.h)
//   Ed25519   the seed, 32 bytes (RFC 8032, 5.1.5)
//   ECDSA     the scalar, 32 bytes, big-endian, in [1, n - 1] (SEC 1, 2.3.7)
//   a tree    its root: the private key, as above, and the chain code, 32 bytes each (BIP 32, SLIP-10)
//   RSA       RSAPrivateKey, DER, two primes (RFC 8017, A.1.2)

// check_material refuses what is no key of that algorithm. Errors: bad_input, saying what is wrong: "an Ed25519 seed has 32
// bytes, this one has 31".
[[nodiscard]] Result<void> check_material(Algorithm algorithm, const SecretBytes& material);

// public_key_of derives the public key from checked material of an asymmetric algorithm. Errors: bad_input; system.
[[nodiscard]] Result<PublicKey> public_key_of(Algorithm algorithm, const SecretBytes& material);

}  // namespace custos::key
