// Where the secrets of a signing session are in this process: nowhere but in the module's own heap while a token is open, and
// nowhere at all after it is closed.
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/wipe_stack.h"
#include "hsm/key_search.h"
#include "hsm/module.h"
#include "hsm/slot.h"
#include "hsm/token_backend.h"
#include "hsm/token_uri.h"
#include "key/hmac_secret.h"
#include "memory/heap_watch.h"
#include "memory/hmac_patterns.h"
#include "memory/masked_secret.h"
#include "memory/memory_scan.h"
#include "support/softhsm_fixture.h"

namespace custos::memory {
namespace {

using test::SoftHsmToken;

// Custos loads a private copy of the module, whose mapping keeps the file's name.
const std::string kModuleName = std::filesystem::path(SOFTHSM2_MODULE).filename().string();

// is_modules tells whether a finding lies in a live block that the module's code asked for.
bool is_modules(const Finding& finding, const std::vector<Mapping>& mappings) {
  const auto block = live_block(finding.address);
  return block && passes_through(block->frames, mappings, kModuleName);
}

std::string describe(const Finding& finding) {
  char address[32];
  std::snprintf(address, sizeof address, "0x%lx", finding.address);
  std::string text = "\n    " + finding.pattern + " at " + address + " in " +
                     (finding.mapping.name.empty() ? "anonymous memory" : finding.mapping.name) + ' ' +
                     finding.mapping.permissions;
  if (const auto block = live_block(finding.address)) {
    text += ", block of " + std::to_string(block->size) + " bytes allocated by" + describe_frames(block->frames);
  }
  return text;
}

std::string describe(const FreedSecret& freed) {
  return "\n    " + freed.pattern + " in a block of " + std::to_string(freed.block.size) + " bytes, freed by" +
         describe_frames(freed.freed_by);
}

class TokenMemory : public ::testing::Test {
 protected:
  void SetUp() override {
    token_.config.module = SOFTHSM2_MODULE;
    const auto made = hsm::TokenBackend::initialise(token_.config, so_pin_.reveal(), pin_.reveal());
    ASSERT_TRUE(made) << made.error().detail;
    add(pin_.pattern("PIN"));
    add(so_pin_.pattern("SO PIN"));
  }
  void TearDown() override { watch_frees(nullptr); }

  void add(Pattern pattern) { patterns_.push_back(std::move(pattern)); }
  void watch_key(const MaskedSecret& secret) {
    add(secret.pattern("secret"));
    const auto normalised = key::normalise_hmac_secret(secret.reveal(), key_.algorithm);
    ASSERT_TRUE(normalised);
    for (auto& pattern : hmac_sha256_patterns(*normalised)) add(std::move(pattern));
    watch_frees(&patterns_);
  }

  void open() {
    auto backend = hsm::TokenBackend::open(token_.config, [this]() -> Result<SecretBytes> { return pin_.reveal(); });
    ASSERT_TRUE(backend) << backend.error().detail;
    backend_ = *std::move(backend);
  }

  // import_and_prove does what a custodian does: normalise, import, and prove by the check value.
  void import_and_prove(const MaskedSecret& secret) {
    key::CheckSalt salt;
    salt.fill(0x5A);
    key::CheckValue expected;
    {
      const auto normalised = key::normalise_hmac_secret(secret.reveal(), key_.algorithm);
      ASSERT_TRUE(normalised) << normalised.error().detail;
      const auto imported = backend_->import_key(key_, *normalised);
      ASSERT_TRUE(imported) << imported.error().detail;
      const auto value = key::software_check_value(*normalised, key_.algorithm, salt);
      ASSERT_TRUE(value) << value.error().detail;
      expected = *value;
    }
    auto prepared = backend_->prepare(key_.id, key_.algorithm, 0);
    ASSERT_TRUE(prepared) << prepared.error().detail;
    signer_ = *std::move(prepared);
    Bytes mac(32);
    ASSERT_TRUE(signer_->sign(key::check_message(salt), mac, std::nullopt).ok());
    EXPECT_EQ(key::check_value(mac), expected);
  }

  void sign(std::size_t times) {
    Bytes mac(32);
    for (std::size_t i = 0; i < times; ++i) {
      ASSERT_TRUE(signer_->sign(as_bytes("symbol=LTCBTC&timestamp=1499827319559"), mac, std::nullopt).ok());
    }
  }

  void close() {
    signer_.reset();
    backend_.reset();
  }

