// Keys that a token has: looking for, listing and destroying them, and asking the token about them.
#pragma once

#include <string>
#include <vector>

#include "custos/result.h"
#include "hsm/cryptoki.h"
#include "hsm/module.h"
#include "key/backend.h"

namespace custos::hsm {

// All of these use a session that is logged in; after a failure the caller discards it. None reads a key's value or size.

// check_is_new refuses a CKA_ID or label that a key of the token has. Errors: already_exists, as token_failure.
[[nodiscard]] Result<void> check_is_new(const Module& module, CK_SESSION_HANDLE session, const key::KeyId& id,
                                        const std::string& label);

// list_keys gives secret and private keys; a public key belongs to its private one.
[[nodiscard]] Result<std::vector<key::StoredKey>> list_keys(const Module& module, CK_SESSION_HANDLE session,
                                                            const std::string& token_label);
// destroy_key removes the key, both halves of a pair, and every copy with its CKA_ID. Errors: not_found, as token_failure.
[[nodiscard]] Result<void> destroy_key(const Module& module, CK_SESSION_HANDLE session, const key::KeyId& id);
[[nodiscard]] Result<key::KeyAttestation> attest_key(const Module& module, CK_SESSION_HANDLE session, const key::KeyId& id);

}  // namespace custos::hsm
