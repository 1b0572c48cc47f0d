// FaultToken: the module as a program sees it: loaded by dlopen, in front of SoftHSM2 with a token of its own.
#pragma once

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
#include <string_view>
#include <thread>
#include <vector>

namespace fault_token::test {

inline constexpr std::string_view kPin = "1234";

inline CK_BYTE* bytes_of(std::string_view text) { return reinterpret_cast<CK_BYTE*>(const_cast<char*>(text.data())); }

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

    p11_ = load(FAULT_TOKEN_PATH);
  }

  void TearDown() override {
    script("");
    p11_->C_Finalize(nullptr);
    std::filesystem::remove_all(folder_);
  }

  static CK_FUNCTION_LIST* load(const std::filesystem::path& path) {
    CK_FUNCTION_LIST* functions = nullptr;
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    auto* get_list = library == nullptr ? nullptr : reinterpret_cast<CK_C_GetFunctionList>(dlsym(library, "C_GetFunctionList"));
    if (get_list == nullptr || get_list(&functions) != CKR_OK) {
      ADD_FAILURE() << path << " does not load";
      std::abort();
    }
    return functions;
  }
  // load_another loads a copy of the module, which has a state of its own.
  [[nodiscard]] CK_FUNCTION_LIST* load_another() const {
    std::filesystem::copy_file(FAULT_TOKEN_PATH, folder_ / "another.so");
    return load(folder_ / "another.so");
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
    restart();  // SoftHSM2 then moves the token to the slot where it stays
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

  void restart() const {
    ASSERT_EQ(p11_->C_Finalize(nullptr), CKR_OK);
    ASSERT_EQ(p11_->C_Initialize(nullptr), CKR_OK);
  }
  // start_as_user answers a session in which the user is logged in.
  CK_SESSION_HANDLE start_as_user() {
    start();
    const auto session = open();
    login(session);
    return session;
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

  void login(CK_SESSION_HANDLE session) const {
    ASSERT_EQ(p11_->C_Login(session, CKU_USER, bytes_of(kPin), kPin.size()), CKR_OK);
  }

  // import makes a public secret key of `size` bytes, for MACs.
  CK_RV import(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE& key, CK_KEY_TYPE type = CKK_GENERIC_SECRET, std::size_t size = 32,
               CK_BBOOL in_token = CK_FALSE) const {
    CK_OBJECT_CLASS object_class = CKO_SECRET_KEY;
    CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
    std::vector<CK_BYTE> value(size, 0x0B);
    CK_ATTRIBUTE attributes[] = {{CKA_CLASS, &object_class, sizeof object_class},
                                 {CKA_KEY_TYPE, &type, sizeof type},
                                 {CKA_SIGN, &yes, sizeof yes},
                                 {CKA_PRIVATE, &no, sizeof no},
                                 {CKA_TOKEN, &in_token, sizeof in_token},
                                 {CKA_VALUE, value.data(), value.size()}};
    return p11_->C_CreateObject(session, attributes, std::size(attributes), &key);
  }
  CK_OBJECT_HANDLE import(CK_SESSION_HANDLE session) const {
    CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
    EXPECT_EQ(import(session, key), CKR_OK);
    return key;
  }

  CK_RV begin(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key, CK_MECHANISM_TYPE type = CKM_SHA256_HMAC) const {
    CK_MECHANISM mechanism{type, nullptr, 0};
    return p11_->C_SignInit(session, &mechanism, key);
  }
  // end signs "message"; `mac` has the size to declare, and gets the answer's.
  CK_RV end(CK_SESSION_HANDLE session, std::vector<CK_BYTE>& mac) const {
    CK_ULONG size = mac.size();
    const CK_RV rv = p11_->C_Sign(session, bytes_of("message"), 7, mac.data(), &size);
    if (rv == CKR_OK) mac.resize(size);
    return rv;
  }
  std::vector<CK_BYTE> sign(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key, CK_MECHANISM_TYPE type = CKM_SHA256_HMAC) const {
    std::vector<CK_BYTE> mac(128);
    EXPECT_EQ(begin(session, key, type), CKR_OK);
    EXPECT_EQ(end(session, mac), CKR_OK);
    return mac;
  }

  [[nodiscard]] std::vector<std::string> log() const { return log(folder_ / "log"); }
  static std::vector<std::string> log(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  }
  // wait_for_a_hang returns once a call hangs.
  void wait_for_a_hang() const {
    while (std::ranges::none_of(log(), [](const auto& line) { return line.starts_with("HANGS "); })) std::this_thread::yield();
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

}  // namespace fault_token::test
