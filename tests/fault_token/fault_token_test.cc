// The module as a program sees it: loaded by dlopen, in front of SoftHSM2 with a token of its own.
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <p11-kit/pkcs11.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kPin = "1234";

CK_BYTE* bytes_of(std::string_view text) { return reinterpret_cast<CK_BYTE*>(const_cast<char*>(text.data())); }

class FaultToken : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "fault-token.XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    std::filesystem::create_directory(folder_ / "tokens");
    std::ofstream(folder_ / "softhsm2.conf")
        << "directories.tokendir = " << (folder_ / "tokens").string() << "\nobjectstore.backend = file\nlog.level = ERROR\n";
    set("SOFTHSM2_CONF", folder_ / "softhsm2.conf");
    set("FAULT_TOKEN_MODULE", SOFTHSM2_MODULE);
    set("FAULT_TOKEN_SCRIPT", folder_ / "script");
    set("FAULT_TOKEN_LOG", folder_ / "log");
    script("");

    void* library = dlopen(FAULT_TOKEN_PATH, RTLD_NOW | RTLD_LOCAL);
    ASSERT_NE(library, nullptr) << dlerror();
    auto* get_list = reinterpret_cast<CK_C_GetFunctionList>(dlsym(library, "C_GetFunctionList"));
    ASSERT_NE(get_list, nullptr);
    ASSERT_EQ(get_list(&p11_), CKR_OK);
  }

  void TearDown() override {
    script("");
    p11_->C_Finalize(nullptr);
    std::filesystem::remove_all(folder_);
  }

  static void set(const char* name, const std::filesystem::path& value) { ASSERT_EQ(setenv(name, value.c_str(), 1), 0); }

  // script replaces the rules in one step, as README.md asks.
  void script(std::string_view text) const {
    std::ofstream(folder_ / "script.new") << text;
    std::filesystem::rename(folder_ / "script.new", folder_ / "script");
  }

  // start initialises the module and makes a token in its first slot.
  void start() {
    ASSERT_EQ(p11_->C_Initialize(nullptr), CKR_OK);
    CK_ULONG count = 1;
    ASSERT_EQ(p11_->C_GetSlotList(CK_FALSE, &slot_, &count), CKR_OK);
    std::string label(32, ' ');
    label.replace(0, 5, "fault");
    ASSERT_EQ(p11_->C_InitToken(slot_, bytes_of(kPin), kPin.size(), bytes_of(label)), CKR_OK);
    std::vector<CK_SLOT_ID> slots(8);
    count = slots.size();
    ASSERT_EQ(p11_->C_GetSlotList(CK_TRUE, slots.data(), &count), CKR_OK);
    slot_ = slots[0];
    const auto session = open();
    ASSERT_EQ(p11_->C_Login(session, CKU_SO, bytes_of(kPin), kPin.size()), CKR_OK);
    ASSERT_EQ(p11_->C_InitPIN(session, bytes_of(kPin), kPin.size()), CKR_OK);
    ASSERT_EQ(p11_->C_CloseSession(session), CKR_OK);
    std::ofstream(folder_ / "log", std::ios::trunc);
  }

  CK_RV try_open(CK_SESSION_HANDLE& session) const {
    return p11_->C_OpenSession(slot_, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session);
  }
  CK_SESSION_HANDLE open() const {
    CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
    EXPECT_EQ(try_open(session), CKR_OK);
    return session;
  }
  CK_RV random(CK_SESSION_HANDLE session) const {
    CK_BYTE out[8];
    return p11_->C_GenerateRandom(session, out, sizeof out);
  }

  // sign makes an HMAC-SHA256 of "message" with a fresh session key on `session`, after a login.
  void sign(CK_SESSION_HANDLE session, std::vector<CK_BYTE>& mac) const {
    CK_OBJECT_CLASS object_class = CKO_SECRET_KEY;
    CK_KEY_TYPE type = CKK_GENERIC_SECRET;
    CK_BBOOL yes = CK_TRUE;
    std::vector<CK_BYTE> value(32, 0x0B);
    CK_ATTRIBUTE attributes[] = {{CKA_CLASS, &object_class, sizeof object_class},
                                 {CKA_KEY_TYPE, &type, sizeof type},
                                 {CKA_SIGN, &yes, sizeof yes},
                                 {CKA_VALUE, value.data(), value.size()}};
    CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
    ASSERT_EQ(p11_->C_CreateObject(session, attributes, std::size(attributes), &key), CKR_OK);
    CK_MECHANISM mechanism{CKM_SHA256_HMAC, nullptr, 0};
    ASSERT_EQ(p11_->C_SignInit(session, &mechanism, key), CKR_OK);
    mac.resize(64);
    CK_ULONG size = mac.size();
    ASSERT_EQ(p11_->C_Sign(session, bytes_of("message"), 7, mac.data(), &size), CKR_OK);
    mac.resize(size);
  }

  [[nodiscard]] std::vector<std::string> log() const {
    std::ifstream file(folder_ / "log");
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  }
  [[nodiscard]] CK_FLAGS token_flags() const {
    CK_TOKEN_INFO info{};
    EXPECT_EQ(p11_->C_GetTokenInfo(slot_, &info), CKR_OK);
    return info.flags;
  }

  std::filesystem::path folder_;
  CK_FUNCTION_LIST* p11_ = nullptr;
  CK_SLOT_ID slot_ = 0;
};

