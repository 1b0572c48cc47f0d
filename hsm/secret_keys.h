// Secret keys in a token: making, listing, destroying them and asking the token about them.
#pragma once

#include <string>
#include <vector>

#include "custos/result.h"
#include "custos/secret.h"
#include "hsm/cryptoki.h"
#include "hsm/module.h"
#include "hsm/profile.h"
#include "key/backend.h"

namespace custos::hsm {

// All of these use a session that is logged in; after a failure the caller discards it. None reads a key's value or size, nor
// wraps a key.

// check_is_new refuses a CKA_ID or label that a secret key of the token has. Errors: already_exists, as token_failure.
[[nodiscard]] Result<void> check_is_new(const Module& module, CK_SESSION_HANDLE session, const key::KeyId& id,
                                        const std::string& label);

// generate_hmac_key, import_hmac_key and generate_aes_key make a private, sensitive, not extractable token key for exactly one
// use, read its attributes back, and destroy it when they differ. Errors: integrity, as token_failure; import: bad_input for a
// secret that is not normalised.
[[nodiscard]] Result<void> generate_hmac_key(const Module& module, CK_SESSION_HANDLE session, const Profile& profile,
                                             const key::KeyTemplate& key);
[[nodiscard]] Result<void> import_hmac_key(const Module& module, CK_SESSION_HANDLE session, const Profile& profile,
                                           const key::KeyTemplate& key, const SecretBytes& secret);
[[nodiscard]] Result<void> generate_aes_key(const Module& module, CK_SESSION_HANDLE session, const key::KeyId& id,
                                            const std::string& label);

// copy_hmac_key makes a session copy of a token key, inside the token, that lives as long as `session`. Errors: integrity when
// the copy is not as protected as a key must be, as token_failure (a token may refuse to copy).
[[nodiscard]] Result<CK_OBJECT_HANDLE> copy_hmac_key(const Module& module, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key);

[[nodiscard]] Result<std::vector<key::StoredKey>> list_secret_keys(const Module& module, CK_SESSION_HANDLE session,
                                                                   const std::string& token_label);
// destroy_secret_key removes the key, and every copy with its CKA_ID. Errors: not_found, as token_failure.
[[nodiscard]] Result<void> destroy_secret_key(const Module& module, CK_SESSION_HANDLE session, const key::KeyId& id);
[[nodiscard]] Result<key::KeyAttestation> attest_secret_key(const Module& module, CK_SESSION_HANDLE session,
                                                            const key::KeyId& id);

}  // namespace custos::hsm
