#include "hsm/module.h"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <thread>

#include "custos/log.h"
#include "hsm/ck_rv.h"
#include "hsm/cryptoki.h"
#include "mac.h"
#include "support/softhsm_fixture.h"

namespace custos::hsm {
namespace {

using test::secret_text;
using test::SoftHsmToken;
using ::testing::HasSubstr;

Error error_of_opening(const std::filesystem::path& path) {
  auto module = Module::open({path, {}, false});
  EXPECT_FALSE(module) << path;
  return module ? Error{} : module.error();
}

std::filesystem::path file_with(std::string_view name, std::string_view content) {
  const auto path = test::softhsm_folder() / name;
  std::ofstream(path) << content;
  return path;
}

// A stranger loads the same library in this process by its own path, as another PKCS#11 user would.
class Stranger {
 public:
  Stranger() : handle_(dlopen(test::kSoftHsm2, RTLD_NOW | RTLD_LOCAL)) {
    auto* get_list = reinterpret_cast<CK_C_GetFunctionList>(dlsym(handle_, "C_GetFunctionList"));
    if (get_list(&functions_) != CKR_OK) std::abort();
  }
  CK_FUNCTION_LIST* operator->() const { return functions_; }

 private:
  void* handle_;
  CK_FUNCTION_LIST* functions_ = nullptr;
};

TEST(Module, SaysThatAMissingFileIsMissing) {
  const Error error = error_of_opening("/nowhere/libpkcs11.so");
  EXPECT_EQ(error.code, Errc::device_gone);
  EXPECT_THAT(error.detail, HasSubstr("/nowhere/libpkcs11.so cannot be found"));
}

TEST(Module, SaysThatATextFileIsNoModule) {
  const Error error = error_of_opening(file_with("text.so", "not a library at all\n"));
  EXPECT_EQ(error.code, Errc::bad_input);
  EXPECT_THAT(error.detail, HasSubstr("is no PKCS#11 library (not a shared library)"));
}

TEST(Module, SaysThatAnEmptyFileIsNoModule) {
  EXPECT_THAT(error_of_opening(file_with("empty.so", "")).detail, HasSubstr("is no PKCS#11 library"));
}

TEST(Module, SaysThatAFolderIsNoModule) {
  EXPECT_THAT(error_of_opening(test::softhsm_folder()).detail, HasSubstr("is no PKCS#11 library (not a file)"));
}

TEST(Module, SaysThatAnotherSharedLibraryIsNoModule) {
  Dl_info sodium{};
  ASSERT_NE(dladdr(reinterpret_cast<const void*>(sodium_init), &sodium), 0);
  const Error error = error_of_opening(sodium.dli_fname);
  EXPECT_EQ(error.code, Errc::bad_input);
  EXPECT_THAT(error.detail, HasSubstr("it has no C_GetFunctionList"));
}

TEST(Module, RefusesABrokenLibraryThatCannotBeLoaded) {
  const Error error = error_of_opening(file_with("broken.so", std::string("\177ELF") + std::string(200, 'x')));
  EXPECT_EQ(error.code, Errc::refused);
  EXPECT_THAT(error.detail, HasSubstr("broken.so cannot be loaded for Custos alone"));
}

TEST(Module, GivesTheLineToExportWhenTheEnvironmentDiffers) {
  SoftHsmToken token = SoftHsmToken::unmade();
  token.config.environment["SOFTHSM2_CONF"] = "/srv/a b/softhsm2.conf";
  const auto backend = TokenBackend::open(token.config, token.provider());
  ASSERT_FALSE(backend);
  EXPECT_EQ(backend.error().code, Errc::bad_input);
  EXPECT_THAT(backend.error().detail, HasSubstr("export SOFTHSM2_CONF='/srv/a b/softhsm2.conf'"));
}

// The module itself says nothing but CKR_GENERAL_ERROR.
TEST(Module, NamesTheFileOfItsEnvironmentThatIsNotThere) {
  const SoftHsmToken token = SoftHsmToken::unmade();
  const std::string right = token.config.environment.at("SOFTHSM2_CONF"), wrong = "/nonexistent/softhsm2.conf";
  ModuleSpec spec{token.config.module, {{"OTHER", "tabrmd:"}, {"PRESENT", "/"}, {"SOFTHSM2_CONF", wrong}}, false};
  for (const auto& [name, value] : spec.environment) ::setenv(name.c_str(), value.c_str(), 1);
  const auto module = Module::open(spec);
  ::setenv("SOFTHSM2_CONF", right.c_str(), 1);
  ASSERT_FALSE(module);
  EXPECT_THAT(module.error().detail,
              HasSubstr("libsofthsm2.so (SOFTHSM2_CONF is /nonexistent/softhsm2.conf, which does not exist): "));
}

TEST(Module, IsOneInstanceForAllItsUsers) {
  const SoftHsmToken token = SoftHsmToken::unmade();
  const ModuleSpec spec{token.config.module, token.config.environment, false};
  auto first = Module::open(spec);
  auto second = Module::open(spec);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->get(), second->get());
  EXPECT_FALSE((*first)->shared());
  EXPECT_EQ((*first)->description().manufacturer, "SoftHSM");
}

TEST(Module, OpensAgainAfterItsLastUserLetGo) {
  const SoftHsmToken token = SoftHsmToken::unmade();
  const ModuleSpec spec{token.config.module, token.config.environment, false};
  for (int round = 0; round < 5; ++round) {
    auto module = Module::open(spec);
    ASSERT_TRUE(module) << module.error().detail;
    CK_INFO info{};
    EXPECT_EQ((*module)->functions().C_GetInfo(&info), CKR_OK);
  }
}

TEST(Module, ThatIsRetiredGoesOnForItsUsersWhileTheNextOpenMakesAnother) {
  const SoftHsmToken token = SoftHsmToken::unmade();
  const ModuleSpec spec{token.config.module, token.config.environment, false};
  auto first = Module::open(spec);
  ASSERT_TRUE(first);
  const auto* functions = &(*first)->functions();
  (*first)->retire();
  auto second = Module::open(spec);
  ASSERT_TRUE(second) << second.error().detail;
  EXPECT_NE(&(*second)->functions(), functions) << "another copy of the library";
  CK_INFO info{};
  EXPECT_EQ(functions->C_GetInfo(&info), CKR_OK);
  first->reset();
  EXPECT_EQ(functions->C_GetInfo(&info), CKR_CRYPTOKI_NOT_INITIALIZED);
  (*second)->retire();
  second->reset();
  const auto third = Module::open(spec);
  ASSERT_TRUE(third);
  EXPECT_EQ(&(*third)->functions(), functions) << "which is idle: with one user, retiring is a restart";
}

// Variable sets a variable for the length of a test.
class Variable {
 public:
  explicit Variable(const char* name) : name_(name) {}
  ~Variable() { ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  void set(const char* value) const { ::setenv(name_, value, 1); }

 private:
  const char* name_;
};

// A spec of the module as one of two that differ by a variable only, as the addresses of two p11-kit servers do.
ModuleSpec spec_with(const char* name, const char* value) {
  const SoftHsmToken token = SoftHsmToken::unmade();
  ModuleSpec spec{token.config.module, token.config.environment};
  spec.environment[name] = value;
  return spec;
}

const CK_FUNCTION_LIST* functions_of(const ModuleSpec& spec) {
  const auto module = Module::open(spec);
  EXPECT_TRUE(module) << module.error().detail;
  return module ? &(*module)->functions() : nullptr;
}

TEST(Module, GivesAnIdleLibraryToItsOwnInstanceOnly) {
  constexpr const char* kName = "CUSTOS_TEST_IDLE_LIBRARY";
  const Variable variable(kName);
  variable.set("a");
  const auto* of_a = functions_of(spec_with(kName, "a"));
  variable.set("b");
  EXPECT_NE(functions_of(spec_with(kName, "b")), of_a) << "it may be bound to a's server";
  variable.set("a");
  EXPECT_EQ(functions_of(spec_with(kName, "a")), of_a) << "the idle library is used again";
}

TEST(Module, LeavesNoMoreThanEightCopiesBehind) {
  constexpr const char* kName = "CUSTOS_TEST_COPIES";
  const Variable variable(kName);
  variable.set("a");
  for (std::size_t i = 0; i < kMostCopies; ++i) {
    const auto module = Module::open(spec_with(kName, "a"));
    ASSERT_TRUE(module) << i << ": " << module.error().detail;
    (*module)->mark_suspect();
  }
  const auto one_more = Module::open(spec_with(kName, "a"));
  ASSERT_FALSE(one_more);
  EXPECT_EQ(one_more.error().native, kNoCopiesLeft);
  EXPECT_EQ(one_more.error().code, Errc::device_gone);
  EXPECT_THAT(one_more.error().detail, HasSubstr("restart this process"));
}

TEST(Module, ChecksTheEnvironmentBeforeALibraryReadsIt) {
  constexpr const char* kName = "CUSTOS_TEST_ENVIRONMENT";
  const Variable variable(kName);
  ModuleSpec spec = spec_with(kName, "a");
  variable.set("a");
  {
    const auto first = Module::open(spec);
    ASSERT_TRUE(first) << first.error().detail;
    variable.set("b");
    const auto second = Module::open(spec);
    ASSERT_TRUE(second) << second.error().detail;
    EXPECT_EQ(*first, *second) << "a live instance has read it";
  }
  const auto idle = Module::open(spec);
  ASSERT_FALSE(idle) << "C_Initialize reads it once more";
  EXPECT_THAT(idle.error().detail, HasSubstr("export CUSTOS_TEST_ENVIRONMENT=a"));
  spec.environment_at_load = true;
  EXPECT_TRUE(Module::open(spec)) << "of a library that read it for good when it was loaded";
}

TEST(Module, ChecksTheEnvironmentOfALibraryThatIsYetToBeLoaded) {
  ModuleSpec spec = spec_with("CUSTOS_TEST_NOT_SET", "a");
  spec.environment_at_load = true;
  const auto module = Module::open(spec);
  ASSERT_FALSE(module);
  EXPECT_EQ(module.error().code, Errc::bad_input);
}

TEST(Module, IsNotTheInstanceOfAStrangerWhoCameFirst) {
  const Stranger stranger;
  const SoftHsmToken token = SoftHsmToken::unmade();
  ASSERT_EQ(stranger->C_Initialize(nullptr), CKR_OK);
  const auto module = Module::open({token.config.module, token.config.environment, false});
  ASSERT_TRUE(module) << module.error().detail;
  EXPECT_FALSE((*module)->shared());
  stranger->C_Finalize(nullptr);
}

// A stranger who loads the module for all to see wins over the symbols of our copy: it is not private then.
int open_beside_a_global_stranger() {
  SoftHsmToken token = SoftHsmToken::make();
  if (dlopen(test::kSoftHsm2, RTLD_NOW | RTLD_GLOBAL) == nullptr) return 1;
  const std::filesystem::path other = test::softhsm_folder() / "libother.so";  // not loaded yet by this path
  std::filesystem::copy_file(test::kSoftHsm2, other);
  token.config.module = other;
  const auto alone = TokenBackend::open(token.config, token.provider());
  if (alone || alone.error().code != Errc::refused) return 2;
  if (alone.error().detail.find("allow_shared_module = true") == std::string::npos) return 3;

  bool warned = false;
  set_log_sink([&](LogLevel, std::string_view line) {
    warned = warned || line.find("a canary guards each MAC") != std::string_view::npos;
  });
  token.config.allow_shared_module = true;
  const auto shared = TokenBackend::open(token.config, token.provider());
  if (!shared || !warned) return 4;
  const auto told = (*shared)->describe();
  if (!told || told->notices.empty() || told->notices.front().find("a canary guards each MAC") == std::string::npos) return 5;
  const key::KeyTemplate key{key::KeyId::random(), "shared#1", key::Algorithm::hmac_sha256};
  if (!(*shared)->generate(key)) return 6;
  Bytes mac(32);
  return (*(*shared)->prepare(key.id, key.algorithm, 0))->sign(as_bytes("m"), mac, std::nullopt).ok() ? 0 : 7;
}

TEST(ModuleDeathTest, IsRefusedWhenStrangersShareItUnlessAllowed) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(_exit(open_beside_a_global_stranger()), ::testing::ExitedWithCode(0), "");
}

// devices.md 1.4: with a shared instance the old handles would sign with whatever key the stranger's restart put there.
TEST(Module, IsUndisturbedByAStrangersFinalizeAndInitialize) {
  const SoftHsmToken token = SoftHsmToken::make();
  auto backend = token.open();
  const key::KeyTemplate key{key::KeyId::random(), "ours#1", key::Algorithm::hmac_sha256};
  const std::string secret(32, 's');
  ASSERT_TRUE(backend->import_key(key, secret_text(secret)));
  auto signer = backend->prepare(key.id, key.algorithm, 0);
  ASSERT_TRUE(signer);
  const Bytes expected = test::openssl_hmac(key.algorithm, as_bytes(secret), as_bytes("message"));
  Bytes mac(32);
  ASSERT_TRUE((*signer)->sign(as_bytes("message"), mac, std::nullopt).ok());
  ASSERT_EQ(mac, expected);

  const Stranger stranger;
  for (int round = 0; round < 3; ++round) {
    ASSERT_EQ(stranger->C_Initialize(nullptr), CKR_OK);
    CK_ULONG count = 0;
    ASSERT_EQ(stranger->C_GetSlotList(CK_TRUE, nullptr, &count), CKR_OK);
    std::vector<CK_SLOT_ID> slots(count);
    ASSERT_EQ(stranger->C_GetSlotList(CK_TRUE, slots.data(), &count), CKR_OK);
    CK_SESSION_HANDLE session = 0;
    ASSERT_EQ(stranger->C_OpenSession(slots.front(), CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session), CKR_OK);
    CK_OBJECT_HANDLE other = 0;
    CK_OBJECT_CLASS secret_key = CKO_SECRET_KEY;
    CK_KEY_TYPE generic = CKK_GENERIC_SECRET;
    CK_BBOOL yes = CK_TRUE;
    CK_BBOOL no = CK_FALSE;
    std::array<CK_BYTE, 32> value{};
    std::array<CK_ATTRIBUTE, 6> wanted{{{CKA_CLASS, &secret_key, sizeof secret_key},
                                        {CKA_KEY_TYPE, &generic, sizeof generic},
                                        {CKA_SIGN, &yes, 1},
                                        {CKA_PRIVATE, &no, 1},
                                        {CKA_TOKEN, &no, 1},
                                        {CKA_VALUE, value.data(), value.size()}}};
    ASSERT_EQ(stranger->C_CreateObject(session, wanted.data(), wanted.size(), &other), CKR_OK);
    CK_MECHANISM mechanism{CKM_SHA256_HMAC, nullptr, 0};
    ASSERT_EQ(stranger->C_SignInit(session, &mechanism, other), CKR_OK);

    ASSERT_TRUE((*signer)->sign(as_bytes("message"), mac, std::nullopt).ok());
    EXPECT_EQ(mac, expected) << "round " << round;
    ASSERT_EQ(stranger->C_Finalize(nullptr), CKR_OK);
    ASSERT_TRUE((*signer)->sign(as_bytes("message"), mac, std::nullopt).ok());
    EXPECT_EQ(mac, expected) << "round " << round;
  }
}

TEST(Module, TellsAForkedChildToOpenAnewAndLetsIt) {
  const SoftHsmToken token = SoftHsmToken::make();
  auto backend = token.open();
  const key::KeyTemplate key{key::KeyId::random(), "forked#1", key::Algorithm::hmac_sha256};
  ASSERT_TRUE(backend->import_key(key, secret_text(std::string(32, 's'))));
  auto signer = backend->prepare(key.id, key.algorithm, 0);
  ASSERT_TRUE(signer);
  Bytes mac(32);

  const pid_t child = fork();
  if (child == 0) {
    if ((*signer)->sign(as_bytes("a"), mac, std::nullopt).code != Errc::device_gone) _exit(1);
    const auto listed = backend->list();
    if (listed || listed.error().code != Errc::device_gone) _exit(2);
    if (listed.error().detail.find("forked") == std::string::npos) _exit(3);
    signer->reset();
    backend.reset();
    auto anew = TokenBackend::open(token.config, token.provider());
    if (!anew) _exit(4);
    auto again = (*anew)->prepare(key.id, key.algorithm, 0);
    if (!again || !(*again)->sign(as_bytes("a"), mac, std::nullopt).ok()) _exit(5);
    if (mac != test::openssl_hmac(key.algorithm, as_bytes(std::string(32, 's')), as_bytes("a"))) _exit(6);
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0) << "exit status of the child: " << WEXITSTATUS(status);
  EXPECT_TRUE((*signer)->sign(as_bytes("a"), mac, std::nullopt).ok()) << "the parent signs on";
}

// devices.md 1.15: a child's use of a TPM's module breaks its parent.
TEST(Module, IsRefusedToAForkedChildWhereThatWouldBreakItsParent) {
  const SoftHsmToken token = SoftHsmToken::make();
  ModuleSpec spec{token.config.module, token.config.environment};
  spec.children_may_use = false;
  ASSERT_TRUE(Module::open(spec));
  const pid_t child = fork();
  if (child == 0) {
    const auto refused = Module::open(spec);
    if (refused || refused.error().code != Errc::refused) _exit(1);
    if (refused.error().detail.find("forked") == std::string::npos) _exit(2);
    spec.children_may_use = true;
    _exit(Module::open(spec) ? 0 : 3);  // others are not meant
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0) << "exit status of the child: " << WEXITSTATUS(status);
  EXPECT_TRUE(Module::open(spec)) << "the parent may open it again";
}

// devices.md 1.14: SoftHSM2 crashes when it is called or finalized once its own exit handlers have run.
TEST(ModuleDeathTest, ExitsCleanlyWithABackendHeldByAStatic) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        static std::shared_ptr<TokenBackend> kept;
        const SoftHsmToken token = SoftHsmToken::make();
        kept = token.open();
        std::exit(7);
      },
      ::testing::ExitedWithCode(7), "");
}

[[noreturn]] void exit_while_threads_sign() {
  const SoftHsmToken token = SoftHsmToken::make();
  const auto backend = token.open();
  const key::KeyTemplate key{key::KeyId::random(), "exit#1", key::Algorithm::hmac_sha256};
  if (!backend->generate(key)) std::abort();
  const auto signer = *backend->prepare(key.id, key.algorithm, 0);
  for (int t = 0; t < 4; ++t) {
    std::thread([signer] {
      Bytes mac(32);
      for (;;) (void)signer->sign(as_bytes("m"), mac, std::nullopt);
    }).detach();
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  std::exit(7);
}

TEST(ModuleDeathTest, ExitsCleanlyWhileThreadsSign) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  for (int round = 0; round < 5; ++round) EXPECT_EXIT(exit_while_threads_sign(), ::testing::ExitedWithCode(7), "");
}

}  // namespace
}  // namespace custos::hsm
