#include "custodian/replica_choice.h"

#include <gtest/gtest.h>

#include <vector>

namespace custos {
namespace {

constexpr std::uint64_t kUs = 1000;

std::vector<int> order_of(const std::vector<ReplicaView>& copies, std::size_t current = 9, std::uint64_t turn = 0) {
  const ReplicaOrder order = choose_replicas(copies, current, turn);
  return {order.begin(), order.end()};
}

TEST(ReplicaChoice, NothingAndOneAreInOrder) {
  EXPECT_EQ(order_of({}), std::vector<int>());
  EXPECT_EQ(order_of({ReplicaView{.state = TokenState::down}}), std::vector<int>({0}));
}

TEST(ReplicaChoice, TheHealthiestIsFirstHoweverSlow) {
  EXPECT_EQ(order_of({ReplicaView{.state = TokenState::down, .latency_ns = 1 * kUs},
                      ReplicaView{.failing = true, .latency_ns = 2 * kUs},
                      ReplicaView{.state = TokenState::recovering, .latency_ns = 3 * kUs},
                      ReplicaView{.proved = false, .latency_ns = 4 * kUs}}),
            std::vector<int>({3, 2, 1, 0}));
  EXPECT_EQ(order_of({ReplicaView{.proved = false, .latency_ns = 1 * kUs},
                      ReplicaView{.state = TokenState::degraded, .latency_ns = 2 * kUs}, ReplicaView{.latency_ns = 900 * kUs}}),
            std::vector<int>({2, 1, 0}));
}

TEST(ReplicaChoice, AFailingCopyWhoseDeviceIsDownIsLast) {
  EXPECT_EQ(order_of({ReplicaView{.state = TokenState::down, .failing = true}, ReplicaView{.failing = true}}),
            std::vector<int>({1, 0}));
}

TEST(ReplicaChoice, AmongEquallyHealthyTheFastestIsFirst) {
  EXPECT_EQ(order_of({ReplicaView{.latency_ns = 900 * kUs}, ReplicaView{.latency_ns = 100 * kUs},
                      ReplicaView{.latency_ns = 400 * kUs}}),
            std::vector<int>({1, 2, 0}));
}

TEST(ReplicaChoice, TheOneThatSignedLastGoesOnWhileItIsAboutAsFast) {
  const ReplicaView fast{.latency_ns = 100 * kUs}, near{.latency_ns = 150 * kUs}, slow{.latency_ns = 151 * kUs};
  EXPECT_EQ(order_of({fast, near}, 1), std::vector<int>({1, 0}));
  EXPECT_EQ(order_of({fast, slow}, 1), std::vector<int>({0, 1}));
  EXPECT_EQ(order_of({fast, near}, 1, 7), std::vector<int>({1, 0})) << "they take no turns";
}

TEST(ReplicaChoice, CopiesThatSignMoreTogetherTakeTurns) {
  const ReplicaView first{.spreads = true, .latency_ns = 110 * kUs}, second{.spreads = true, .latency_ns = 100 * kUs},
      far{.spreads = true, .latency_ns = 500 * kUs};
  EXPECT_EQ(order_of({first, second, far}, 0, 0), std::vector<int>({0, 1, 2}));
  EXPECT_EQ(order_of({first, second, far}, 0, 1), std::vector<int>({1, 0, 2}));
  EXPECT_EQ(order_of({first, second, far}, 0, 2), std::vector<int>({0, 1, 2}));
  const ReplicaView alone{.latency_ns = 100 * kUs};
  EXPECT_EQ(order_of({first, alone}, 0, 1), std::vector<int>({0, 1})) << "one of them gains nothing by it";
}

TEST(ReplicaChoice, ASlowerOneThatSpreadsIsAskedNowAndThen) {
  const ReplicaView fast{.spreads = true, .latency_ns = 100 * kUs}, slow{.spreads = true, .latency_ns = 900 * kUs};
  int asked = 0;
  for (std::uint64_t turn = 0; turn < 320; ++turn) asked += order_of({fast, slow}, 0, turn).front();
  EXPECT_EQ(asked, 10);
  EXPECT_EQ(order_of({fast, ReplicaView{.latency_ns = 900 * kUs}}, 1, 15), std::vector<int>({0, 1}));
}

TEST(ReplicaChoice, MoreThanCanBeAtWorkAreLeftOut) {
  EXPECT_EQ(order_of(std::vector<ReplicaView>(kMostCopies + 1)).size(), kMostCopies);
}

}  // namespace
}  // namespace custos
