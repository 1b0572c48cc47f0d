// A token's settings, written as custos.toml for a home of the benchmark's own.
#pragma once

#include <filesystem>
#include <string>

#include "custodian/config.h"

namespace custos::bench {

// config_text writes a custos.toml with that one token, which seals the registry too. The PIN comes from `pin_file`.
[[nodiscard]] std::string config_text(const TokenSettings& token, const std::filesystem::path& pin_file);

}  // namespace custos::bench
