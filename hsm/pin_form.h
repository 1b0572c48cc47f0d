// check_pin_form keeps a PIN that cannot be right from costing a try.
#pragma once

#include "custos/result.h"
#include "custos/secret.h"
#include "hsm/profile.h"

namespace custos::hsm {

// Errors: authentication, with the form that the device wants (devices.md 5).
[[nodiscard]] Result<void> check_pin_form(PinForm form, const SecretBytes& pin);

}  // namespace custos::hsm
