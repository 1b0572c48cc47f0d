// Secrets that init draws itself: the PIN of a development token, the passphrase of a development keystore.
#pragma once

#include <filesystem>

#include "custos/result.h"
#include "custos/secret.h"

namespace custos {

// drawn_secret reads the secret that stands in a file, or draws 128 random bits, writes them there (0600) as 32 hex digits, and
// answers those. Errors: as read_secret_file; system.
[[nodiscard]] Result<SecretBytes> drawn_secret(const std::filesystem::path& path);

}  // namespace custos
