// What a module reads from its process's environment, as custos.toml names it.
#pragma once

#include <string>

#include "custos/result.h"
#include "hsm/module.h"

namespace custos::hsm {

// check_environment compares; the library never sets a variable of its host's process. Errors: bad_input, with the line to
// export.
[[nodiscard]] Result<void> check_environment(const ModuleSpec& spec);

// missing_files names the variables whose value is the path of a file or folder that is not there: " (SOFTHSM2_CONF is
// /srv/softhsm2.conf, which does not exist)". Empty where all are there.
[[nodiscard]] std::string missing_files(const ModuleSpec& spec);

}  // namespace custos::hsm