  // arm begins a signature with the key on a session of its own and leaves it open.
  CK_SESSION_HANDLE arm(const hsm::Module& module) {
    const auto& call = module.functions();
    const auto token = hsm::find_token(module, *hsm::TokenUri::parse(token_.config.uri));
    EXPECT_TRUE(token);
    CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
    EXPECT_EQ(call.C_OpenSession(token->slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session), CKR_OK);
    const auto key = hsm::the_key_by_id(module, session, CKO_SECRET_KEY, key_.id);
    EXPECT_TRUE(key);
    CK_MECHANISM mechanism{CKM_SHA256_HMAC, nullptr, 0};
    EXPECT_EQ(call.C_SignInit(session, &mechanism, *key), CKR_OK);
    wipe_stack();
    return session;
  }

  // expect_only_in_the_module fails for each finding elsewhere and answers how many are in the module's heap.
  std::size_t expect_only_in_the_module(const std::string& when) {
    const auto scan = scan_memory(patterns_);
    const auto mappings = read_mappings();
    std::size_t modules = 0;
    for (const auto& finding : scan.findings) {
      if (is_modules(finding, mappings)) {
        ++modules;
      } else {
        ADD_FAILURE() << when << describe(finding);
      }
    }
    std::printf("%s: %zu findings in the module's own heap, %zu MiB read\n", when.c_str(), modules, scan.bytes_read >> 20U);
    EXPECT_GT(scan.bytes_read, 4U << 20U);
    return modules;
  }

  // expect_nowhere fails for each finding, and for each block that was freed with a secret in it, even if it was overwritten
  // since.
  void expect_nowhere(const std::string& when) {
    for (const auto& finding : scan_memory(patterns_).findings) ADD_FAILURE() << when << describe(finding);
    for (const auto& freed : freed_secrets()) ADD_FAILURE() << when << ", freed without a wipe" << describe(freed);
  }

  MaskedSecret pin_ = MaskedSecret::printable(32);
  MaskedSecret so_pin_ = MaskedSecret::printable(32);
  SoftHsmToken token_ = SoftHsmToken::unmade();
  key::KeyTemplate key_{key::KeyId::random(), "memory#1", key::Algorithm::hmac_sha256};
  std::shared_ptr<hsm::TokenBackend> backend_;
  std::shared_ptr<key::PreparedKey> signer_;
  std::vector<Pattern> patterns_;
};

TEST_F(TokenMemory, HoldsAShortSecretOnlyInsideTheModuleAndNothingAfterClose) {
  const auto secret = MaskedSecret::printable(40);  // imported as it is
  ASSERT_NO_FATAL_FAILURE(watch_key(secret));
  expect_nowhere("before it is opened");
  ASSERT_NO_FATAL_FAILURE(open());
  expect_only_in_the_module("after the login");
  ASSERT_NO_FATAL_FAILURE(import_and_prove(secret));
  expect_only_in_the_module("after the import");
  ASSERT_NO_FATAL_FAILURE(sign(100));
  expect_only_in_the_module("after signing");
  close();
  expect_nowhere("after close");
}

TEST_F(TokenMemory, HoldsALongSecretOnlyInsideTheModuleAndNothingAfterClose) {
  const auto secret = MaskedSecret::printable(100);  // imported as its hash
  ASSERT_NO_FATAL_FAILURE(watch_key(secret));
  ASSERT_NO_FATAL_FAILURE(open());
  ASSERT_NO_FATAL_FAILURE(import_and_prove(secret));
  ASSERT_NO_FATAL_FAILURE(sign(100));
  expect_only_in_the_module("after signing");
  close();
  expect_nowhere("after close");
}

// What the scan would see if it were there: an armed operation keeps both HMAC states in SoftHSM2's heap.
TEST_F(TokenMemory, FindsTheStatesOfAnArmedOperationInTheModulesHeap) {
  const auto secret = MaskedSecret::printable(40);
  ASSERT_NO_FATAL_FAILURE(watch_key(secret));
  ASSERT_NO_FATAL_FAILURE(open());
  ASSERT_NO_FATAL_FAILURE(import_and_prove(secret));
  const auto module = hsm::Module::open({token_.config.module, token_.config.environment, false});
  ASSERT_TRUE(module) << module.error().detail;
  const auto session = arm(**module);
  EXPECT_GT(expect_only_in_the_module("while armed"), 0U);
  ASSERT_EQ((*module)->functions().C_CloseSession(session), CKR_OK);
  EXPECT_EQ(expect_only_in_the_module("after the armed session"), 0U);
}

TEST_F(TokenMemory, LeavesNothingOfARefusedPin) {
  const auto wrong = MaskedSecret::printable(32);
  add(wrong.pattern("wrong PIN"));
  watch_frees(&patterns_);
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto backend = hsm::TokenBackend::open(token_.config, [&]() -> Result<SecretBytes> { return wrong.reveal(); });
    ASSERT_FALSE(backend);
    EXPECT_EQ(backend.error().code, Errc::authentication) << backend.error().detail;
  }
  expect_nowhere("after the refusals");
}

}  // namespace
}  // namespace custos::memory
