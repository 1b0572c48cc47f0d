// Key pairs in a token: making them.
#pragma once

#include "base/bytes.h"
#include "custos/result.h"
#include "custos/secret.h"
#include "hsm/cryptoki.h"
#include "hsm/module.h"
#include "hsm/profile.h"
#include "key/backend.h"
#include "key/public_key.h"

namespace custos::hsm {

// Both use a session that is logged in; after a failure the caller discards it. They make a private, sensitive, not extractable
// token key that only signs or only decrypts, and beside it its public half, of the same CKA_ID and label, that only verifies or
// encrypts; read the attributes of both back; let a key that signs prove that it belongs to its public half; and destroy both
// where anything differs. They answer the public key. Errors: integrity, as token_failure; import: bad_input.
[[nodiscard]] Result<key::PublicKey> generate_key_pair(const Module& module, CK_SESSION_HANDLE session, const Profile& profile,
                                                       const key::KeyTemplate& key);
// import_key_pair takes material as key/key_material.h has it.
[[nodiscard]] Result<key::PublicKey> import_key_pair(const Module& module, CK_SESSION_HANDLE session, const Profile& profile,
                                                     const key::KeyTemplate& key, const SecretBytes& material);

// read_public_key reads the public key of `object`, the public or private half of an RSA key or the public half of another.
// Errors: integrity for one that is not of that algorithm, as token_failure.
[[nodiscard]] Result<key::PublicKey> read_public_key(const Module& module, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                                                     key::Algorithm algorithm);

}  // namespace custos::hsm
