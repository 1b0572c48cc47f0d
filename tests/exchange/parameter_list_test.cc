#include "exchange/parameter_list.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "encode/percent.h"

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

// Listed is what a list holds and how its making ended.
struct Listed {
  Reason reason;
  std::vector<std::string> params;  // "name=value", with a "?" where the name is unknown
  friend bool operator==(const Listed&, const Listed&) = default;
};

Listed listed(SignStatus status, const ParameterList& list) {
  Listed result{static_cast<Reason>(status.native), {}};
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto [name, value] = list.at(i);
    result.params.push_back((list.id(i) == kUnknownName ? "?" : "") + std::string(name) + "=" + std::string(value));
  }
  return result;
}

TEST_F(ParameterListTest, WritesWhatParseReads) {
  constexpr std::array<std::string_view, 12> kNames{"address", "amount", "id", "orderid", "symbol", "zz",
                                                    "x.y-z_~", "a b",    "",   "a=b",     "a%41",   "ö"};
  constexpr std::array<std::string_view, 8> kValues{"", "1", "GTC", "a b&c=d", "%41", "100+1", "€", ";/?"};
  std::mt19937 random(1);
  for (int round = 0; round < 5000; ++round) {
    std::vector<NameValue> params(random() % 5);
    for (auto& [name, value] : params) {
      name = kNames[random() % (round % 2 == 0 ? 6 : kNames.size())];
      value = kValues[random() % kValues.size()];
    }
    std::string text(512, '\0');
    BoundedWriter encoded(text);
    for (const auto& [name, value] : params) {
      if (encoded.size() != 0) encoded.append('&');
      encode::percent_encode(name, encoded);
      encoded.append('=');
      encode::percent_encode(value, encoded);
    }
    Draft draft_of_parse{0};
    ParameterList parsed(table, draft_of_parse);
    const Listed expected = listed(parsed.parse(encoded.written()), parsed);

    std::string buffer(512, '\0');
    BoundedWriter out(buffer);
    Draft draft_of_write{0};
    ParameterList written(table, draft_of_write);
    ASSERT_EQ(listed(written.write(params, out), written), expected) << encoded.written();
    if (expected.reason == Reason::none) {
      ASSERT_EQ(out.written(), encoded.written());
    }
  }
}

TEST_F(ParameterListTest, WritingThatDoesNotFitIsLeftToTheWriter) {
  constexpr std::array<NameValue, 2> kParams{{{"symbol", "a b"}, {"id", "1"}}};
  constexpr std::string_view kText = "symbol=a%20b&id=1";
  for (std::size_t capacity = 0; capacity < kText.size(); ++capacity) {
    std::string buffer(kText.size(), '#');
    BoundedWriter out(std::span<char>(buffer).first(capacity));
    Draft other{0};
    EXPECT_TRUE(ParameterList(table, other).write(kParams, out).ok()) << capacity;
    EXPECT_TRUE(out.overflowed()) << capacity;
    EXPECT_EQ(buffer.substr(capacity), std::string(kText.size() - capacity, '#'));
  }
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
