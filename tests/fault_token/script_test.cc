#include "script.h"

#include <gtest/gtest.h>
#include <p11-kit/pkcs11.h>

#include <array>
#include <utility>

#include "values.h"

namespace fault_token {
namespace {

Script parsed(std::string_view text) {
  auto result = parse_script(text);
  if (const auto* malformed = std::get_if<Malformed>(&result)) {
    ADD_FAILURE() << "line " << malformed->line << ": " << malformed->why;
    return {};
  }
  return std::get<Script>(result);
}

TEST(Script, ReadsEveryOptionOfACallRule) {
  const auto script = parsed("C_Sign rv=CKR_DEVICE_ERROR delay_ms=50 after=10 count=3");
  ASSERT_EQ(script.call_rules.size(), 1U);
  const auto& rule = script.call_rules[0];
  EXPECT_EQ(rule.calls, Function::C_Sign);
  EXPECT_EQ(rule.rv, CKR_DEVICE_ERROR);
  EXPECT_EQ(rule.delay.count(), 50);
  EXPECT_EQ(rule.window.after, 10U);
  EXPECT_EQ(rule.window.count, 3U);
}

TEST(Script, ReadsARuleForAllFunctions) {
  const auto script = parsed("C_* rv=CKR_DEVICE_REMOVED");
  ASSERT_EQ(script.call_rules.size(), 1U);
  EXPECT_TRUE(covers(script.call_rules[0].calls, Function::C_Login));
  EXPECT_TRUE(covers(script.call_rules[0].calls, Function::C_Sign));
}

TEST(Script, ReadsFlagsCapLossAndSpoiledAnswers) {
  const auto script = parsed(
      "token_flags set=CKF_USER_PIN_FINAL_TRY|CKF_USER_PIN_COUNT_LOW clear=CKF_RNG\n"
      "session_cap 4\n"
      "lose_sessions once before=C_Sign after=2\n"
      "alter_attributes after=3 count=1\n"
      "cut_signatures after=1\n"
      "bip32 ibm\n");
  EXPECT_EQ(script.set_token_flags, CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_COUNT_LOW);
  EXPECT_EQ(script.clear_token_flags, CKF_RNG);
  EXPECT_EQ(script.session_cap, 4U);
  ASSERT_TRUE(script.loss);
  EXPECT_EQ(script.loss->before, Function::C_Sign);
  EXPECT_FALSE(script.loss->window.takes(2));
  EXPECT_TRUE(script.loss->window.takes(3));
  EXPECT_FALSE(script.loss->window.takes(4));
  const auto& [attributes, signatures, cuts] = script.spoils;
  ASSERT_TRUE(attributes);
  EXPECT_FALSE(attributes->takes(3));
  EXPECT_TRUE(attributes->takes(4));
  EXPECT_FALSE(signatures);
  ASSERT_TRUE(cuts);
  EXPECT_FALSE(cuts->takes(1));
  EXPECT_TRUE(cuts->takes(2));
  EXPECT_EQ(script.bip32, Bip32Vendor::ibm);
}

TEST(Script, LeavesOutCommentsAndBlankLines) {
  const auto script = parsed("# a comment\n\n   \t\r\nC_Sign rv=0x31 # another\r\n");
  ASSERT_EQ(script.call_rules.size(), 1U);
  EXPECT_EQ(script.call_rules[0].rv, CKR_DEVICE_MEMORY);
}

TEST(Script, RefusesAMalformedLineAndNamesIt) {
  const std::array<std::pair<std::string_view, std::string_view>, 21> bad{{
      {"bip32", "bip32 needs one vendor"},
      {"bip32 nobody", "cannot read the value of 'bip32'"},
      {"C_Signature rv=CKR_OK", "unknown rule 'C_Signature'"},
      {"C_Sign", "a rule for calls needs rv or delay_ms"},
      {"C_Sign after=3", "a rule for calls needs rv or delay_ms"},
      {"C_Sign rv=CKR_NO_SUCH", "cannot read the value of 'rv'"},
      {"C_Sign rv=", "cannot read the value of 'rv'"},
      {"C_Sign rv=0x", "cannot read the value of 'rv'"},
      {"C_Sign rv=CKR_OK count=-1", "cannot read the value of 'count'"},
      {"C_Sign rv=CKR_OK count=1x", "cannot read the value of 'count'"},
      {"C_Sign rv=CKR_OK when=later", "unknown option 'when'"},
      {"C_Sign delay_ms=soon", "cannot read the value of 'delay_ms'"},
      {"token_flags", "token_flags needs set or clear"},
      {"token_flags set=CKF_NO_SUCH", "cannot read the value of 'set'"},
      {"token_flags keep=CKF_RNG", "unknown option 'keep'"},
      {"session_cap", "session_cap needs one number"},
      {"session_cap many", "cannot read the value of 'session_cap'"},
      {"lose_sessions", "lose_sessions needs 'once'"},
      {"lose_sessions once count=2", "unknown option 'count'"},
      {"alter_attributes CKA_SIGN", "unknown option 'CKA_SIGN'"},
      {"alter_signatures rv=CKR_OK", "unknown option 'rv'"},
  }};
  for (const auto& [line, why] : bad) {
    const auto result = parse_script("# first\n" + std::string(line) + "\nC_Sign rv=CKR_OK\n");
    const auto* malformed = std::get_if<Malformed>(&result);
    ASSERT_NE(malformed, nullptr) << line;
    EXPECT_EQ(malformed->line, 2U) << line;
    EXPECT_EQ(malformed->why, why) << line;
  }
}

TEST(Script, KnowsEveryFunctionByName) {
  EXPECT_EQ(kFunctionNames.size(), 68U) << "PKCS#11 2.40, section 4.6";
  for (const auto name : kFunctionNames) {
    const auto function = parse_function(name);
    ASSERT_TRUE(function) << name;
    EXPECT_EQ(name_of(*function), name);
  }
}

TEST(Script, NamesReturnValuesAsItReadsThem) {
  for (const CK_RV rv : {CKR_OK, CKR_PIN_INCORRECT, CKR_OPERATION_NOT_INITIALIZED, CKR_SESSION_HANDLE_INVALID}) {
    EXPECT_EQ(parse_return_value(return_value_name(rv)), rv);
  }
  EXPECT_EQ(return_value_name(0x80000001UL), "0x80000001");
  EXPECT_EQ(parse_return_value("0x80000001"), 0x80000001UL);
}

}  // namespace
}  // namespace fault_token
