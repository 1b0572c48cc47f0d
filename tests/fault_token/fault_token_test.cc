// Forwarding, rules for calls, the script and the log.
#include "fault_token_fixture.h"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <future>

namespace fault_token::test {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(FaultToken, ForwardsToTheRealModule) {
  start();
  CK_INFO info{};
  ASSERT_EQ(p11_->C_GetInfo(&info), CKR_OK);
  EXPECT_THAT(std::string(reinterpret_cast<char*>(info.manufacturerID), 32), HasSubstr("SoftHSM"));

  const auto session = open();
  login(session);
  // openssl dgst -sha256 -mac HMAC -macopt hexkey:0b…0b (32 bytes), of "message"
  const std::vector<CK_BYTE> expected{0x40, 0x7F, 0xD1, 0xB6, 0xA9, 0xC3, 0x39, 0xE2, 0xB5, 0xC5, 0x5E,
                                      0xA0, 0x78, 0x14, 0xC6, 0xF1, 0xB4, 0xB0, 0x71, 0x58, 0xF3, 0xD9,
                                      0xDF, 0x64, 0x07, 0xA4, 0xDD, 0x80, 0x14, 0xE5, 0xEF, 0xE6};
  EXPECT_EQ(sign(session, import(session)), expected);
}

TEST_F(FaultToken, ItsListNamesItsOwnGetFunctionList) {
  CK_FUNCTION_LIST* again = nullptr;
  ASSERT_EQ(p11_->C_GetFunctionList(&again), CKR_OK);
  EXPECT_EQ(again, p11_);
  EXPECT_EQ(p11_->C_GetFunctionList(nullptr), CKR_ARGUMENTS_BAD);
}

TEST_F(FaultToken, AnswersForSomeCallsOnly) {
  start();
  const auto session = open();
  script("C_GenerateRandom rv=CKR_DEVICE_ERROR after=1 count=2");
  std::vector<CK_RV> answers;
  for (int i = 0; i < 5; ++i) answers.push_back(random(session));
  EXPECT_THAT(answers, ElementsAre(CKR_OK, CKR_DEVICE_ERROR, CKR_DEVICE_ERROR, CKR_OK, CKR_OK));
}

TEST_F(FaultToken, AnswersForEveryFunctionUntilTheRuleIsGone) {
  start();
  const auto session = open();
  script("C_* rv=CKR_DEVICE_REMOVED");
  CK_INFO info{};
  EXPECT_EQ(p11_->C_GetInfo(&info), CKR_DEVICE_REMOVED);
  EXPECT_EQ(random(session), CKR_DEVICE_REMOVED);
  script("");
  EXPECT_EQ(random(session), CKR_OK) << "the real module never heard of it";
}

TEST_F(FaultToken, TheFirstOfTwoAnswersWins) {
  start();
  const auto session = open();
  script("C_GenerateRandom rv=CKR_DEVICE_ERROR count=1\nC_GenerateRandom rv=CKR_FUNCTION_FAILED");
  EXPECT_EQ(random(session), CKR_DEVICE_ERROR);
  EXPECT_EQ(random(session), CKR_FUNCTION_FAILED);
}

TEST_F(FaultToken, DelaysAndForwards) {
  start();
  const auto session = open();
  script("C_GenerateRandom delay_ms=60 count=1");
  const auto before = steady_clock::now();
  EXPECT_EQ(random(session), CKR_OK);
  EXPECT_GE(steady_clock::now() - before, 60ms);
}

TEST_F(FaultToken, ADelayHoldsUpNoOtherCall) {
  start();
  const auto first = open(), second = open();
  const auto time_of = [&](CK_SESSION_HANDLE session) {
    const auto before = steady_clock::now();
    EXPECT_EQ(random(session), CKR_OK);
    return steady_clock::now() - before;
  };
  script("C_GenerateRandom delay_ms=4000 count=1");
  auto other = std::async(std::launch::async, [&] { return time_of(first); });
  std::this_thread::sleep_for(100ms);
  const auto mine = time_of(second);
  EXPECT_LT(std::min(mine, other.get()), 3s) << "of the one that came second";
}

TEST_F(FaultToken, DelaysByMicrosecondsAndByLatency) {
  start();
  const auto session = open();
  for (const std::string_view rule : {"delay_us=30000..40000", "latency p50_us=30000 p99_us=30001"}) {
    script("C_GenerateRandom count=1 " + std::string(rule));
    const auto before = steady_clock::now();
    EXPECT_EQ(random(session), CKR_OK);
    EXPECT_GE(steady_clock::now() - before, 29ms) << rule;
  }
}

TEST_F(FaultToken, LosesTheAnswerOfACallThatWasMade) {
  start();
  script("C_OpenSession then_rv=CKR_DEVICE_ERROR count=1");
  CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
  EXPECT_EQ(try_open(session), CKR_DEVICE_ERROR);
  EXPECT_EQ(random(session), CKR_OK) << "the session is there";
}

TEST_F(FaultToken, AnswersByChance) {
  start();
  const auto session = open();
  script("C_GenerateRandom rv=CKR_FUNCTION_FAILED chance=0.5");
  int failed = 0;
  for (int i = 0; i < 100; ++i) failed += random(session) == CKR_FUNCTION_FAILED ? 1 : 0;
  EXPECT_TRUE(20 < failed && failed < 80) << failed;
}

TEST_F(FaultToken, HangsUntilTheRuleIsGone) {
  start();
  const auto stuck = open();
  const auto free = open();
  script("C_GenerateRandom hang count=1");
  std::atomic<bool> is_done{false};
  std::thread waiting([&] {
    EXPECT_EQ(random(stuck), CKR_OK) << "it ends with forwarding";
    is_done = true;
  });
  wait_for_a_hang();
  EXPECT_EQ(random(free), CKR_OK) << "others do not";
  script("C_GenerateRandom hang after=9\nsession_cap 9");
  std::this_thread::sleep_for(50ms);
  EXPECT_FALSE(is_done) << "the rule still stands";
  script("");
  waiting.join();
}

TEST_F(FaultToken, RaisesSigpipe) {
  start();
  const auto session = open();
  sigset_t pipe{}, before{};
  sigaddset(&pipe, SIGPIPE);
  ASSERT_EQ(pthread_sigmask(SIG_BLOCK, &pipe, &before), 0);
  script("C_GenerateRandom raise=SIGPIPE rv=CKR_DEVICE_ERROR count=1");
  EXPECT_EQ(random(session), CKR_DEVICE_ERROR);
  constexpr timespec kNow{};
  EXPECT_EQ(sigtimedwait(&pipe, nullptr, &kNow), SIGPIPE);
  EXPECT_EQ(random(session), CKR_OK);
  EXPECT_EQ(sigtimedwait(&pipe, nullptr, &kNow), -1);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST_F(FaultToken, WritesDownASecondCallOnASessionAndAFinalizeUnderACall) {
  start();
  const auto session = open();
  script("C_GenerateRandom hang");
  std::thread waiting([&] { random(session); });
  wait_for_a_hang();
  CK_SESSION_INFO info{};
  p11_->C_GetSessionInfo(session, &info);
  script("C_GenerateRandom hang\nC_Finalize rv=CKR_OK");
  p11_->C_Finalize(nullptr);
  EXPECT_THAT(log(), ::testing::IsSupersetOf({"VIOLATION session", "VIOLATION finalize"}));
  script("");
  waiting.join();
}

TEST_F(FaultToken, EndsTheProcessWhereMoreThreadsComeInThanItBears) {
  start();
  const auto first = open(), second = open();
  script("threads 1");
  EXPECT_EQ(random(first), CKR_OK);
  EXPECT_EQ(random(second), CKR_OK);
  const auto two_at_once = [&] {
    script("threads 1\nC_GenerateRandom hang");
    std::thread([&] { random(first); }).detach();
    wait_for_a_hang();
    random(second);
  };
  EXPECT_EXIT(two_at_once(), ::testing::KilledBySignal(SIGABRT), "");
  EXPECT_THAT(log(), ::testing::Contains("VIOLATION threads"));
}

TEST_F(FaultToken, SettingsFromPReservedStandBeforeTheEnvironment) {
  const auto other_script = folder_ / "other-script", other_log = folder_ / "other-log";
  std::ofstream(other_script) << "info manufacturer=Other";
  std::string reserved = std::string("module=") + SOFTHSM2_MODULE + ";script=" + other_script.string() +
                         ";log=" + other_log.string() + ";FAULT_TOKEN_VARIABLE=1";
  CK_C_INITIALIZE_ARGS arguments{};
  arguments.flags = CKF_OS_LOCKING_OK;
  arguments.pReserved = reserved.data();
  auto* other = load_another();
  ASSERT_EQ(other->C_Initialize(&arguments), CKR_OK) << "the real module does not see pReserved";
  start();
  CK_INFO info{};
  ASSERT_EQ(other->C_GetInfo(&info), CKR_OK);
  EXPECT_THAT(std::string(reinterpret_cast<char*>(info.manufacturerID), 32), ::testing::StartsWith("Other  "));
  ASSERT_EQ(p11_->C_GetInfo(&info), CKR_OK);
  EXPECT_THAT(std::string(reinterpret_cast<char*>(info.manufacturerID), 32), HasSubstr("SoftHSM"));
  EXPECT_THAT(log(other_log), ElementsAre("C_Initialize CKR_OK", "C_GetInfo CKR_OK"));
  EXPECT_THAT(log(), ElementsAre("C_GetInfo CKR_OK"));
  EXPECT_EQ(other->C_Finalize(nullptr), CKR_OK);

  reserved = "modul=/none";
  arguments.pReserved = reserved.data();
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(other->C_Initialize(&arguments), CKR_ARGUMENTS_BAD);
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("pReserved is not module="));
}

TEST_F(FaultToken, AChangedScriptBeginsToCountAnew) {
  start();
  const auto session = open();
  script("C_GenerateRandom rv=CKR_DEVICE_ERROR count=1");
  EXPECT_EQ(random(session), CKR_DEVICE_ERROR);
  EXPECT_EQ(random(session), CKR_OK);
  script("C_GenerateRandom rv=CKR_DEVICE_ERROR count=1");
  EXPECT_EQ(random(session), CKR_DEVICE_ERROR);
}

TEST_F(FaultToken, CountsGoOnOverInitialize) {
  script("C_Initialize rv=CKR_CANT_LOCK count=1");
  EXPECT_EQ(p11_->C_Initialize(nullptr), CKR_CANT_LOCK);
  EXPECT_EQ(p11_->C_Initialize(nullptr), CKR_OK);
}

TEST_F(FaultToken, LogsEachCallWithItsAnswerAndNoArguments) {
  start();
  const auto session = open();
  EXPECT_EQ(p11_->C_Login(session, CKU_USER, bytes_of("wrong-pin"), 9), CKR_PIN_INCORRECT);
  script("C_GenerateRandom rv=0x80000001");
  random(session);
  EXPECT_THAT(log(), ElementsAre("C_OpenSession CKR_OK", "C_Login CKR_PIN_INCORRECT", "C_GenerateRandom 0x80000001"));
}

TEST_F(FaultToken, AMalformedScriptMakesInitializeFailLoudly) {
  script("session_cap 3\nC_Sign rv=CKR_NO_SUCH\n");
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(p11_->C_Initialize(nullptr), CKR_GENERAL_ERROR);
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("script: line 2: cannot read the value of 'rv'"));
}

TEST_F(FaultToken, AMissingScriptMakesInitializeFailLoudly) {
  set("FAULT_TOKEN_SCRIPT", folder_ / "elsewhere");
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(p11_->C_Initialize(nullptr), CKR_GENERAL_ERROR);
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("the script is not there"));
}

TEST_F(FaultToken, AScriptThatBecomesMalformedStopsEveryCall) {
  start();
  const auto session = open();
  script("nonsense");
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(random(session), CKR_GENERAL_ERROR);
  EXPECT_EQ(random(session), CKR_GENERAL_ERROR);
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("line 1: unknown rule 'nonsense'"));
}

TEST_F(FaultToken, WorksWithoutAScriptOrALog) {
  unsetenv("FAULT_TOKEN_SCRIPT");
  unsetenv("FAULT_TOKEN_LOG");
  start();
  EXPECT_EQ(random(open()), CKR_OK);
}

}  // namespace
}  // namespace fault_token::test
