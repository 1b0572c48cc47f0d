#include "exchange/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>
#include <string>
#include <vector>

#include "exchange/allocation_counter.h"
#include "support/json_compare.h"

namespace custos::exchange {
namespace {

using test::difference;
using test::text_of;

std::string repeat(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

// object_of gives an object with so many members.
std::string object_of(std::size_t names) {
  std::string text = "{";
  for (std::size_t i = 0; i < names; ++i) text += (i == 0 ? "\"n" : ",\"n") + std::to_string(i) + "\":0";
  return text + "}";
}

TEST(Json, ReadsWhatNlohmannReads) {
  // After the accepted ("y_") cases of JSONTestSuite (Nicolas Seriot), with bodies of exchanges.
  const std::vector<std::string> texts{
      "{}",
      "[]",
      " [ ] ",
      "\t{\n}\r",
      "0",
      "-0",
      "-1.25",
      "1e5",
      "1E+5",
      "0.5e-7",
      "123456789012345678901234567890",
      "true",
      "false",
      "null",
      "\"\"",
      "\"a\"",
      "[[]]",
      "[{}]",
      "{\"\":0}",
      "[1,2 , 3]",
      "[null,true,false,\"x\",-1.5e3]",
      R"({"a":{"b":[{"c":"d"},[]]},"e":null})",
      R"(["\"\\\/\b\f\n\r\t"])",
      R"(["\u00e9\u20AC\uD834\uDD1E"])",
      R"(["é€𝄞"])",
      "[\"\x7f\"]",
      R"(["\uFFFF\uDBFF\uDFFF"])",
      R"({"a\u0062c":1,"ab":2})",
      R"(["\u0022","\u005C","/*comment*/"])",
      "[1e-300]",
      R"({"symbol":"BTC-USDT","side":"buy","sz":"0.5","px":30000.10})",
      R"([{"instId":"A","ordId":"1"},{"instId":"A","ordId":"2"}])",
      R"({"type":"order","orders":[{"a":0,"b":true,"p":"1,]}\"","t":{"limit":{"tif":"Gtc"}}}]})",
  };
  for (const auto& text : texts) {
    const JsonCheck check = check_json(text);
    ASSERT_EQ(check.fault, JsonFault::none) << text << ": " << check.where;
    EXPECT_EQ(difference(check.value, nlohmann::ordered_json::parse(text)), "") << text;
  }
}

TEST(Json, RefusesWhatIsNoJson) {
  // After the refused ("n_") cases of JSONTestSuite.
  const std::vector<std::string> texts{
      "",
      " ",
      "[",
      "]",
      "{",
      "}",
      "[1,]",
      "[,1]",
      "[1,,2]",
      "[1 2]",
      "[1",
      "{\"a\"",
      "{\"a\":",
      "{\"a\":1",
      "{\"a\":1,}",
      "{,}",
      "{\"a\" 1}",
      "{\"a\"::1}",
      "{a:1}",
      "{'a':1}",
      "{1:1}",
      "{null:1}",
      "[1]]",
      "{}{}",
      "{} x",
      "1 2",
      "[1}",
      "{\"a\":1]",
      "01",
      "-",
      "-01",
      "+1",
      ".5",
      "1.",
      "1.e5",
      "1e",
      "1e+",
      "0x1F",
      "1_000",
      "NaN",
      "Infinity",
      "-Infinity",
      "[nan]",
      "True",
      "nul",
      "nulll",
      "truefalse",
      "\"",
      "\"a",
      "\"\\\"",
      "\"\\x\"",
      "\"\\u12\"",
      "\"\\u12G4\"",
      "\"\\u-123\"",
      "\"\\u+123\"",
      "\"\\u 123\"",
      "\"\\U0041\"",
      "\"\n\"",
      "\"\t\"",
      "[\"a\x01\"]",
      "//c\n1",
      "/**/1",
      "[1]#",
      "\v1",
      "\f[]",
      "[\"a\",\n4\n,1,",
      "{\"a\":\"b\"}/**/",
      "{\"a\":/*b*/1}",
      "\xC2\xA0"
      "1",
  };
  for (const auto& text : texts) {
    EXPECT_EQ(check_json(text).fault, JsonFault::malformed) << text;
    EXPECT_FALSE(nlohmann::json::accept(text)) << text;
  }
  EXPECT_EQ(check_json(std::string("[1]\0", 4)).fault, JsonFault::malformed);
  EXPECT_EQ(check_json(std::string("\"a\0b\"", 5)).fault, JsonFault::malformed);
}

