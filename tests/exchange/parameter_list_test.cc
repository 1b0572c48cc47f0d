#include "exchange/parameter_list.h"

#include <gtest/gtest.h>

#include <string>

namespace custos::exchange {
namespace {

class ParameterListTest : public ::testing::Test {
 protected:
  ParameterListTest() {
    for (const auto name : {"address", "amount", "id", "orderid", "symbol"}) table.add(name);
    table.link_suffixes();
  }
  NameTable table;
  Draft draft{0};
  ParameterList list{table, draft};
};

TEST_F(ParameterListTest, AnEmptyTextHasNoParameters) {
  EXPECT_TRUE(list.parse("").ok());
  EXPECT_EQ(list.size(), 0U);
}

TEST_F(ParameterListTest, ReadsNamesAndValuesInOrder) {
  ASSERT_TRUE(list.parse("symbol=A&zz=").ok());
  ASSERT_TRUE(list.parse("id=1").ok());
  ASSERT_EQ(list.size(), 3U);
  EXPECT_EQ(list.at(1).name, "zz");
  EXPECT_EQ(list.at(1).value, "");
  EXPECT_EQ(list.id(1), kUnknownName);
  EXPECT_TRUE(list.present().has(table.find("id")));
  EXPECT_EQ(list.value_of(table.find("id")), "1");
}

TEST_F(ParameterListTest, DecodesIntoTheWriter) {
  ASSERT_TRUE(list.parse("symbol=a%20b+c&id=1").ok());
  std::array<char, 16> buffer;
  BoundedWriter out(buffer);
  ASSERT_TRUE(list.decode(out).ok());
  EXPECT_EQ(list.at(0).value, "a b c");
  EXPECT_EQ(list.at(1).value, "1");
  EXPECT_EQ(out.size(), 5U) << "plain values are not copied";
}

TEST_F(ParameterListTest, DecodingThatDoesNotFitIsLeftToTheWriter) {
  ASSERT_TRUE(list.parse("symbol=%41%42%43").ok());
  std::array<char, 2> buffer;
  BoundedWriter out(buffer);
  EXPECT_TRUE(list.decode(out).ok());
  EXPECT_TRUE(out.overflowed());
}

TEST_F(ParameterListTest, TailsOfNamesAreFormable) {
  ASSERT_TRUE(list.parse("orderid=1&xamount=2").ok());
  const NameSet names = formable(list, table);
  EXPECT_TRUE(names.has(table.find("orderid")));
  EXPECT_TRUE(names.has(table.find("id"))) << "a split inside orderid";
  EXPECT_TRUE(names.has(table.find("amount"))) << "a split inside a name that no table has";
  EXPECT_FALSE(names.has(table.find("address")));
}

TEST_F(ParameterListTest, GluingFindsNamesThatOnlyTheJoinForms) {
  EXPECT_EQ(glued_name("xaddr", "ess", table), "address");
  EXPECT_EQ(glued_name("%61%64dr", "ess", table), "address");
  EXPECT_EQ(glued_name("x%6", "1ddress", table), "");
  EXPECT_EQ(glued_name("GTC", "symbol", table), "");
  EXPECT_EQ(glued_name("", "address", table), "") << "the body's own name is not glued";
  EXPECT_EQ(glued_name("order", "id", table), "orderid");
  EXPECT_EQ(glued_name(std::string(5000, 'x') + "addr", "ess", table), "address");
}

}  // namespace
}  // namespace custos::exchange
