#include "hsm/place_set.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <set>
#include <thread>
#include <vector>

namespace custos::hsm {
namespace {

TEST(PlaceSet, GivesEachPlaceOnce) {
  PlaceSet set;
  for (std::size_t i = 0; i < PlaceSet::kPlaces; ++i) set.put(i);
  EXPECT_EQ(set.size(), PlaceSet::kPlaces);
  std::set<std::size_t> taken;
  for (std::size_t hint = 0; const auto place = set.take(hint); ++hint) EXPECT_TRUE(taken.insert(*place).second);
  EXPECT_EQ(taken.size(), PlaceSet::kPlaces);
  EXPECT_EQ(set.size(), 0U);
}

TEST(PlaceSet, AnswersNothingWhenEmpty) {
  PlaceSet set;
  for (std::size_t hint = 0; hint < 8; ++hint) EXPECT_FALSE(set.take(hint));
}

TEST(PlaceSet, GivesAPlaceToOneThreadAtATime) {
  PlaceSet set;
  constexpr std::size_t kInUse = 5;
  for (std::size_t i = 0; i < kInUse; ++i) set.put(i * 51);
  std::array<int, PlaceSet::kPlaces> owned{};  // not atomic: ThreadSanitizer sees two owners
  std::atomic<int> doubled{0};
  std::vector<std::thread> threads;
  for (std::size_t hint = 0; hint < 4; ++hint) {
    threads.emplace_back([&, hint] {
      for (int i = 0; i < 20'000; ++i) {
        const auto place = set.take(hint);
        if (!place) continue;
        if (++owned[*place] != 1) ++doubled;
        --owned[*place];
        set.put(*place);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(doubled, 0);
  EXPECT_EQ(set.size(), kInUse);
}

}  // namespace
}  // namespace custos::hsm
