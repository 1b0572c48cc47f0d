// Secret keys in a token: making them.
#pragma once

#include "custos/result.h"
#include "custos/secret.h"
#include "hsm/cryptoki.h"
#include "hsm/module.h"
#include "hsm/profile.h"
#include "key/backend.h"

namespace custos::hsm {

// All of these use a session that is logged in; after a failure the caller discards it. None reads a key's value or size, nor
// wraps a key.

// generate_hmac_key, import_hmac_key and generate_aes_key make a private, sensitive, not extractable token key for exactly one
// use, read its attributes back, and destroy it when they differ. Errors: integrity, as token_failure; import: bad_input for a
// secret that is not normalised.
[[nodiscard]] Result<void> generate_hmac_key(const Module& module, CK_SESSION_HANDLE session, const Profile& profile,
                                             const key::KeyTemplate& key);
[[nodiscard]] Result<void> import_hmac_key(const Module& module, CK_SESSION_HANDLE session, const Profile& profile,
                                           const key::KeyTemplate& key, const SecretBytes& secret);
[[nodiscard]] Result<void> generate_aes_key(const Module& module, CK_SESSION_HANDLE session, const key::KeyTemplate& key);

// copy_hmac_key makes a session copy of a token key, inside the token, that lives as long as `session`. Errors: integrity when
// the copy is not as protected as a key must be, as token_failure (a token may refuse to copy).
[[nodiscard]] Result<CK_OBJECT_HANDLE> copy_hmac_key(const Module& module, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key);

}  // namespace custos::hsm
