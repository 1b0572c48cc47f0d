// Making a new token.
#pragma once

#include <string>

#include "custos/result.h"
#include "custos/secret.h"
#include "hsm/module.h"

namespace custos::hsm {

// initialise_token makes a token labelled `label` in the first free slot and sets its user PIN. Errors: already_exists, bad_input
// (the label), not_found (no free slot), as token_failure.
[[nodiscard]] Result<void> initialise_token(const Module& module, const std::string& label, const SecretBytes& so_pin,
                                            const SecretBytes& pin);

}  // namespace custos::hsm
