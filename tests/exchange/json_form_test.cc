#include "exchange/json_form.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace custos::exchange {
namespace {

std::string form_of(std::string_view json, FormText text) {
  const JsonCheck check = check_json(json);
  EXPECT_EQ(check.fault, JsonFault::none) << json;
  std::array<char, 256> buffer;
  BoundedWriter out(buffer);
  out.append("before:");
  const JsonValue wrong = write_json_form(check.value, text, out);
  if (wrong) return "wrong: " + std::string(wrong.raw);
  if (out.overflowed()) return "overflowed";
  return std::string(out.since(7));
}

TEST(JsonForm, WritesMembersInTheirOrder) {
  EXPECT_EQ(form_of(R"( {"b":"x y","a":1.50,"c":true} )", FormText::plain), "b=x y&a=1.50&c=true");
  EXPECT_EQ(form_of(R"({"b":"x y/é","a":1.50,"c":false})", FormText::percent), "b=x%20y%2F%C3%A9&a=1.50&c=false");
  EXPECT_EQ(form_of("{}", FormText::plain), "");
}

TEST(JsonForm, WritesEveryElementOfAnArray) {
  EXPECT_EQ(form_of(R"({"a":["1","2"],"b[]":[3],"c":[]})", FormText::plain), "a[]=1&a[]=2&b[]=3");
  EXPECT_EQ(form_of(R"({"a":[{"b":1}]})", FormText::percent), "a[]=%7B%22b%22%3A1%7D");
}

TEST(JsonForm, UndoesEscapes) { EXPECT_EQ(form_of(R"({"\u0061":"\"\u00e9"})", FormText::plain), "a=\"é"); }

TEST(JsonForm, HasNoFormForWhatReadsAsAnotherParameter) {
  EXPECT_EQ(form_of(R"({"a":"1&b=2"})", FormText::plain), R"(wrong: "a")");
  EXPECT_EQ(form_of(R"({"a":["1","2\u0026b=2"]})", FormText::plain), R"(wrong: "a")");
  EXPECT_EQ(form_of(R"({"a":"1&b=2"})", FormText::percent), "a=1%26b%3D2");
  for (const FormText text : {FormText::plain, FormText::percent}) {
    EXPECT_EQ(form_of(R"({"a&b":"1"})", text), R"(wrong: "a&b")");
    EXPECT_EQ(form_of(R"({"a=b":"1"})", text), R"(wrong: "a=b")");
    EXPECT_EQ(form_of(R"({"":"1"})", text), R"(wrong: "")");
  }
}

TEST(JsonForm, HasNoFormForOtherValues) {
  for (const FormText text : {FormText::plain, FormText::percent}) {
    EXPECT_EQ(form_of(R"({"x":1,"a":null})", text), R"(wrong: "a")");
    EXPECT_EQ(form_of(R"({"a":{"b":1}})", text), R"(wrong: "a")");
    EXPECT_EQ(form_of(R"({"a":[[1]]})", text), R"(wrong: "a")");
    EXPECT_EQ(form_of("[1]", text), "wrong: [1]");
  }
  EXPECT_EQ(form_of(R"({"a":[{"b":1}]})", FormText::plain), R"(wrong: "a")");
}

TEST(JsonForm, SaysWhenItDoesNotFit) {
  EXPECT_EQ(form_of("{\"a\":\"" + std::string(250, 'x') + "\"}", FormText::plain), "overflowed");
  EXPECT_EQ(form_of("{\"a\":\"" + std::string(90, ' ') + "\"}", FormText::percent), "overflowed");
}

}  // namespace
}  // namespace custos::exchange
