#include <algorithm>
#include <array>

#include "exchange/binance.h"
#include "exchange/venue.h"

namespace custos::exchange {

std::span<const Venue* const> venues() noexcept {
  static const std::array<const Venue*, 1> all{&binance()};
  return all;
}

const Venue* find_venue(std::string_view name) noexcept {
  const auto all = venues();
  const auto found = std::ranges::find(all, name, &Venue::name);
  return found == all.end() ? nullptr : *found;
}

}  // namespace custos::exchange
