#include "key/lifecycle.h"

#include <gtest/gtest.h>

#include <set>

namespace custos::key {
namespace {

// expect_round_trip shows that the values up to `last` have names of their own that parse back.
template <class Enum, class Parse>
void expect_round_trip(Enum last, Parse parse) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    const auto value = static_cast<Enum>(i);
    names.insert(to_string(value));
    const auto again = parse(to_string(value));
    ASSERT_TRUE(again) << to_string(value);
    EXPECT_EQ(*again, value) << to_string(value);
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(last) + 1);
}

TEST(Lifecycle, EveryWordParsesBack) {
  expect_round_trip(State::destroyed, parse_state);
  expect_round_trip(Origin::imported, parse_origin);
  expect_round_trip(Custody::software, parse_custody);
  expect_round_trip(Recoverability::software_backup, parse_recoverability);
}

TEST(Lifecycle, NamesAreTheDesigns) {
  EXPECT_EQ(to_string(State::pre_active), "pre-active");
  EXPECT_EQ(to_string(State::destroyed), "destroyed");
  EXPECT_EQ(to_string(Origin::imported), "imported");
  EXPECT_EQ(to_string(Custody::device), "device");
  EXPECT_EQ(to_string(Recoverability::none), "none");
}

TEST(Lifecycle, RefusesAnotherWordAndNamesIt) {
  const auto state = parse_state("Active");
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().code, Errc::bad_input);
  EXPECT_EQ(state.error().detail, "'Active' is not a key's state");
  EXPECT_FALSE(parse_origin(""));
  EXPECT_FALSE(parse_custody("Software"));
  EXPECT_FALSE(parse_recoverability("active"));
}

}  // namespace
}  // namespace custos::key
