// NSS's softoken as a token: what SoftHSM2 does not show of modules that differ.
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "hsm/attributes.h"
#include "hsm/cryptoki.h"
#include "hsm/key_search.h"
#include "hsm/module.h"
#include "hsm/token_backend.h"
#include "mac.h"
#include "support/nss_fixture.h"

namespace custos {
namespace {

using key::Algorithm;
using test::NssToken;
using test::openssl_hmac;
using test::secret_text;
using ::testing::Contains;
using ::testing::HasSubstr;

key::KeyTemplate key_named(std::string label, Algorithm algorithm = Algorithm::hmac_sha256) {
  return {key::KeyId::random(), std::move(label), algorithm};
}

class NssTest : public ::testing::Test {
 protected:
  std::shared_ptr<key::PreparedKey> prepared(const key::KeyTemplate& key) {
    auto found = backend_->prepare(key.id, key.algorithm, 0);
    EXPECT_TRUE(found) << found.error().detail;
    return found ? *found : nullptr;
  }

  std::shared_ptr<key::PreparedKey> imported(const key::KeyTemplate& key, std::string_view secret) {
    const auto uri = backend_->import_key(key, secret_text(secret));
    EXPECT_TRUE(uri) << uri.error().detail;
    return prepared(key);
  }

  static Bytes sign(key::PreparedKey& key, Algorithm algorithm, ByteView message) {
    Bytes mac(key::facts_of(algorithm).signature_size);
    const SignStatus status = key.sign(message, mac, std::nullopt);
    EXPECT_TRUE(status.ok()) << to_string(status.code) << " " << status.native;
    return mac;
  }

  NssToken token_ = NssToken::make();
  std::shared_ptr<hsm::TokenBackend> backend_ = token_.open();
};

TEST_F(NssTest, TellsItsProfileAndThatItDoesNotProtectItsKeys) {
  const auto told = backend_->describe();
  ASSERT_TRUE(told) << told.error().detail;
  EXPECT_EQ(told->profile, "nss");
  EXPECT_EQ(told->manufacturer, "Mozilla Foundation");
  EXPECT_EQ(told->pin_state, "ok");
  EXPECT_THAT(told->notices, Contains(HasSubstr("does not protect its keys")));
  EXPECT_THAT(told->notices, Contains(HasSubstr("inside this process")));
}

TEST_F(NssTest, SignsAsOpenSslDoesForEveryAlgorithm) {
  const std::string message(200, 'm');
  for (const auto& facts : key::kHmacAlgorithms) {
    for (const std::size_t size : {facts.signature_size, facts.block_size}) {
      const auto key = key_named(std::string(facts.option) + "-" + std::to_string(size), facts.algorithm);
      const std::string secret(size, 's');
      const auto signer = imported(key, secret);
      EXPECT_EQ(sign(*signer, facts.algorithm, as_bytes(message)),
                openssl_hmac(facts.algorithm, as_bytes(secret), as_bytes(message)))
          << key.label;
    }
  }
}

TEST_F(NssTest, SignsAnEmptyAndALongMessage) {
  const auto key = key_named("lengths");
  const std::string secret(32, 's');
  const auto signer = imported(key, secret);
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{64}, std::size_t{100000}}) {
    const std::string message(size, 'm');
    EXPECT_EQ(sign(*signer, key.algorithm, as_bytes(message)), openssl_hmac(key.algorithm, as_bytes(secret), as_bytes(message)))
        << size << " bytes";
  }
}

TEST_F(NssTest, GeneratesAKeyThatSigns) {
  for (const auto& facts : key::kHmacAlgorithms) {
    const auto key = key_named(std::string(facts.option), facts.algorithm);
    const auto uri = backend_->generate(key);
    ASSERT_TRUE(uri) << uri.error().detail;
    const auto signer = prepared(key);
    EXPECT_EQ(sign(*signer, facts.algorithm, as_bytes("a")), sign(*signer, facts.algorithm, as_bytes("a")));
    EXPECT_NE(sign(*signer, facts.algorithm, as_bytes("a")), sign(*signer, facts.algorithm, as_bytes("b")));
  }
}

// devices.md 1.17: NSS says LOCAL=0 of a key that it generated itself.
TEST_F(NssTest, AttestsThatKeysAreSensitiveAndNotExtractable) {
  const auto made = key_named("made");
  const auto brought = key_named("brought");
  ASSERT_TRUE(backend_->generate(made));
  imported(brought, std::string(32, 's'));
  for (const auto& key : {made, brought}) {
    const auto told = backend_->attest(key.id);
    ASSERT_TRUE(told) << told.error().detail;
    EXPECT_EQ(told->sensitive, true) << key.label;
    EXPECT_EQ(told->extractable, false) << key.label;
    EXPECT_EQ(told->local, false) << key.label;
  }
}

