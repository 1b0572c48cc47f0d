#include "script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <p11-kit/pkcs11.h>

#include <utility>

#include "values.h"

namespace fault_token {
namespace {

using ::testing::ElementsAre;

Script parsed(std::string_view text) {
  auto result = parse_script(text);
  if (const auto* malformed = std::get_if<Malformed>(&result)) {
    ADD_FAILURE() << "line " << malformed->line << ": " << malformed->why;
    return {};
  }
  return std::get<Script>(result);
}

// taken counts up to `calls` calls and gives those that the window takes.
std::vector<int> taken(Window window, int calls) {
  std::vector<int> numbers;
  for (int nth = 1; nth <= calls; ++nth) {
    if (window.next()) numbers.push_back(nth);
  }
  return numbers;
}

TEST(Script, ReadsEveryOptionOfACallRule) {
  const auto script = parsed(
      "C_Sign rv=CKR_DEVICE_ERROR then_rv=CKR_OK delay_ms=50 hang raise=SIGPIPE chance=0.25 seed=7 after=10 count=3\n"
      "C_Sign delay_us=20..30\n"
      "C_Sign latency p50_us=100 p99_us=900\n");
  ASSERT_EQ(script.call_rules.size(), 3U);
  const auto& rule = script.call_rules[0];
  EXPECT_EQ(rule.calls, Function::C_Sign);
  EXPECT_EQ(rule.rv, CKR_DEVICE_ERROR);
  EXPECT_EQ(rule.then_rv, CKR_OK);
  EXPECT_EQ(rule.shortest_us, 50'000U);
  EXPECT_EQ(rule.longest_us, 50'000U);
  EXPECT_TRUE(rule.hangs);
  EXPECT_TRUE(rule.raises_sigpipe);
  EXPECT_EQ(rule.chance, 0.25);
  EXPECT_EQ(rule.random, std::mt19937_64(7));
  EXPECT_THAT(taken(rule.window, 20), ElementsAre(11, 12, 13));
  EXPECT_EQ(script.call_rules[1].shortest_us, 20U);
  EXPECT_EQ(script.call_rules[1].longest_us, 30U);
  EXPECT_EQ(script.call_rules[2].p50_us, 100U);
  EXPECT_EQ(script.call_rules[2].p99_us, 900U);
}

TEST(Script, DrawsDelaysAndChancesAsItsSeedSays) {
  for (const std::string_view line : {"C_Sign delay_us=100..200", "C_Sign latency p50_us=100 p99_us=900 seed=3"}) {
    auto rule = parsed(line).call_rules.at(0);
    auto again = rule;
    for (int i = 0; i < 100; ++i) EXPECT_EQ(rule.draw_delay(), again.draw_delay());
  }
  auto uniform = parsed("C_Sign delay_us=100..200").call_rules.at(0);
  auto log_normal = parsed("C_Sign latency p50_us=100 p99_us=900").call_rules.at(0);
  auto rare = parsed("C_Sign rv=CKR_DEVICE_ERROR chance=0.1").call_rules.at(0);
  int over_p50 = 0, over_p99 = 0, fell = 0;
  for (int i = 0; i < 10'000; ++i) {
    const auto even = uniform.draw_delay().count();
    EXPECT_TRUE(100 <= even && even <= 200) << even;
    const auto us = log_normal.draw_delay().count();
    over_p50 += us > 100 ? 1 : 0;
    over_p99 += us > 900 ? 1 : 0;
    fell += rare.takes() ? 1 : 0;
  }
  EXPECT_NEAR(over_p50, 5'000, 250);
  EXPECT_NEAR(over_p99, 100, 50);
  EXPECT_NEAR(fell, 1'000, 150);
}

TEST(Script, ReadsARuleForAllFunctions) {
  const auto script = parsed("C_* rv=CKR_DEVICE_REMOVED");
  ASSERT_EQ(script.call_rules.size(), 1U);
  EXPECT_TRUE(covers(script.call_rules[0].calls, Function::C_Login));
  EXPECT_TRUE(covers(script.call_rules[0].calls, Function::C_Sign));
}

TEST(Script, ReadsEvents) {
  const auto script = parsed(
      "lose_sessions once before=C_Sign after=2\n"
      "restart before=C_SignInit stranger_key count=2\n"
      "away before=C_Login rv=CKR_DEVICE_REMOVED until=finalize\n"
      "wrong_key after=1 count=1\n"
      "alter_attributes after=3 count=1\n"
      "audit_log 5\n");
  EXPECT_EQ(script.loss->before, Function::C_Sign);
  EXPECT_THAT(taken(script.loss->window, 5), ElementsAre(3));
  EXPECT_EQ(script.restart->before, Function::C_SignInit);
  EXPECT_TRUE(script.restart->stranger_key);
  EXPECT_THAT(taken(script.restart->window, 5), ElementsAre(1, 2));
  EXPECT_EQ(script.away->before, Function::C_Login);
  EXPECT_EQ(script.away->rv, CKR_DEVICE_REMOVED);
  EXPECT_FALSE(script.away->lasts);
  EXPECT_THAT(taken(script.away->window, 5), ElementsAre(1));
  EXPECT_THAT(taken(*script.wrong_key, 5), ElementsAre(2));
  EXPECT_THAT(taken(*script.alter_attributes, 5), ElementsAre(4));
  EXPECT_THAT(taken(*script.audit_log, 8), ElementsAre(6, 7, 8));
  EXPECT_EQ(parsed("away rv=CKR_DEVICE_ERROR until=250").away->lasts, std::chrono::milliseconds(250));
}

TEST(Script, ReadsWhatBecomesOfSignatures) {
  using Change = SignatureRule::Change;
  const auto rules = parsed(
                         "alter_signature flip count=1\n"
                         "alter_signature truncate=3 after=1\n"
                         "alter_signature extend=8\n"
                         "alter_signature high_s\n")
                         .signature_rules;
  ASSERT_EQ(rules.size(), 4U);
  EXPECT_EQ(rules[0].change, Change::flip);
  EXPECT_THAT(taken(rules[0].window, 3), ElementsAre(1));
  EXPECT_EQ(rules[1].change, Change::truncate);
  EXPECT_EQ(rules[1].bytes, 3U);
  EXPECT_THAT(taken(rules[1].window, 3), ElementsAre(2, 3));
  EXPECT_EQ(rules[2].change, Change::extend);
  EXPECT_EQ(rules[2].bytes, 8U);
  EXPECT_EQ(rules[3].change, Change::high_s);
}

TEST(Script, ReadsBehaviours) {
  const auto told = parsed(
                        "token_flags set=CKF_USER_PIN_FINAL_TRY|CKF_USER_PIN_COUNT_LOW clear=CKF_RNG\n"
                        "session_cap 4\n"
                        "message_limit 3100\n"
                        "threads 1\n"
                        "slot_offset 7\n"
                        "pin_lock tries=3\n"
                        "bip32 ibm\n"
                        "key_types sha_hmac\n"
                        "ec_params printable\n"
                        "idle_expiry ms=30 rv=CKR_DEVICE_ERROR until=finalize\n"
                        "info manufacturer=\"Yubico (www.yubico.com)\" library=X\n"
                        "token_info manufacturer=Maker model=\"HSM 2\" max_sessions=0\n"
                        "attribute CKA_LOCAL=1\n"
                        "attribute CKA_EC_POINT=raw\n"
                        "unreadable CKA_KEY_TYPE\n"
                        "wrong_generic_mac\ntoken_objects_only\nrw_sessions_only\nno_callbacks\nwraps_unextractable\n")
                        .behaviours;
  EXPECT_EQ(told.set_token_flags, CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_COUNT_LOW);
  EXPECT_EQ(told.clear_token_flags, CKF_RNG);
  EXPECT_EQ(told.session_cap, 4U);
  EXPECT_EQ(told.message_limit, 3100U);
  EXPECT_EQ(told.threads, 1U);
  EXPECT_EQ(told.slot_offset, 7U);
  EXPECT_EQ(told.pin_tries, 3U);
  EXPECT_EQ(told.bip32, Bip32Vendor::ibm);
  EXPECT_EQ(told.key_types, KeyTypes::sha_hmac);
  EXPECT_EQ(told.ec_params, EcParams::printable);
  EXPECT_EQ(told.idle_expiry->limit, std::chrono::milliseconds(30));
  EXPECT_EQ(told.idle_expiry->rv, CKR_DEVICE_ERROR);
  EXPECT_EQ(told.idle_expiry->cure, IdleExpiry::Cure::finalize);
  EXPECT_EQ(told.module_manufacturer, "Yubico (www.yubico.com)");
  EXPECT_EQ(told.module_library, "X");
  EXPECT_EQ(told.token_manufacturer, "Maker");
  EXPECT_EQ(told.token_model, "HSM 2");
  EXPECT_EQ(told.most_sessions, 0U);
  ASSERT_EQ(told.attributes.size(), 2U);
  EXPECT_EQ(told.attributes[0].type, CKA_LOCAL);
  EXPECT_EQ(told.attributes[0].value, 1U);
  EXPECT_EQ(told.attributes[1].type, CKA_EC_POINT);
  EXPECT_FALSE(told.attributes[1].value);
  EXPECT_THAT(told.unreadable, ElementsAre(CKA_KEY_TYPE));
  EXPECT_TRUE(told.wrong_generic_mac && told.token_objects_only && told.rw_sessions_only && told.no_callbacks &&
              told.wraps_unextractable);
}

TEST(Script, LeavesOutCommentsAndBlankLines) {
  const auto script = parsed("# a comment\n\n   \t\r\nC_Sign rv=0x31 # another\r\n");
  ASSERT_EQ(script.call_rules.size(), 1U);
  EXPECT_EQ(script.call_rules[0].rv, CKR_DEVICE_MEMORY);
}

TEST(Script, RefusesAMalformedLineAndNamesIt) {
  const std::vector<std::pair<std::string_view, std::string_view>> bad{
      {"C_Signature rv=CKR_OK", "unknown rule 'C_Signature'"},
      {"C_Sign", "a rule for calls needs rv, then_rv, delay_ms, delay_us, latency, hang or raise"},
      {"C_Sign after=3 chance=1", "a rule for calls needs rv, then_rv, delay_ms, delay_us, latency, hang or raise"},
      {"C_Sign rv=CKR_NO_SUCH", "cannot read the value of 'rv'"},
      {"C_Sign rv=", "cannot read the value of 'rv'"},
      {"C_Sign rv=0x", "cannot read the value of 'rv'"},
      {"C_Sign then_rv=1", "cannot read the value of 'then_rv'"},
      {"C_Sign rv=CKR_OK count=-1", "cannot read the value of 'count'"},
      {"C_Sign rv=CKR_OK count=1x", "cannot read the value of 'count'"},
      {"C_Sign rv=CKR_OK when=later", "unknown option 'when'"},
      {"C_Sign rv=CKR_OK chance=1.5", "cannot read the value of 'chance'"},
      {"C_Sign delay_ms=soon", "cannot read the value of 'delay_ms'"},
      {"C_Sign delay_us=3..2", "cannot read the value of 'delay_us'"},
      {"C_Sign latency p50_us=3", "latency needs p50_us and a greater p99_us"},
      {"C_Sign latency p50_us=3 p99_us=2", "latency needs p50_us and a greater p99_us"},
      {"C_Sign hang p50_us=3", "p50_us and p99_us are latency's"},
      {"C_Sign hang=1", "cannot read the value of 'hang'"},
      {"C_Sign raise=SIGINT", "cannot read the value of 'raise'"},
      {"bip32", "bip32 needs one value"},
      {"bip32 nobody", "cannot read the value of 'bip32'"},
      {"token_flags", "token_flags needs set or clear"},
      {"token_flags set=CKF_NO_SUCH", "cannot read the value of 'set'"},
      {"token_flags keep=CKF_RNG", "unknown option 'keep'"},
      {"session_cap", "session_cap needs one value"},
      {"session_cap many", "cannot read the value of 'session_cap'"},
      {"lose_sessions", "lose_sessions needs 'once'"},
      {"lose_sessions once count=2", "unknown option 'count'"},
      {"restart before=C_None", "cannot read the value of 'before'"},
      {"away until=finalize", "away needs rv and until"},
      {"away rv=CKR_DEVICE_ERROR", "away needs rv and until"},
      {"away rv=CKR_DEVICE_ERROR until=later", "cannot read the value of 'until'"},
      {"idle_expiry until=login", "idle_expiry needs ms"},
      {"idle_expiry ms=3 until=never", "cannot read the value of 'until'"},
      {"wrong_key once", "unknown option 'once'"},
      {"alter_attributes CKA_SIGN", "unknown option 'CKA_SIGN'"},
      {"alter_signature", "alter_signature needs flip, truncate, extend or high_s"},
      {"alter_signature twist", "cannot read the value of 'alter_signature'"},
      {"alter_signature truncate", "cannot read the value of 'truncate'"},
      {"alter_signature flip rv=CKR_OK", "unknown option 'rv'"},
      {"audit_log", "audit_log needs one value"},
      {"pin_lock", "pin_lock needs tries"},
      {"pin_lock tries=few", "cannot read the value of 'tries'"},
      {"key_types all", "cannot read the value of 'key_types'"},
      {"info serial=1", "unknown option 'serial'"},
      {"token_info label=1", "unknown option 'label'"},
      {"attribute", "attribute needs one CKA_NAME=VALUE"},
      {"attribute CKA_NONE=1", "cannot read the value of 'attribute'"},
      {"attribute CKA_LOCAL=yes", "cannot read the value of 'CKA_LOCAL'"},
      {"unreadable CKA_NONE", "cannot read the value of 'unreadable'"},
      {"no_callbacks at_all", "unknown option 'at_all'"},
  };
  for (const auto& [line, why] : bad) {
    const auto result = parse_script("# first\n" + std::string(line) + "\nC_Sign rv=CKR_OK\n");
    const auto* malformed = std::get_if<Malformed>(&result);
    ASSERT_NE(malformed, nullptr) << line;
    EXPECT_EQ(malformed->line, 2U) << line;
    EXPECT_EQ(malformed->why, why) << line;
  }
}

TEST(Script, LeavesBlanksBetweenQuotesAlone) {
  const auto told = parsed("  info  manufacturer=\"A  # B\" library=\"\"  # a comment").behaviours;
  EXPECT_EQ(told.module_manufacturer, "A  # B");
  EXPECT_EQ(told.module_library, "");
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
