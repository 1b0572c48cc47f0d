#include <algorithm>
#include <array>

#include "custos/home.h"

namespace custos {
namespace {

constexpr std::array<std::string_view, 4> kModeNames{"development", "demo", "staging", "production"};

}  // namespace

std::string_view to_string(Mode mode) noexcept { return kModeNames[static_cast<std::size_t>(mode)]; }

Result<Mode> parse_mode(std::string_view text) {
  const auto found = std::ranges::find(kModeNames, text);
  if (found != kModeNames.end()) return static_cast<Mode>(found - kModeNames.begin());
  return fail(Errc::bad_input, Origin::config,
              "'" + std::string(text.substr(0, 64)) + "' is no mode (known: development, demo, staging, production)");
}

}  // namespace custos
