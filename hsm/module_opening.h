// How the module of a token is opened: what custos.toml says, what the module says of itself, and what Custos knows of it.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "custos/result.h"
#include "hsm/module.h"
#include "hsm/profile.h"
#include "hsm/token_backend.h"
#include "hsm/token_uri.h"

namespace custos::hsm {

// Opened is what every use of a token begins with.
struct Opened {
  TokenUri uri;
  std::shared_ptr<Module> module;
  Profile profile;
};

// open_module starts the module, or answers the instance that runs; the caller has its turn. open_in_turn takes the turn, which
// another process's opening may have for as long as a device hangs. Errors: bad_input (the URI, the profile or what custos.toml
// wants of it), busy (the turn), refused (one state in the whole process and not allowed), as Module::open.
[[nodiscard]] Result<Opened> open_module(const TokenConfig& config);
[[nodiscard]] Result<Opened> open_in_turn(const TokenConfig& config);

// open_again starts the module anew for a token that is open. Errors: as open_in_turn.
[[nodiscard]] Result<std::shared_ptr<Module>> open_again(const TokenConfig& config);

// turn_file is where a token's openings take turns: with all of the home; those of a device that is known to hang, and would keep
// the turn, among themselves.
[[nodiscard]] std::filesystem::path turn_file(const TokenConfig& config);

// expected_profile is what can be told of the device before its module runs, which may hang: by the profile's name or the
// module's file. Nothing of a module that only tells by itself what it is.
[[nodiscard]] std::optional<Profile> expected_profile(const TokenConfig& config);

}  // namespace custos::hsm
