// The table of devices: what Custos knows of each, and by what their modules are known.
#pragma once

#include <span>
#include <string_view>

#include "hsm/profile.h"

namespace custos::hsm {

// Mark is what a device's module says of itself in C_GetInfo, and how its file is called. What is empty says nothing.
struct Mark {
  std::string_view profile;
  std::string_view manufacturer{};
  std::string_view library{};
  std::string_view file{};  // how its name begins, links followed
};

// profiles has the generic one at its end.
[[nodiscard]] std::span<const Profile> profiles() noexcept;
[[nodiscard]] std::span<const Mark> marks() noexcept;

}  // namespace custos::hsm
