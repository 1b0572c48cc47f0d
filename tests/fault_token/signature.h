// What becomes of a signature that the real module made.
#pragma once

#include <p11-kit/pkcs11.h>

#include "script.h"

namespace fault_token {

// change does to `signature` and its size what `rule` says. high_s wants r‖s of secp256k1 or P-256 by `key`, and leaves others
// alone.
void change(const SignatureRule& rule, const CK_FUNCTION_LIST& real, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key,
            CK_BYTE* signature, CK_ULONG& size);

}  // namespace fault_token
