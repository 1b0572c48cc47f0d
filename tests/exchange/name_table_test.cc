#include "exchange/name_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace custos::exchange {
namespace {

using ::testing::ElementsAre;

TEST(NameTable, GivesEachNameOneNumber) {
  NameTable table;
  EXPECT_EQ(table.add("symbol"), 0U);
  EXPECT_EQ(table.add("side"), 1U);
  EXPECT_EQ(table.add("symbol"), 0U);
  EXPECT_EQ(table.size(), 2U);
  EXPECT_EQ(table.name(1), "side");
}

TEST(NameTable, FindsOnlyExactNames) {
  NameTable table;
  table.add("symbol");
  EXPECT_EQ(table.find("symbol"), 0U);
  for (const auto name : {"", "symbo", "symbols", "Symbol", "ymbol"}) EXPECT_EQ(table.find(name), kUnknownName) << name;
}

TEST(NameTable, HoldsAsManyNamesAsItSays) {
  std::vector<std::string> names;
  names.reserve(kMaxNames);
  for (std::size_t i = 0; i < kMaxNames; ++i) names.push_back("name" + std::to_string(i));
  NameTable table;
  for (const auto& name : names) table.add(name);
  for (std::size_t i = 0; i < kMaxNames; ++i) EXPECT_EQ(table.find(names[i]), i);
  EXPECT_EQ(table.find("name512"), kUnknownName);
}

TEST(NameTable, LinksTheLongestSuffixThatIsAName) {
  NameTable table;
  const NameId external = table.add("externalid");
  const NameId nalid = table.add("nalid");
  const NameId id = table.add("id");
  table.link_suffixes();
  EXPECT_EQ(table.suffix_of(external), nalid);
  EXPECT_EQ(table.suffix_of(nalid), id);
  EXPECT_EQ(table.suffix_of(id), kUnknownName);
  EXPECT_TRUE(table.with_suffix().has(external) && table.with_suffix().has(nalid));
  EXPECT_FALSE(table.with_suffix().has(id));
}

TEST(NameTable, HashReadsEveryByte) {
  const std::string path = "/sapi/v1/capital/withdraw/apply";
  for (std::size_t size = 1; size <= path.size(); ++size) {
    const std::string text = path.substr(0, size);
    for (std::size_t i = 0; i < size; ++i) {
      std::string other = text;
      other[i] = '#';
      EXPECT_NE(NameTable::hash(other), NameTable::hash(text)) << text << " at " << i;
    }
  }
}

TEST(NameSet, VisitsItsMembersInOrder) {
  NameSet set;
  for (const NameId id : {NameId{511}, NameId{0}, NameId{64}, NameId{63}}) set.add(id);
  std::vector<NameId> members;
  set.for_each([&members](NameId id) { members.push_back(id); });
  EXPECT_THAT(members, ElementsAre(0, 63, 64, 511));
  EXPECT_TRUE(set.has(63));
  EXPECT_FALSE(set.has(62));
}

TEST(NameSet, KnowsWhatIsCommonAndWhatIsWithin) {
  NameSet large;
  NameSet small;
  for (const NameId id : {NameId{1}, NameId{100}, NameId{511}}) large.add(id);
  for (const NameId id : {NameId{1}, NameId{511}}) small.add(id);
  EXPECT_TRUE(NameSet{}.is_within(small));
  EXPECT_TRUE(small.is_within(large));
  EXPECT_FALSE(large.is_within(small));

  small.add(NameId{510});
  EXPECT_FALSE(small.is_within(large));
  std::vector<NameId> members;
  small.common(large).for_each([&members](NameId id) { members.push_back(id); });
  EXPECT_THAT(members, ElementsAre(1, 511));
}

}  // namespace
}  // namespace custos::exchange
