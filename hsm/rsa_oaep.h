// RSA-OAEP: a short secret, encrypted in software for an RSA key in a token, and decrypted there.
#pragma once

#include "base/bytes.h"
#include "custos/result.h"
#include "custos/secret.h"
#include "hsm/cryptoki.h"
#include "hsm/module.h"
#include "key/public_key.h"

namespace custos::hsm {

// OaepHash is the hash of RSA-OAEP and of its MGF1 (RFC 8017, 7.1). SHA-1 is no weakness there (its collisions do not matter),
// and all that SoftHSM2 2.6.1 takes.
enum class OaepHash : unsigned char { sha256, sha1 };

// oaep_encrypt answers as many bytes as the modulus has. Errors: system.
[[nodiscard]] Result<Bytes> oaep_encrypt(const key::PublicKey& key, OaepHash hash, const SecretBytes& plaintext);

// oaep_decrypt decrypts in the token into `plaintext`, which it makes.
[[nodiscard]] CK_RV oaep_decrypt(const Module& module, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key, OaepHash hash,
                                 ByteView ciphertext, SecretBytes& plaintext);

// is_unknown_hash tells the values by which a token says that it does not know the hash.
[[nodiscard]] bool is_unknown_hash(CK_RV rv) noexcept;

}  // namespace custos::hsm