TEST_F(FaultToken, ForwardsToTheRealModule) {
  start();
  CK_INFO info{};
  ASSERT_EQ(p11_->C_GetInfo(&info), CKR_OK);
  EXPECT_THAT(std::string(reinterpret_cast<char*>(info.manufacturerID), 32), HasSubstr("SoftHSM"));

  const auto session = open();
  ASSERT_EQ(p11_->C_Login(session, CKU_USER, bytes_of(kPin), kPin.size()), CKR_OK);
  std::vector<CK_BYTE> mac;
  sign(session, mac);
  // openssl dgst -sha256 -mac HMAC -macopt hexkey:0b…0b (32 bytes), of "message"
  const std::vector<CK_BYTE> expected{0x40, 0x7F, 0xD1, 0xB6, 0xA9, 0xC3, 0x39, 0xE2, 0xB5, 0xC5, 0x5E,
                                      0xA0, 0x78, 0x14, 0xC6, 0xF1, 0xB4, 0xB0, 0x71, 0x58, 0xF3, 0xD9,
                                      0xDF, 0x64, 0x07, 0xA4, 0xDD, 0x80, 0x14, 0xE5, 0xEF, 0xE6};
  EXPECT_EQ(mac, expected);
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
  const auto slow = open();
  const auto quick = open();
  script("C_GenerateRandom delay_ms=2000 count=1");
  std::thread waiting([&] { random(slow); });
  std::this_thread::sleep_for(100ms);
  const auto before = steady_clock::now();
  EXPECT_EQ(random(quick), CKR_OK);
  EXPECT_LT(steady_clock::now() - before, 1s);
  waiting.join();
}

TEST_F(FaultToken, SetsAndClearsTokenFlags) {
  start();
  const auto before = token_flags();
  ASSERT_EQ(before & CKF_USER_PIN_FINAL_TRY, 0U);
  ASSERT_NE(before & CKF_RNG, 0U);
  script("token_flags set=CKF_USER_PIN_FINAL_TRY|CKF_USER_PIN_COUNT_LOW clear=CKF_RNG");
  EXPECT_EQ(token_flags(), (before | CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_COUNT_LOW) & ~CKF_RNG);
  script("");
  EXPECT_EQ(token_flags(), before);
}

TEST_F(FaultToken, AltersTheFirstAttributeOfTheCallsThatReadValues) {
  start();
  const auto session = open();
  CK_OBJECT_CLASS object_class = CKO_DATA;
  CK_BBOOL no = CK_FALSE, first = 7, second = 7;
  CK_ATTRIBUTE made_of[] = {
      {CKA_CLASS, &object_class, sizeof object_class}, {CKA_PRIVATE, &no, sizeof no}, {CKA_TOKEN, &no, sizeof no}};
  CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
  ASSERT_EQ(p11_->C_CreateObject(session, made_of, std::size(made_of), &object), CKR_OK);
  script("alter_attributes after=1 count=1");
  for (const int expected : {CK_FALSE, CK_TRUE, CK_FALSE}) {
    CK_ATTRIBUTE size{CKA_PRIVATE, nullptr, 0};
    ASSERT_EQ(p11_->C_GetAttributeValue(session, object, &size, 1), CKR_OK);
    EXPECT_EQ(size.ulValueLen, sizeof no);
    CK_ATTRIBUTE both[] = {{CKA_PRIVATE, &first, sizeof first}, {CKA_TOKEN, &second, sizeof second}};
    ASSERT_EQ(p11_->C_GetAttributeValue(session, object, both, 2), CKR_OK);
    EXPECT_EQ(first, expected);
    EXPECT_EQ(second, CK_FALSE);
  }
}

