// The venues, one file each; venues.cc lists them.
#pragma once

#include "exchange/venue.h"

namespace custos::exchange {

extern const Venue kThreeCommas, kAscendex, kBackpack, kBinance, kBitfinex, kBitget, kBithumb, kBithumbLegacy, kBitmex, kBitstamp,
    kBybit, kCoinbase, kCoinbaseExchange, kCoinbaseIntx, kCoinbaseLegacy, kCryptoCom, kDeribit, kDydx, kGate, kGemini, kHtx,
    kHyperliquid, kKraken, kKrakenFutures, kKucoin, kMexc, kOkx, kOrderly, kPhemex, kUpbit, kWoox;

}  // namespace custos::exchange
