#include "exchange/operation_index.h"

#include <gtest/gtest.h>

#include <memory>

namespace custos::exchange {
namespace {

using facts::ClassSet;
using enum facts::OperationClass;

constexpr std::array<Operation, 8> kRows{{
    {"GET", "/account", read, "", "verbose"},
    {"GET", "/order", read, "symbol", "orderId"},
    {"DELETE", "/order", trade, "symbol orderId", ""},
    {"DELETE", "/order", trade, "symbol clientId", ""},
    {"POST", "/order", trade, "symbol side quantity", "price"},
    {"POST", "/withdraw", withdraw, "coin address", "memo"},
    {"POST", "/switch", manage, "", ""},
    {"POST", "/wallet", manage, "symbol", ""},
}};
constexpr std::array<Collision, 2> kListed{{{"POST", "/switch", "it harms nobody"}, {"POST", "/wallet", "nor does it"}}};

// table_of is a venue of that table alone, whose signatures cover no path.
Venue table_of(std::span<const Operation> operations, std::span<const Collision> collisions, std::string_view universal) {
  Venue venue{};
  venue.operations = operations;
  venue.collisions = collisions;
  venue.universal = universal;
  return venue;
}

class OperationIndexTest : public ::testing::Test {
 protected:
  [[nodiscard]] NameSet names(std::initializer_list<std::string_view> list) const {
    NameSet set;
    for (const auto name : list) set.add(index->names().find(name));
    return set;
  }
  const std::unique_ptr<OperationIndex> index = std::make_unique<OperationIndex>(table_of(kRows, kListed, "timestamp signature"));
};

TEST_F(OperationIndexTest, FindsExactMethodAndPath) {
  ASSERT_NE(index->find("POST", "/order"), nullptr);
  EXPECT_EQ(index->find("POST", "/order")->operation, &kRows[4]);
  EXPECT_EQ(index->find("PUT", "/order"), nullptr);
  EXPECT_EQ(index->find("POST", "/order/"), nullptr);
  EXPECT_EQ(index->find("", ""), nullptr);
}

TEST_F(OperationIndexTest, EveryRowHasItsText) {
  EXPECT_EQ(index->find("POST", "/order")->text, "POST /order (trade)");
  EXPECT_EQ(index->find("POST", "/wallet")->text, "POST /wallet (manage)");
}

TEST_F(OperationIndexTest, AllowsTheListedAndTheUniversalNames) {
  const auto& allowed = index->find("GET", "/order")->allowed;
  for (const auto name : {"symbol", "orderId", "timestamp", "signature"})
    EXPECT_TRUE(allowed.has(index->names().find(name))) << name;
  EXPECT_FALSE(allowed.has(index->names().find("side")));
}

TEST_F(OperationIndexTest, JoinsTheAlternativesOfOneRow) {
  const auto* row = index->find("DELETE", "/order");
  ASSERT_NE(row, nullptr);
  EXPECT_TRUE(row->allowed.has(index->names().find("orderId")));
  EXPECT_TRUE(row->allowed.has(index->names().find("clientId")));
}

TEST_F(OperationIndexTest, UniversalNamesHaveTheFirstNumbers) {
  EXPECT_EQ(index->names().find("timestamp"), 0U);
  EXPECT_EQ(index->names().find("signature"), 1U);
}

TEST_F(OperationIndexTest, NoNamesReachTheRowsWithoutDemands) {
  const auto reach = index->reach({});
  EXPECT_EQ(reach.classes, ClassSet{read});
  EXPECT_EQ(reach.collisions, 0b01U);
}

TEST_F(OperationIndexTest, EachAlternativeIsReached) {
  EXPECT_EQ(index->reach(names({"symbol", "orderId"})).classes, (ClassSet{read, trade}));
  EXPECT_EQ(index->reach(names({"symbol", "clientId"})).classes, (ClassSet{read, trade}));
  EXPECT_EQ(index->reach(names({"symbol"})).classes, ClassSet{read});
  EXPECT_EQ(index->reach(names({"orderId", "clientId"})).classes, ClassSet{read});
}

TEST_F(OperationIndexTest, MoreNamesReachNoLess) {
  EXPECT_TRUE(index->reach(names({"coin", "address", "symbol", "side"})).classes.has(withdraw));
  EXPECT_FALSE(index->reach(names({"coin", "memo"})).classes.has(withdraw));
}

TEST_F(OperationIndexTest, ListedCollisionsAreNamedAndAddNoClass) {
  const auto reach = index->reach(names({"symbol"}));
  EXPECT_EQ(reach.collisions, 0b11U);
  EXPECT_FALSE(reach.classes.has(manage));
}

TEST_F(OperationIndexTest, WarnsOfEachReasonOnceAndNotOfTheRowItself) {
  Draft draft(0);
  index->warn_of(0b11, nullptr, draft);
  ASSERT_EQ(draft.warning_count, 2U);
  EXPECT_EQ(draft.warnings[0], "it harms nobody");
  EXPECT_EQ(draft.warnings[1], "nor does it");

  draft.reset();
  index->warn_of(0b11, index->find("POST", "/switch"), draft);
  ASSERT_EQ(draft.warning_count, 1U);
  EXPECT_EQ(draft.warnings[0], "nor does it");

  constexpr std::array<Collision, 2> kOneReason{{{"POST", "/switch", "one"}, {"POST", "/wallet", "one"}}};
  const auto other = std::make_unique<OperationIndex>(table_of(kRows, kOneReason, ""));
  draft.reset();
  other->warn_of(0b11, nullptr, draft);
  EXPECT_EQ(draft.warning_count, 1U);
}

TEST(MatchesPath, TakesOneSegmentForEachBraces) {
  EXPECT_TRUE(matches_path("/orders/{}", "/orders/12-a_b.c~d:e,f@g"));
  EXPECT_TRUE(matches_path("/{}/orders/{}/fills", "/7/orders/x/fills"));
  EXPECT_TRUE(matches_path("/v{}/x", "/v2/x"));
  for (const std::string_view path :
       {"/orders/", "/orders", "/orders/a/b", "/orders/a/", "/orders/a;b", "/orders/%61", "/orders/a b", "//orders/a"}) {
    EXPECT_FALSE(matches_path("/orders/{}", path)) << path;
  }
  EXPECT_FALSE(matches_path("/{}/orders", "/orders"));
  EXPECT_FALSE(matches_path("/{}/x", "/a/b/x"));
}

using OperationIndexDeathTest = OperationIndexTest;

TEST_F(OperationIndexDeathTest, ACollisionThatNamesNoRowAborts) {
  constexpr std::array<Collision, 1> kStray{{{"GET", "/nowhere", "?"}}};
  EXPECT_DEATH(OperationIndex(table_of(kRows, kStray, "")), "");
}

TEST_F(OperationIndexDeathTest, OnePathOfTwoClassesAborts) {
  constexpr std::array<Operation, 2> kTorn{{{"GET", "/a", read, "x", ""}, {"GET", "/a", trade, "y", ""}}};
  EXPECT_DEATH(OperationIndex(table_of(kTorn, {}, "")), "");
}

}  // namespace
}  // namespace custos::exchange
