// What production refuses (design.md, "The home").
#pragma once

#include <filesystem>

#include "custodian/config.h"
#include "custos/result.h"
#include "custos/secret.h"

namespace custos {

// check_production refuses PIN files inside the home, PINs from the environment, relative module paths, and files that others
// may write. Errors: refused, naming the first thing found and its remedy.
[[nodiscard]] Result<void> check_production(const Config& config, const std::filesystem::path& home);

// check_strong_secret refuses secrets that are short (below 16 bytes) or that repeat few byte values. Errors: refused.
[[nodiscard]] Result<void> check_strong_secret(const SecretBytes& secret);

}  // namespace custos