TEST_F(NssTest, ListsAndDestroysItsKeys) {
  const auto one = key_named("one");
  const auto two = key_named("two");
  ASSERT_TRUE(backend_->generate(one));
  ASSERT_TRUE(backend_->generate(two));
  const auto destroyed = backend_->destroy(one.id);
  ASSERT_TRUE(destroyed) << destroyed.error().detail;
  const auto keys = backend_->list();
  ASSERT_TRUE(keys) << keys.error().detail;
  ASSERT_EQ(keys->size(), 1U);
  EXPECT_EQ(keys->front().id, two.id);
  EXPECT_EQ(keys->front().label, "two");
  EXPECT_EQ(backend_->destroy(one.id).error().code, Errc::not_found);
}

TEST_F(NssTest, RefusesALabelThatExists) {
  ASSERT_TRUE(backend_->generate(key_named("twice")));
  const auto again = backend_->generate(key_named("twice"));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::already_exists);
}

TEST_F(NssTest, TellsASignerThatItsKeyWasDestroyed) {
  const auto key = key_named("destroyed");
  const auto signer = imported(key, std::string(32, 's'));
  EXPECT_TRUE(signer->exists(std::nullopt).ok());
  ASSERT_TRUE(token_.open()->destroy(key.id)) << "by another user of the token";
  EXPECT_EQ(signer->exists(std::nullopt).code, Errc::not_found);
}

// NSS refuses private data objects, so that a registry that it seals has no mirror.
TEST_F(NssTest, KeepsNoRecordsAndSaysSo) {
  EXPECT_FALSE(backend_->describe()->keeps_objects);
  const auto written = backend_->write_object("registry head", as_bytes("first"));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().native, CKR_ATTRIBUTE_VALUE_INVALID) << written.error().detail;
  const auto read = backend_->read_object("registry head");
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_FALSE(read->has_value());
}

TEST_F(NssTest, KeepsNoSecretsAndSaysSo) {
  const auto written = backend_->write_secret("passphrase", test::secret_text("x"), {});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Errc::bad_input);
  EXPECT_NE(written.error().detail.find("keeps no data objects"), std::string::npos) << written.error().detail;
  EXPECT_FALSE(backend_->read_secret("passphrase")->has_value());
}

TEST_F(NssTest, OpensWhatItSealedAndNothingChanged) {
  const auto id = key::KeyId::random();
  const auto made = backend_->generate({id, "seal", key::Algorithm::aes_256, key::Usage::seal});
  ASSERT_TRUE(made) << made.error().detail;
  const auto sealer = backend_->sealer(id);
  ASSERT_TRUE(sealer) << sealer.error().detail;
  for (const std::string& text : {std::string("x"), std::string(5000, 'a')}) {
    auto box = (*sealer)->seal(secret_text(text), as_bytes("row 7"));
    ASSERT_TRUE(box) << box.error().detail;
    const auto opened = (*sealer)->open(*box, as_bytes("row 7"));
    ASSERT_TRUE(opened) << opened.error().detail;
    EXPECT_TRUE(opened->equals(secret_text(text))) << text.size() << " bytes";
    for (std::size_t i = 0; i < box->size(); i += text.size() / 20 + 1) {
      (*box)[i] ^= 1;
      const auto changed = (*sealer)->open(*box, as_bytes("row 7"));
      ASSERT_FALSE(changed) << "byte " << i;
      EXPECT_EQ(changed.error().code, Errc::integrity) << "byte " << i << ": " << changed.error().detail;
      (*box)[i] ^= 1;
    }
    const auto other = (*sealer)->open(*box, as_bytes("row 8"));
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, Errc::integrity);
  }
}

TEST_F(NssTest, SignsWithTheSameKeyAfterItIsOpenedAgain) {
  const auto key = key_named("stays");
  const std::string secret(32, 's');
  imported(key, secret);
  backend_.reset();
  backend_ = token_.open();
  EXPECT_EQ(sign(*prepared(key), key.algorithm, as_bytes("a")), openssl_hmac(key.algorithm, as_bytes(secret), as_bytes("a")));
}

