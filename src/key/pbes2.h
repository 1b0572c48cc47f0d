// PBES2 (RFC 8018, 6.2 and A.4), as ENCRYPTED PRIVATE KEY blocks have it.
#pragma once

#include "base/bytes.h"
#include "custos/result.h"
#include "key/passphrase_cipher.h"

namespace custos::key {

// read_encrypted_private_key_info reads EncryptedPrivateKeyInfo (RFC 5958, section 3); the answer views `der`. Errors: bad_input,
// naming a derivation or cipher that Custos does not read.
[[nodiscard]] Result<EncryptedKey> read_encrypted_private_key_info(ByteView der);

}  // namespace custos::key
