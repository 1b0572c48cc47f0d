// Making keys of every algorithm in a token.
#pragma once

#include "base/bytes.h"
#include "custos/result.h"
#include "custos/secret.h"
#include "hsm/cryptoki.h"
#include "hsm/module.h"
#include "hsm/profile.h"
#include "key/backend.h"

namespace custos::hsm {

// Both answer the public key (SubjectPublicKeyInfo, DER), empty for a secret key; check_can_make has passed. Errors: as those of
// hsm/secret_keys.h, hsm/key_pairs.h and hsm/bip32.h.
[[nodiscard]] Result<Bytes> generate_key(const Module& module, CK_SESSION_HANDLE session, const Profile& profile,
                                         const key::KeyTemplate& key);
[[nodiscard]] Result<Bytes> import_key(const Module& module, CK_SESSION_HANDLE session, const Profile& profile,
                                       const key::KeyTemplate& key, const SecretBytes& material);

}  // namespace custos::hsm