TEST_F(NssTest, SignsWithTheSameKeyInAProcessForkedOff) {
  const auto key = key_named("forked");
  const std::string secret(32, 's');
  const auto signer = imported(key, secret);
  const pid_t child = fork();
  if (child == 0) {
    Bytes mac(32);
    if (signer->sign(as_bytes("a"), mac, std::nullopt).code != Errc::device_gone) _exit(1);
    const auto anew = hsm::TokenBackend::open(token_.config, token_.provider());
    if (!anew) _exit(2);
    const auto again = (*anew)->prepare(key.id, key.algorithm, 0);
    if (!again || !(*again)->sign(as_bytes("a"), mac, std::nullopt).ok()) _exit(3);
    _exit(mac == openssl_hmac(key.algorithm, as_bytes(secret), as_bytes("a")) ? 0 : 4);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0) << "exit status of the child: " << WEXITSTATUS(status);
  EXPECT_EQ(sign(*signer, key.algorithm, as_bytes("a")), openssl_hmac(key.algorithm, as_bytes(secret), as_bytes("a")));
}

TEST_F(NssTest, SignsOnArmedSessionsOfACopy) {
  const auto key = key_named("armed");
  const std::string secret(32, 's');
  ASSERT_TRUE(backend_->import_key(key, secret_text(secret)));
  const auto signer = backend_->prepare(key.id, key.algorithm, 8);
  ASSERT_TRUE(signer) << signer.error().detail;
  EXPECT_EQ((*signer)->rearm(8) + (*signer)->shelf(), 16U);
  for (int i = 0; i < 8; ++i) {
    const std::string message = std::to_string(i);
    Bytes mac(32);
    key::SignCall call{.deadline = std::nullopt, .no_fallback = true};
    ASSERT_TRUE((*signer)->sign(as_bytes(message), mac, call).ok()) << i;
    EXPECT_EQ(call.path, key::Path::armed);
    EXPECT_EQ(mac, openssl_hmac(key.algorithm, as_bytes(secret), as_bytes(message)));
  }
  EXPECT_EQ(backend_->list()->size(), 1U) << "a session copy is not listed";
}

TEST_F(NssTest, SignsFromTwoThreadsAtOnce) {
  const auto key = key_named("threads");
  const std::string secret(32, 's');
  const auto signer = imported(key, secret);
  std::array<int, 2> wrong{};
  std::array<std::thread, 2> threads;
  for (std::size_t t = 0; t < threads.size(); ++t) {
    threads[t] = std::thread([&, t] {
      for (int i = 0; i < 500; ++i) {
        const std::string message = std::to_string(t) + " " + std::to_string(i);
        Bytes mac(32);
        const bool right = signer->sign(as_bytes(message), mac, std::nullopt).ok() &&
                           mac == openssl_hmac(key.algorithm, as_bytes(secret), as_bytes(message));
        wrong[t] += right ? 0 : 1;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong[0] + wrong[1], 0);
}

TEST_F(NssTest, RefusesAWrongPinWithoutTryingItAgain) {
  NssToken other = NssToken::make();
  other.pin = "wrong";
  for (const char* words : {"refused the PIN", "refused this PIN before"}) {
    const auto opened = hsm::TokenBackend::open(other.config, other.provider());
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::authentication);
    EXPECT_THAT(opened.error().detail, HasSubstr(words));
  }
}

// Two databases behind one library: the parameters of C_Initialize tell the instances apart.
TEST_F(NssTest, KeepsTwoDatabasesApart) {
  const NssToken other_token = NssToken::make();
  auto other = other_token.open();
  const auto key = key_named("here only");
  imported(key, std::string(32, 's'));
  EXPECT_EQ(backend_->list()->size(), 1U);
  EXPECT_TRUE(other->list()->empty());
  other.reset();
  const auto made = backend_->generate(key_named("after the other closed"));
  EXPECT_TRUE(made) << made.error().detail;
}

// Stranger is another user of NSS in this process, such as a browser engine or an LDAP client.
class Stranger {
 public:
  explicit Stranger(const NssToken& token) : parameters_(token.config.init_reserved) {
    void* handle = dlopen(test::kNssModule, RTLD_NOW | RTLD_LOCAL);
    auto* get_list = reinterpret_cast<CK_C_GetFunctionList>(dlsym(handle, "C_GetFunctionList"));
    if (get_list(&functions_) != CKR_OK) std::abort();
    struct {
      CK_C_INITIALIZE_ARGS standard{};
      void* more = nullptr;
    } args;
    args.standard.flags = CKF_OS_LOCKING_OK;
    args.standard.pReserved = parameters_.data();
    if (functions_->C_Initialize(&args.standard) != CKR_OK) std::abort();
  }
  CK_FUNCTION_LIST* operator->() const { return functions_; }

 private:
  std::string parameters_;
  CK_FUNCTION_LIST* functions_ = nullptr;
};

TEST_F(NssTest, SignsOnWhenAStrangerFinalizesNss) {
  const auto key = key_named("ours");
  const std::string secret(32, 's');
  const auto signer = imported(key, secret);
  const Stranger stranger(NssToken::make());
  ASSERT_EQ(stranger->C_Finalize(nullptr), CKR_OK);
  EXPECT_EQ(sign(*signer, key.algorithm, as_bytes("a")), openssl_hmac(key.algorithm, as_bytes(secret), as_bytes("a")));
  EXPECT_FALSE(backend_->describe()->notices.empty());
}

// All copies of the library draw from one random generator, which a C_Finalize of ours would end.
TEST_F(NssTest, LeavesAStrangersRandomGeneratorAlive) {
  const Stranger stranger(NssToken::make());
  backend_.reset();
  CK_SESSION_HANDLE session = 0;
  ASSERT_EQ(stranger->C_OpenSession(1, CKF_SERIAL_SESSION, nullptr, nullptr, &session), CKR_OK);
  std::array<CK_BYTE, 16> bytes{};
  EXPECT_EQ(stranger->C_GenerateRandom(session, bytes.data(), bytes.size()), CKR_OK);
  EXPECT_EQ(stranger->C_Finalize(nullptr), CKR_OK);
}

TEST(NssStart, AsksForParametersWhereTheModuleWantsThem) {
  NssToken token = NssToken::make();
  token.config.init_reserved.clear();
  const auto opened = hsm::TokenBackend::open(token.config, token.provider());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::bad_input);
  EXPECT_THAT(opened.error().detail, HasSubstr("set init_reserved"));
}

TEST(NssStart, SaysThatItsParametersNameNoFolder) {
  NssToken token = NssToken::make();
  token.config.init_reserved = test::nss_parameters("/nowhere/nss");
  const auto opened = hsm::TokenBackend::open(token.config, token.provider());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::bad_input);
  EXPECT_THAT(opened.error().detail, HasSubstr("correct init_reserved"));
}

