#include <algorithm>
#include <array>

#include "exchange/venues/venues.h"

namespace custos::exchange {

std::span<const Venue* const> venues() noexcept {
  static constexpr std::array kAll{
      &kThreeCommas,
      &kAscendex,
      &kBackpack,
      &kBinance,
      &kBitfinex,
      &kBitget,
      &kBithumb,
      &kBithumbLegacy,
      &kBitmex,
      &kBitstamp,
      &kBybit,
      &kCoinbase,
      &kCoinbaseExchange,
      &kCoinbaseIntx,
      &kCoinbaseLegacy,
      &kCryptoCom,
      &kDeribit,
      &kDydx,
      &kGate,
      &kGemini,
      &kHtx,
      &kHyperliquid,
      &kKraken,
      &kKrakenFutures,
      &kKucoin,
      &kMexc,
      &kOkx,
      &kOrderly,
      &kPhemex,
      &kUpbit,
      &kWoox,
  };
  return kAll;
}

const Venue* find_venue(std::string_view name) noexcept {
  const auto all = venues();
  const auto found = std::ranges::find(all, name, &Venue::name);
  return found == all.end() ? nullptr : *found;
}

}  // namespace custos::exchange
