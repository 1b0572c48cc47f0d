#include <gtest/gtest.h>

#include <algorithm>

#include "exchange/venue.h"

namespace custos::exchange {
namespace {

TEST(Venues, AreFoundByTheirExactName) {
  for (const Venue* venue : venues()) EXPECT_EQ(find_venue(venue->name), venue);
  for (const auto name : {"", "Binance", "binance ", "nowhere"}) EXPECT_EQ(find_venue(name), nullptr) << name;
}

TEST(Venues, AreComplete) {
  for (const Venue* venue : venues()) {
    EXPECT_FALSE(venue->title.empty());
    EXPECT_FALSE(venue->source.empty());
    EXPECT_FALSE(venue->algorithms.empty());
    EXPECT_FALSE(venue->operations.empty());
    EXPECT_NE(venue->canonicalise, nullptr);
    EXPECT_NE(venue->place, nullptr);
    for (const auto& host : venue->hosts) EXPECT_EQ(std::ranges::count(venue->environments, host.environment), 1) << host.host;
  }
}

}  // namespace
}  // namespace custos::exchange
