// The private SoftHSM2 token of a development home.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "custodian/config.h"
#include "custos/result.h"

namespace custos {

// kDevelopmentToken is the name of that token in custos.toml.
inline constexpr std::string_view kDevelopmentToken = "dev";

// development_token answers the token that `home` keeps inside itself, or nullptr: tokens from elsewhere are their owners' to
// initialise.
[[nodiscard]] const TokenSettings* development_token(const Config& config, const std::filesystem::path& home) noexcept;

// make_token_folders makes the folders and the configuration file that SoftHSM2 wants to see before it is loaded, where they are
// missing. `made` gets a line for each thing made. Errors: system.
Result<void> make_token_folders(const std::filesystem::path& home, std::vector<std::string>& made);

// Lost says what a token that is gone means: init refuses to make another one in its place, a restore goes on without its keys.
enum class Lost : unsigned char { refuse, accept };

// make_development_token makes the token unless it stands. A PIN is drawn for a new token only: for a standing one it would be a
// guess. Call it after make_token_folders and set_environment. Errors: authentication (the PIN file is missing), device_gone.
Result<void> make_development_token(const TokenSettings& settings, const std::filesystem::path& home, Lost lost,
                                    std::vector<std::string>& made);

}  // namespace custos
