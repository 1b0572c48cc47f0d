#include "facts/operation_class.h"

#include <gtest/gtest.h>

namespace custos::facts {
namespace {

using enum OperationClass;

TEST(OperationClass, IsReadBackFromItsName) {
  for (const auto name : kClassNames) {
    const auto parsed = parse_operation_class(name);
    ASSERT_TRUE(parsed) << name;
    EXPECT_EQ(to_string(*parsed), name);
  }
  EXPECT_FALSE(parse_operation_class("Read"));
  EXPECT_FALSE(parse_operation_class(""));
}

TEST(ClassSet, HasWhatWasAdded) {
  ClassSet set{read, withdraw};
  EXPECT_TRUE(set.has(read));
  EXPECT_FALSE(set.has(trade));
  set.remove(read);
  EXPECT_EQ(set, ClassSet{withdraw});
}

TEST(ClassSet, WithoutLeavesTheRest) {
  EXPECT_EQ((ClassSet{read, trade, withdraw}.without({trade, manage})), (ClassSet{read, withdraw}));
  EXPECT_TRUE((ClassSet{read, trade}.has_all({read})));
  EXPECT_FALSE((ClassSet{read}.has_all({read, trade})));
  EXPECT_TRUE(ClassSet().empty());
}

}  // namespace
}  // namespace custos::facts
