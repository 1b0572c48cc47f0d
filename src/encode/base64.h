// Base64 (RFC 4648, section 4) of secrets.
#pragma once

#include "base/bytes.h"
#include "custos/result.h"
#include "custos/secret.h"

namespace custos::encode {

// secret_from_base64 decodes padded base64; spaces, tabs and line ends are skipped. Its time does not depend on the bytes, only
// on where white space is. Errors: bad_input, when it is no base64; system when no guarded memory is left.
[[nodiscard]] Result<SecretBytes> secret_from_base64(ByteView text);

}  // namespace custos::encode