TEST_F(FaultToken, AltersAndCutsSignatures) {
  start();
  const auto session = open();
  CK_OBJECT_CLASS object_class = CKO_SECRET_KEY;
  CK_KEY_TYPE type = CKK_GENERIC_SECRET;
  CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
  CK_BYTE secret[32] = {};
  CK_ATTRIBUTE made_of[] = {{CKA_CLASS, &object_class, sizeof object_class},
                            {CKA_KEY_TYPE, &type, sizeof type},
                            {CKA_VALUE, secret, sizeof secret},
                            {CKA_SIGN, &yes, sizeof yes},
                            {CKA_PRIVATE, &no, sizeof no},
                            {CKA_TOKEN, &no, sizeof no}};
  CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
  ASSERT_EQ(p11_->C_CreateObject(session, made_of, std::size(made_of), &key), CKR_OK);
  const auto sign = [&] {
    CK_MECHANISM mechanism{CKM_SHA256_HMAC, nullptr, 0};
    EXPECT_EQ(p11_->C_SignInit(session, &mechanism, key), CKR_OK);
    CK_ULONG size = 0;
    EXPECT_EQ(p11_->C_Sign(session, secret, sizeof secret, nullptr, &size), CKR_OK);
    EXPECT_EQ(size, 32U);
    std::vector<CK_BYTE> mac(size);
    EXPECT_EQ(p11_->C_Sign(session, secret, sizeof secret, mac.data(), &size), CKR_OK);
    mac.resize(size);
    return mac;
  };
  const auto right = sign();
  auto altered = right, cut = right;
  altered.back() ^= 1U;
  cut.pop_back();
  script("alter_signatures count=1\ncut_signatures after=1 count=1");
  EXPECT_EQ(sign(), altered);
  EXPECT_EQ(sign(), cut);
  EXPECT_EQ(sign(), right);
}

TEST_F(FaultToken, CapsSessions) {
  start();
  script("session_cap 2");
  const auto first = open();
  open();
  CK_SESSION_HANDLE third = CK_INVALID_HANDLE;
  EXPECT_EQ(try_open(third), CKR_SESSION_COUNT);
  ASSERT_EQ(p11_->C_CloseSession(first), CKR_OK);
  EXPECT_EQ(try_open(third), CKR_OK) << "a closed session makes room";
  ASSERT_EQ(p11_->C_CloseAllSessions(slot_), CKR_OK);
  open();
  open();
  EXPECT_EQ(try_open(third), CKR_SESSION_COUNT);
}

TEST_F(FaultToken, LosesAllSessionsAndTheLoginOnce) {
  start();
  const auto first = open();
  const auto second = open();
  ASSERT_EQ(p11_->C_Login(first, CKU_USER, bytes_of(kPin), kPin.size()), CKR_OK);
  script("lose_sessions once");
  EXPECT_EQ(random(first), CKR_SESSION_HANDLE_INVALID);
  EXPECT_EQ(random(second), CKR_SESSION_HANDLE_INVALID);
  EXPECT_EQ(p11_->C_CloseSession(second), CKR_SESSION_HANDLE_INVALID);

  const auto fresh = open();
  EXPECT_EQ(random(fresh), CKR_OK);
  CK_SESSION_INFO info{};
  ASSERT_EQ(p11_->C_GetSessionInfo(fresh, &info), CKR_OK);
  EXPECT_EQ(info.state, CKS_RW_PUBLIC_SESSION) << "the login went with the sessions";
  EXPECT_EQ(random(first), CKR_SESSION_HANDLE_INVALID);
}

TEST_F(FaultToken, LosesSessionsBeforeACertainCall) {
  start();
  const auto session = open();
  script("lose_sessions once before=C_GenerateRandom after=2");
  CK_SESSION_INFO info{};
  EXPECT_EQ(random(session), CKR_OK);
  EXPECT_EQ(p11_->C_GetSessionInfo(session, &info), CKR_OK);
  EXPECT_EQ(random(session), CKR_OK);
  EXPECT_EQ(random(session), CKR_SESSION_HANDLE_INVALID);
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