TEST(Json, RefusesLoneSurrogatesAndZeroCharacters) {
  for (const std::string escapes :
       {R"(\uD800)", R"(\uDC00)", R"(\uD800x)", R"(\uD800\n)", R"(\uD800\uD800)", R"(\uDC00\uD800)", R"(\uD83D\u0041)",
        R"(\uD800\)", R"(\uD800\u)", R"(\uD800\uDC0)", R"(\u0000)", R"(a\u0000b)"}) {
    EXPECT_EQ(check_json("\"" + escapes + "\"").fault, JsonFault::malformed) << escapes;
    EXPECT_EQ(check_json("{\"" + escapes + "\":1}").fault, JsonFault::malformed) << escapes;
  }
}

TEST(Json, RefusesByteOrderMarks) {
  for (const std::string mark : {"\xEF\xBB\xBF", "\xFE\xFF", "\xFF\xFE"}) {
    const std::string text = mark + "{}";
    EXPECT_EQ(check_json(text).fault, JsonFault::byte_order_mark);
    EXPECT_EQ(check_json(text).where, mark);
  }
  EXPECT_EQ(check_json("{}\xEF\xBB\xBF").fault, JsonFault::malformed);
}

TEST(Json, RefusesTextThatIsNotUtf8) {
  for (const std::string bytes : {"\xFF", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82", "\x80"}) {
    EXPECT_EQ(check_json("[\"" + bytes + "\"]").fault, JsonFault::not_utf8);
    EXPECT_EQ(check_json("{\"" + bytes + "\":1}").fault, JsonFault::not_utf8);
    EXPECT_EQ(check_json("[" + bytes + "]").fault, JsonFault::malformed);
  }
}

TEST(Json, RefusesNumbersThatReadersMayDisagreeOn) {
  for (const std::string number : {"1e309", "-1e309", "1e999999999999999999999", "1.8e308", "1E+400", "1e-400"}) {
    EXPECT_EQ(check_json(number).fault, JsonFault::not_finite) << number;
    EXPECT_EQ(check_json(number).where, number);
  }
  EXPECT_EQ(check_json("1.7976931348623157e308").fault, JsonFault::none);
  EXPECT_EQ(check_json(repeat("9", 64)).fault, JsonFault::none);
  EXPECT_EQ(check_json(repeat("9", 65)).fault, JsonFault::not_finite);
  EXPECT_EQ(check_json("[0." + repeat("1", 62) + "]").fault, JsonFault::none);
  EXPECT_EQ(check_json("[0." + repeat("1", 63) + "]").fault, JsonFault::not_finite);
  EXPECT_EQ(check_json(repeat("9", 1'000'000)).fault, JsonFault::not_finite);
}

TEST(Json, RefusesNamesThatStandTwice) {
  const std::vector<std::string> texts{
      R"({"a":1,"a":1})",
      R"({"a":1,"b":2,"a":3})",
      R"({"a":1,"\u0061":2})",
      R"({"\u0061":1,"a":2})",
      R"({"x":[{"a":1,"a":2}]})",
      R"({"":1,"":2})",
      R"({"\n":1,"\u000a":2})",
      R"({"/":1,"\/":2})",
      R"({"é":1,"\u00e9":2})",
      R"({"😀":1,"\ud83d\uDE00":2})",
      R"({"a":{"b":1},"a":2})",
      R"({"a":{"a":1,"b":[]},"c":{},"a":2})",
      R"({"ab\u0063d":1,"a\u0062cd":2})",
      R"({"\\":1,"\u005c":2})",
  };
  for (const auto& text : texts) EXPECT_EQ(check_json(text).fault, JsonFault::repeated_name) << text;
  EXPECT_EQ(check_json(R"({"a":1,"\u0061":2})").where, R"("\u0061")");
  const std::vector<std::string> different{
      R"({"a":1,"A":2})",       R"({"a":{"a":{"a":1}}})", R"([{"a":1},{"a":2}])",        R"({"a":{"b":1},"b":{"a":2}})",
      R"({"a":1,"a ":2,"":3})", R"({"\\u0061":1,"a":2})", R"({"\u00e9":1,"e\u0301":2})",  // composed and decomposed are two names
  };
  for (const auto& text : different) EXPECT_EQ(check_json(text).fault, JsonFault::none) << text;
}

TEST(Json, TellsNamesApartWhoseHashesAreEqual) {
  // FNV-1a of 32 bits gives 0x5e4daa9d for "costarring" and "liquid", 0xe20e47d2 for the others.
  EXPECT_EQ(check_json(R"({"costarring":1,"liquid":2})").fault, JsonFault::none);
  EXPECT_EQ(check_json(R"({"declinate":1,"macallums":2,"declinate":3})").fault, JsonFault::repeated_name);
}

TEST(Json, LimitsDepth) {
  const auto nested = [](std::size_t depth) { return repeat("[", depth) + repeat("]", depth); };
  EXPECT_EQ(check_json(nested(kMaxJsonDepth)).fault, JsonFault::none);
  EXPECT_EQ(check_json(nested(kMaxJsonDepth + 1)).fault, JsonFault::too_deep);
  EXPECT_EQ(check_json(repeat("{\"a\":", kMaxJsonDepth) + "1" + repeat("}", kMaxJsonDepth)).fault, JsonFault::none);
  EXPECT_EQ(check_json(repeat("{\"a\":", kMaxJsonDepth) + "[]" + repeat("}", kMaxJsonDepth)).fault, JsonFault::too_deep);
  EXPECT_EQ(check_json(repeat("[", 1'000'000)).fault, JsonFault::too_deep);
  EXPECT_EQ(check_json(repeat("{\"a\":", 1'000'000)).fault, JsonFault::too_deep);
  EXPECT_EQ(check_json("[" + nested(kMaxJsonDepth - 1) + "," + nested(kMaxJsonDepth - 1) + "]").fault, JsonFault::none);
}

TEST(Json, LimitsNames) {
  EXPECT_EQ(check_json(object_of(kMaxJsonNames)).fault, JsonFault::none);
  EXPECT_EQ(check_json(object_of(kMaxJsonNames + 1)).fault, JsonFault::too_many_names);
  const std::string half = object_of(kMaxJsonNames / 2);
  EXPECT_EQ(check_json("{\"a\":" + half + ",\"b\":" + half + "}").fault, JsonFault::none);
  EXPECT_EQ(check_json("[" + half + "," + half + "," + half + "]").fault, JsonFault::none);
  EXPECT_EQ(check_json("{\"a\":" + object_of(kMaxJsonNames) + "}").fault, JsonFault::too_many_names);
}

TEST(Json, HostileNamesCostLittle) {
  std::string text = "[";
  for (int i = 0; i < 200; ++i) text += (i == 0 ? "" : ",") + object_of(kMaxJsonNames);
  text += "]";
  const std::clock_t before = std::clock();  // of the processor, whatever else it does
  EXPECT_EQ(check_json(text).fault, JsonFault::none);
  EXPECT_LT(std::clock() - before, 5 * CLOCKS_PER_SEC) << text.size() << " bytes";  // about 10 ms optimised
}

TEST(Json, ShowsTheOffendingPiece) {
  EXPECT_EQ(check_json("{\"a\":1} ,2").where, ",2");
  EXPECT_EQ(check_json("[1,tru]").where, "tru]");
  EXPECT_EQ(check_json("[1.x]").where, "1.x]");
  EXPECT_EQ(check_json("[\"ab").where, "\"ab");
  EXPECT_EQ(check_json("").where, "");
}

TEST(Json, GivesTheWholeWithoutWhiteSpace) {
  const JsonCheck check = check_json(" \n {\"a\" : [1, 2] }\t");
  EXPECT_EQ(check.value.raw, "{\"a\" : [1, 2] }");
  EXPECT_EQ(check.value.type, JsonType::object);
  EXPECT_EQ(member(check.value, "a").raw, "[1, 2]");
}

TEST(Json, FindsMembersByNameWithEscapesUndone) {
  const JsonValue object = check_json(R"({"a\u0062":"x\ty","":{},"n":-1.50})").value;
  EXPECT_EQ(text_of(member(object, "ab")), "x\ty");
  EXPECT_EQ(member(object, "").type, JsonType::object);
  EXPECT_EQ(text_of(member(object, "n")), "-1.50");
  EXPECT_FALSE(member(object, "a"));
  EXPECT_FALSE(member(object, "abc"));
  EXPECT_FALSE(member(check_json("[1]").value, "a"));
  EXPECT_FALSE(member(JsonValue(), "a"));
  EXPECT_TRUE(is_string(member(object, "ab"), "x\ty"));
  EXPECT_FALSE(is_string(member(object, "ab"), "x\\ty"));
  EXPECT_FALSE(is_string(member(object, "ab"), "x\tyz"));
  EXPECT_FALSE(is_string(member(object, "n"), "-1.50"));
}

TEST(Json, GoesThroughNothingButObjectsAndArrays) {
  for (const std::string text : {"1", "\"ab\"", "null", "[]", "[1]"})
    EXPECT_FALSE(JsonMembers(check_json(text).value).next()) << text;
  for (const std::string text : {"1", "\"ab\"", "null", "{}", "{\"a\":1}"})
    EXPECT_FALSE(JsonElements(check_json(text).value).next()) << text;
}

TEST(Json, WritesStringsThatReadTheSame) {
  std::string text;
  for (int c = 1; c < 128; ++c) text += static_cast<char>(c);
  text += "é€𝄞";
  std::string buffer(text.size() * 6 + 2, '\0');
  BoundedWriter out(buffer);
  out.append('"');
  const std::string inside(write_json_string(text, out));
  out.append('"');
  EXPECT_EQ(nlohmann::json::parse(out.written()).get<std::string>(), text);
  EXPECT_EQ("\"" + inside + "\"", nlohmann::json(text).dump());
  EXPECT_EQ(text_of(check_json(out.written()).value), text);
}

TEST(Json, WritesNothingPastTheBuffer) {
  std::string buffer(8, '#');
  BoundedWriter out({buffer.data(), 4});
  write_text(check_json(R"("ab\u20ac")").value, out);
  EXPECT_TRUE(out.overflowed());
  BoundedWriter again({buffer.data(), 4});
  write_json_string("\x01", again);
  EXPECT_TRUE(again.overflowed());
  EXPECT_EQ(buffer.substr(4), "####");
}

TEST(Json, AllocatesNothing) {
  const std::string text = R"({"a":[1,2e5,{"b\u0062":"é\n","c":null}],"d":)" + object_of(300) + "}";
  std::string buffer(text.size(), '\0');
  const std::size_t before = testing::allocations();
  const JsonCheck check = check_json(text);
  BoundedWriter out(buffer);
  for (JsonMembers members(check.value); members.next();) write_text(members.name(), out);
  for (JsonElements elements(member(check.value, "a")); elements.next();) write_text(elements.value(), out);
  EXPECT_EQ(testing::allocations(), before);
  EXPECT_EQ(check.fault, JsonFault::none);
}

}  // namespace
}  // namespace custos::exchange
