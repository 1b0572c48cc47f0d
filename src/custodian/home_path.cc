#include "custodian/home_path.h"

#include <algorithm>

#include "custos/home.h"

namespace custos {

Result<std::filesystem::path> new_home_path(const std::filesystem::path& wanted) {
  std::filesystem::path home = wanted;
  if (home.empty()) {
    auto found = default_home();
    if (!found) return found;
    home = *std::move(found);
  }
  if (std::ranges::any_of(home.native(), [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 127; })) {
    return fail(Errc::bad_input, Origin::home,
                "the home's path has control characters, which modules' configuration files cannot hold");
  }
  std::error_code error;
  home = std::filesystem::absolute(home, error).lexically_normal();
  return home.has_filename() ? home : home.parent_path();  // without the trailing slash
}

}  // namespace custos
