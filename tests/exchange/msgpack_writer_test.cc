#include "exchange/msgpack_writer.h"

#include <gtest/gtest.h>

#include <span>
#include <string>

#include "encode/hex.h"

namespace custos::exchange {
namespace {

// packed writes a JSON text and answers hexadecimal digits, or "refused: " and the number.
std::string packed(std::string_view json, std::size_t room = 1 << 20) {
  const JsonCheck check = check_json(json);
  EXPECT_EQ(check.fault, JsonFault::none) << json;
  std::string buffer(room, '#');
  BoundedWriter out(buffer);
  const std::string_view wrong = write_msgpack(check.value, out);
  if (!wrong.empty()) return "refused: " + std::string(wrong);
  return out.overflowed() ? "too large" : encode::to_hex(as_bytes(out.written()));
}

struct Case {
  std::string json, hex;
};

// The formats' first and last numbers: the specification's table "Overview".
TEST(MsgpackWriter, WritesIntegersInTheirShortestForm) {
  for (const auto& [json, hex] : std::initializer_list<Case>{
           {"0", "00"},
           {"127", "7f"},
           {"128", "cc80"},
           {"255", "ccff"},
           {"256", "cd0100"},
           {"65535", "cdffff"},
           {"65536", "ce00010000"},
           {"4294967295", "ceffffffff"},
           {"4294967296", "cf0000000100000000"},
           {"18446744073709551615", "cfffffffffffffffff"},
           {"-1", "ff"},
           {"-32", "e0"},
           {"-33", "d0df"},
           {"-128", "d080"},
           {"-129", "d1ff7f"},
           {"-32768", "d18000"},
           {"-32769", "d2ffff7fff"},
           {"-2147483648", "d280000000"},
           {"-2147483649", "d3ffffffff7fffffff"},
           {"-9223372036854775808", "d38000000000000000"},
       }) {
    EXPECT_EQ(packed(json), hex) << json;
  }
}

TEST(MsgpackWriter, RefusesWhatIsNoIntegerOf64Bits) {
  for (const char* number : {"1.0", "0.1", "1e3", "1E0", "-0", "-0.0", "18446744073709551616", "-9223372036854775809"}) {
    EXPECT_EQ(packed(std::string("[1,{\"a\":[") + number + "]}]"), std::string("refused: ") + number);
  }
}

TEST(MsgpackWriter, WritesContainersAndWordsInTheirOrder) {
  EXPECT_EQ(packed("null"), "c0");
  EXPECT_EQ(packed("false"), "c2");
  EXPECT_EQ(packed("true"), "c3");
  EXPECT_EQ(packed("[]"), "90");
  EXPECT_EQ(packed("{}"), "80");
  EXPECT_EQ(packed(R"({"b":1,"a":[true,{"c":null}]})"), "82a16201a16192c381a163c0");
  EXPECT_EQ(packed(" { \"b\" : 1 , \"a\" : [ ] } "), "82a16201a16190");
}

TEST(MsgpackWriter, CountsContainersOfEverySize) {
  const auto array_of = [](std::size_t n) {
    std::string text = "[";
    for (std::size_t i = 0; i < n; ++i) text += i == 0 ? "0" : ",0";
    return text + "]";
  };
  const auto map_of = [](std::size_t n) {
    std::string text = "{";
    for (std::size_t i = 0; i < n; ++i) text += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":0";
    return text + "}";
  };
  EXPECT_EQ(packed(array_of(15)).substr(0, 4), "9f00");
  EXPECT_EQ(packed(array_of(16)).substr(0, 8), "dc001000");
  EXPECT_EQ(packed(array_of(65535)).substr(0, 8), "dcffff00");
  EXPECT_EQ(packed(array_of(65536)).substr(0, 12), "dd0001000000");
  EXPECT_EQ(packed(map_of(15)).substr(0, 4), "8fa1");
  EXPECT_EQ(packed(map_of(16)).substr(0, 8), "de0010a1");
}

TEST(MsgpackWriter, UndoesEscapesBeforeItCounts) {
  const auto string_of = [](std::size_t n) { return '"' + std::string(n, 'a') + '"'; };
  EXPECT_EQ(packed(R"("")"), "a0");
  EXPECT_EQ(packed(string_of(31)).substr(0, 4), "bf61");
  EXPECT_EQ(packed(string_of(32)).substr(0, 6), "d92061");
  EXPECT_EQ(packed(string_of(256)).substr(0, 8), "da010061");
  EXPECT_EQ(packed(string_of(65536)).substr(0, 12), "db0001000061");
  EXPECT_EQ(packed(R"("\u0061\/\n\"")"), packed("\"a/\\n\\\"\""));
  EXPECT_EQ(packed(R"("\u0061b")"), "a26162");
  EXPECT_EQ(packed(R"("\ud834\udd1e")"), "a4f09d849e");
  EXPECT_EQ(packed("\"" + std::string(31, 'a') + "\\n\""), "d920" + encode::to_hex(as_bytes(std::string(31, 'a') + "\n")));
  EXPECT_EQ(packed(R"({"\u0061":"\u0062"})"), "81a161a162");
}

TEST(MsgpackWriter, WritesNothingBeyondItsBuffer) {
  const std::string json = R"({"a":[1,128,65536,"bc\u0064",null],"e":{"f":-33}})";
  const std::size_t whole = packed(json).size() / 2;
  for (std::size_t room = 0; room < whole; ++room) {
    std::string buffer(room + 16, '#');
    BoundedWriter out(std::span<char>(buffer).first(room));
    EXPECT_EQ(write_msgpack(check_json(json).value, out), "");
    EXPECT_TRUE(out.overflowed()) << room;
    EXPECT_EQ(buffer.substr(room), std::string(16, '#')) << room;
  }
  EXPECT_NE(packed(json, whole), "too large");
}

TEST(MsgpackWriter, ReadsOnlyPlainIntegers) {
  const auto read = [](std::string_view json) {
    std::uint64_t integer = 0;
    return read_integer(check_json(json).value, integer) ? std::to_string(integer) : "none";
  };
  EXPECT_EQ(read("0"), "0");
  EXPECT_EQ(read("18446744073709551615"), "18446744073709551615");
  for (const char* other : {"-1", "-0", "1.0", "1e2", "18446744073709551616", "\"1\"", "null", "[1]", "true"}) {
    EXPECT_EQ(read(other), "none") << other;
  }
}

}  // namespace
}  // namespace custos::exchange