TEST(NssStart, SaysThatAnotherModuleTakesNoParameters) {
  test::SoftHsmToken token = test::SoftHsmToken::make();
  token.config.init_reserved = "configdir='sql:/nowhere'";
  const auto opened = hsm::TokenBackend::open(token.config, token.provider());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::bad_input);
  EXPECT_THAT(opened.error().detail, HasSubstr("correct init_reserved, or remove it"));
}

// devices.md 1.18, which the notice tells: should a later NSS refuse, its profile can promise more.
TEST_F(NssTest, WrapsAKeyMarkedNonExtractable) {
  const auto key = key_named("marked");
  imported(key, std::string(32, 's'));
  const auto module = hsm::Module::open({token_.config.module, {}, false, token_.config.init_reserved});
  ASSERT_TRUE(module) << module.error().detail;
  const CK_FUNCTION_LIST& call = (*module)->functions();
  CK_SESSION_HANDLE session = 0;
  ASSERT_EQ(call.C_OpenSession(2, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session), CKR_OK);

  hsm::Template wanted;
  wanted.number(CKA_CLASS, CKO_SECRET_KEY).number(CKA_KEY_TYPE, CKK_AES).number(CKA_VALUE_LEN, 32).flag(CKA_WRAP, true);
  CK_MECHANISM generate{CKM_AES_KEY_GEN, nullptr, 0};
  CK_OBJECT_HANDLE wrapping = 0;
  ASSERT_EQ(call.C_GenerateKey(session, &generate, wanted.data(), wanted.size(), &wrapping), CKR_OK);
  const auto handle = hsm::the_key_by_id(**module, session, CKO_SECRET_KEY, key.id);
  ASSERT_TRUE(handle) << handle.error().detail;
  CK_MECHANISM wrap{CKM_AES_KEY_WRAP_PAD, nullptr, 0};
  std::array<CK_BYTE, 128> wrapped{};
  CK_ULONG size = wrapped.size();
  EXPECT_EQ(call.C_WrapKey(session, &wrap, wrapping, *handle, wrapped.data(), &size), CKR_OK);
  call.C_CloseSession(session);
}

}  // namespace
}  // namespace custos
