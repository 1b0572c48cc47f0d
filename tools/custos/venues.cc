#include "venues.h"

#include <system_error>

namespace custos::cli {

Result<std::vector<VenueInfo>> known_venues(const Cli& cli) {
  if (cli.home.empty()) {
    const auto usual = default_home();
    std::error_code none;
    if (!usual || !std::filesystem::exists(*usual / "custos.toml", none)) return built_in_venues();
  }
  auto home = open_home(cli);
  if (!home) return home.failure();
  return home->administration().list_venues();
}

}  // namespace custos::cli
