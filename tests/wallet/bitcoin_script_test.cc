#include "wallet/bitcoin/script.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "encode/hex.h"
#include "hash/ripemd160.h"

namespace custos::wallet::btc {
namespace {

Bytes hex(const std::string& text) { return *encode::from_hex(text); }

// Repeated bytes as hexadecimal.
std::string times(std::string_view pair, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += pair;
  return text;
}

const std::string kKey = "02" + times("11", 32);
const std::string kOtherKey = "03" + times("22", 32);
const std::string kLongKey = "04" + times("33", 64);
const std::string kXOnly = times("44", 32);

struct Form {
  std::string script;
  ScriptKind kind;
  std::string subject{};
  int version = 0;
};

TEST(BitcoinScript, ClassifiesEachForm) {
  const std::string hash20 = times("ab", 20), hash32 = times("cd", 32);
  for (const auto& form : std::initializer_list<Form>{
           {"21" + kKey + "ac", ScriptKind::p2pk, kKey},
           {"41" + kLongKey + "ac", ScriptKind::p2pk, kLongKey},
           {"21" + ("05" + times("11", 32)) + "ac", ScriptKind::unknown},
           {"76a914" + hash20 + "88ac", ScriptKind::p2pkh, hash20},
           {"76a914" + hash20 + "88ad", ScriptKind::unknown},
           {"76a914" + hash20 + "88ac00", ScriptKind::unknown},
           {"76a94c14" + hash20 + "88ac", ScriptKind::unknown},
           {"a914" + hash20 + "87", ScriptKind::p2sh, hash20},
           {"0014" + hash20, ScriptKind::p2wpkh, hash20},
           {"0020" + hash32, ScriptKind::p2wsh, hash32},
           {"5120" + hash32, ScriptKind::p2tr, hash32, 1},
           {"5114" + hash20, ScriptKind::witness_unknown, hash20, 1},
           {"6020" + hash32, ScriptKind::witness_unknown, hash32, 16},
           {"51024e73", ScriptKind::witness_unknown, "4e73", 1},
           {"0013" + times("ab", 19), ScriptKind::witness_unknown, times("ab", 19), 0},
           {"5101aa", ScriptKind::unknown},
           {"5129" + times("aa", 41), ScriptKind::unknown},
           {"6a", ScriptKind::op_return, ""},
           {"6a0401020304", ScriptKind::op_return, "0401020304"},
           {"5121" + kKey + "51ae", ScriptKind::multisig},
           {"", ScriptKind::unknown},
           {"00", ScriptKind::unknown},
       }) {
    const Bytes script = hex(form.script);
    const auto found = classify(script);
    EXPECT_EQ(to_string(found.kind), to_string(form.kind)) << form.script;
    EXPECT_EQ(encode::to_hex(found.subject), form.subject) << form.script;
    EXPECT_EQ(found.version, form.version) << form.script;
  }
}

TEST(BitcoinScript, TheWrittenFormsAreTheClassifiedOnes) {
  const Bytes hash20(20, 0xab), hash32(32, 0xcd);
  EXPECT_EQ(classify(p2pkh_script(hash20)).kind, ScriptKind::p2pkh);
  EXPECT_EQ(classify(p2sh_script(hash20)).kind, ScriptKind::p2sh);
  EXPECT_EQ(classify(p2wpkh_script(hash20)).kind, ScriptKind::p2wpkh);
  EXPECT_EQ(classify(p2wsh_script(hash32)).kind, ScriptKind::p2wsh);
  EXPECT_EQ(classify(p2tr_script(hash32)).kind, ScriptKind::p2tr);
}

TEST(BitcoinScript, PushesThatTheScriptDoesNotHoldWholeAreMalformed) {
  for (const std::string& text : std::vector<std::string>{"01", "4b" + times("00", 74), "4c", "4c01", "4d01", "4d0100",
                                                          "4e000000", "4effffffff", "4effffff7f00", "ac02ff"}) {
    const Bytes script = hex(text);
    ScriptReader reader(script);
    while (reader.next()) {
    }
    EXPECT_TRUE(reader.malformed()) << text;
    EXPECT_FALSE(keys_in(script)) << text;
    EXPECT_FALSE(read_pushes(script)) << text;
    EXPECT_EQ(classify(script).kind, ScriptKind::unknown);
  }
}

TEST(BitcoinScript, PushesAreReadAsTheyAreWritten) {
  for (const std::size_t size : {0U, 1U, 2U, 75U, 76U, 255U, 256U, 520U, 65535U, 65536U}) {
    for (const std::uint8_t byte : Bytes{0x00, 0x01, 0x10, 0x11, 0x80, 0x81, 0xff}) {
      const Bytes data(size, byte);
      Bytes script;
      put_push(script, data);
      const auto pushes = read_pushes(script);
      ASSERT_TRUE(pushes) << size << " of " << int{byte};
      EXPECT_EQ(*pushes, std::vector<Bytes>{data});
    }
  }
}

TEST(BitcoinScript, PushesThatAreNotTheShortestAreNotRead) {
  for (const std::string& text :
       {std::string("0101"), std::string("0110"), std::string("0181"), std::string("4c0102"), "4c4b" + times("00", 75),
        "4dff00" + times("00", 255), "4effff0000" + times("00", 65535), std::string("50"), std::string("ac")}) {
    EXPECT_FALSE(read_pushes(hex(text))) << text.substr(0, 12);
  }
}

TEST(BitcoinScript, FindsKeysInAScript) {
  const Bytes script = hex("6321" + kKey + "67" + "21" + kOtherKey + "6841" + kLongKey + "ac20" + kXOnly);
  const auto keys = keys_in(script);
  ASSERT_TRUE(keys);
  ASSERT_EQ(keys->size(), 3U);
  EXPECT_EQ(encode::to_hex((*keys)[0]), kKey);
  EXPECT_EQ(encode::to_hex((*keys)[2]), kLongKey);
  EXPECT_TRUE(mentions_key(script, hex(kOtherKey)));
  EXPECT_FALSE(mentions_key(script, hex("02" + times("99", 32))));
  EXPECT_TRUE(mentions_x_only_key(script, hex(kXOnly)));
}

TEST(BitcoinScript, AHashOfTheKeyMentionsIt) {
  const Bytes key = hex(kKey);
  EXPECT_TRUE(mentions_key(p2pkh_script(hash::hash160(key)), key));
  Bytes cut = p2pkh_script(hash::hash160(key));
  cut.push_back(0x05);  // a push that is not there
  EXPECT_FALSE(mentions_key(cut, key));
}

TEST(BitcoinScript, AKeyInsideOtherDataDoesNotMentionIt) { EXPECT_FALSE(mentions_key(hex("22" + kKey + "00"), hex(kKey))); }

TEST(BitcoinScript, ReadsMultisig) {
  const Bytes script = hex("5221" + kKey + "21" + kOtherKey + "41" + kLongKey + "53ae");
  const auto multisig = read_multisig(script);
  ASSERT_TRUE(multisig);
  EXPECT_EQ(multisig->required, 2U);
  ASSERT_EQ(multisig->keys.size(), 3U);
  EXPECT_EQ(encode::to_hex(multisig->keys[1]), kOtherKey);
}

std::string many_keys(const std::string& required, std::size_t count, const std::string& count_text) {
  return required + times("21" + kKey, count) + count_text + "ae";
}

TEST(BitcoinScript, MultisigHasAtMostTwentyKeys) {
  EXPECT_TRUE(read_multisig(hex(many_keys("60", 16, "60"))));
  EXPECT_TRUE(read_multisig(hex(many_keys("0111", 17, "0111"))));
  EXPECT_TRUE(read_multisig(hex(many_keys("51", 20, "0114"))));
  EXPECT_FALSE(read_multisig(hex(many_keys("51", 21, "0115"))));
}

TEST(BitcoinScript, MultisigThatIsNotWholeIsNotRead) {
  for (const std::string& text :
       {many_keys("00", 2, "52"), many_keys("53", 2, "52"), many_keys("51", 2, "53"), many_keys("51", 2, "51"),
        many_keys("0101", 2, "52"), many_keys("51", 2, "52") + "ae", many_keys("51", 2, "52").substr(2), std::string("51ae"),
        std::string("ae"), std::string("5151ae"), std::string("4cae"), "5121" + times("00", 33) + "51ae", std::string("5100ae"),
        "514c21" + kKey + "51ae", "514f21" + kKey + "51ae"}) {
    EXPECT_FALSE(read_multisig(hex(text))) << text;
  }
}

TEST(BitcoinScript, ReadsMultiA) {
  const std::string a = "20" + times("aa", 32), b = "20" + times("bb", 32), c = "20" + times("cc", 32);
  const auto one = read_multi_a(hex(a + "ac"));
  ASSERT_TRUE(one);
  EXPECT_EQ(one->required, 1U);
  const Bytes script = hex(a + "ac" + b + "ba" + c + "ba" + "529c");
  const auto two = read_multi_a(script);
  ASSERT_TRUE(two);
  EXPECT_EQ(two->required, 2U);
  ASSERT_EQ(two->keys.size(), 3U);
  EXPECT_EQ(encode::to_hex(two->keys[2]), times("cc", 32));
  for (const std::string& text : {a, a + "ba", a + "ad", a + "ac" + b + "ac529c", a + "ac" + b + "ba", a + "ac" + b + "ba539c",
                                  a + "ac" + b + "ba009c", a + "ac" + b + "ba52", a + "ac" + b + "ba529cac",
                                  a + "ac" + b + "ba5287", std::string(), a + "ac20aa", "21" + kKey + "ac"}) {
    EXPECT_FALSE(read_multi_a(hex(text))) << text;
  }
}

TEST(BitcoinScript, MultiATakesCountsOfTwoBytes) {
  std::string script = "20" + kXOnly + "ac" + times("20" + kXOnly + "ba", 299);
  const auto read = read_multi_a(hex(script + "02c8009c"));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->required, 200U);
  EXPECT_FALSE(read_multi_a(hex(script + "0264009c")));  // 100 in two bytes
  EXPECT_FALSE(read_multi_a(hex(script + "022d019c")));  // 301 of 300
  EXPECT_FALSE(read_multi_a(hex(script + times("20" + kXOnly + "ba", 700) + "519c")));
}

}  // namespace
}  // namespace custos::wallet::btc
