// What the commands know of venues: those of the library and, where there is a home, those that its custos.toml defines.
#pragma once

#include <vector>

#include "cli.h"

namespace custos::cli {

// known_venues lists them by name. A home that --home names must be there. Errors: as Custodian::open.
Result<std::vector<VenueInfo>> known_venues(const Cli& cli);

}  // namespace custos::cli
