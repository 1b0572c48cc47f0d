// Reading a PIN or passphrase from where custos.toml says.
#pragma once

#include <string>

#include "custodian/config.h"
#include "custos/custodian.h"
#include "custos/result.h"
#include "custos/secret.h"

namespace custos {

// read_pin reads `what` ("PIN of token dev"), without its trailing newline. Errors: refused for a file that others may read, else
// authentication: there is none, it is empty, or nobody to ask.
[[nodiscard]] Result<SecretBytes> read_pin(const PinSource& source, const SecretPrompt& prompt, const std::string& what);

// reads_once tells whether a second reading of `source` would find nothing.
[[nodiscard]] inline bool reads_once(const PinSource& source) noexcept {
  return std::holds_alternative<PinEnvironment>(source) || std::holds_alternative<PinDescriptor>(source);
}

}  // namespace custos
