// What production refuses (design.md, "The home").
#pragma once

#include <filesystem>

#include "custodian/config.h"
#include "custos/home.h"
#include "custos/result.h"
#include "custos/secret.h"

namespace custos {

// check_production refuses PIN and passphrase files inside the home, such secrets from the environment, relative module paths,
// and files that others may write. Errors: refused, naming the first thing found and its remedy.
[[nodiscard]] Result<void> check_production(const Config& config, const std::filesystem::path& home);

// check_strong_secret refuses secrets that are short (below 16 bytes) or that repeat few byte values. Errors: refused.
[[nodiscard]] Result<void> check_strong_secret(const SecretBytes& secret);

// check_new_passphrase judges a passphrase that is being chosen: a weak one is refused in production and warned of elsewhere.
// Errors: refused, saying why it is weak.
[[nodiscard]] Result<void> check_new_passphrase(Mode mode, const SecretBytes& passphrase);

}  // namespace custos
