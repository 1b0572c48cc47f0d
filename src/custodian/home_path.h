// Where a home is, or is going to be.
#pragma once

#include <filesystem>

#include "custos/result.h"

namespace custos {

// new_home_path resolves the folder of a home that is to be made; an empty one means default_home(). Errors: bad_input.
[[nodiscard]] Result<std::filesystem::path> new_home_path(const std::filesystem::path& wanted);

}  // namespace custos
