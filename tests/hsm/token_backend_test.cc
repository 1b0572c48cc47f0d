#include "hsm/token_backend.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "encode/hex.h"
#include "mac.h"
#include "support/softhsm_fixture.h"
#include "support/test_data.h"

namespace custos {
namespace {

using key::Algorithm;
using test::openssl_hmac;
using test::secret_text;
using test::SoftHsmToken;

key::KeyTemplate key_named(std::string label, Algorithm algorithm = Algorithm::hmac_sha256) {
  return {key::KeyId::random(), std::move(label), algorithm};
}

// secret_bytes makes `size` bytes that differ from each other.
Bytes secret_bytes(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 7 + 1);
  return bytes;
}

SecretBytes secret_of_bytes(const Bytes& bytes) { return secret_text(as_text(bytes)); }

Bytes sign(key::PreparedKey& key, Algorithm algorithm, ByteView message) {
  Bytes mac(key::facts_of(algorithm).signature_size);
  const SignStatus status = key.sign(message, mac, std::nullopt);
  EXPECT_TRUE(status.ok()) << to_string(status.code) << " " << status.native;
  return mac;
}

class TokenBackendTest : public ::testing::Test {
 protected:
  SoftHsmToken token_ = SoftHsmToken::make();
  std::shared_ptr<hsm::TokenBackend> backend_ = token_.open();

  std::shared_ptr<key::PreparedKey> prepared(const key::KeyTemplate& key) {
    auto found = backend_->prepare(key.id, key.algorithm, 0);
    EXPECT_TRUE(found) << found.error().detail;
    return found ? *found : nullptr;
  }
};

TEST(TokenInitialise, RefusesALabelThatExists) {
  const SoftHsmToken token = SoftHsmToken::make();
  const auto again = hsm::TokenBackend::initialise(token.config, secret_text("12345678"), secret_text("1234"));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::already_exists) << again.error().detail;
}

TEST(TokenInitialise, MakesATokenThatTheFirstOpenFinds) {
  const SoftHsmToken token = SoftHsmToken::make();
  const auto seen = hsm::TokenBackend::look(token.config);
  ASSERT_TRUE(seen) << seen.error().detail;
  EXPECT_TRUE(seen->initialised);
  EXPECT_EQ("pkcs11:token=" + seen->description.label, token.config.uri);
  EXPECT_EQ(seen->description.profile, "softhsm2");
  EXPECT_EQ(seen->description.pin_state, "ok");
}

TEST(TokenOpen, NamesTheTokensThatAreThereWhenNoneFits) {
  const SoftHsmToken there = SoftHsmToken::make();
  const SoftHsmToken absent = SoftHsmToken::unmade();
  const auto backend = hsm::TokenBackend::open(absent.config, absent.provider());
  ASSERT_FALSE(backend);
  EXPECT_EQ(backend.error().code, Errc::device_gone);
  EXPECT_THAT(backend.error().detail, ::testing::HasSubstr(there.config.uri.substr(13)));
}

TEST(TokenOpen, ArmsNothingWhereEachMacIsVerified) {
  SoftHsmToken token = SoftHsmToken::make();
  token.config.verify_always = true;
  const auto described = token.open()->describe();
  ASSERT_TRUE(described) << described.error().detail;
  EXPECT_EQ(described->arming, "off");
}

TEST(TokenOpen, RefusesDeadlinesThatItDoesNotKnow) {
  SoftHsmToken token = SoftHsmToken::make();
  token.config.deadlines = "soon";
  const auto backend = hsm::TokenBackend::open(token.config, token.provider());
  ASSERT_FALSE(backend);
  EXPECT_EQ(backend.error().code, Errc::bad_input);
  EXPECT_THAT(backend.error().detail, ::testing::HasSubstr("\"soon\": choose inline or threaded"));
}

TEST(TokenOpen, TellsHowItsTokenFares) {
  const auto backend = SoftHsmToken::make().open();
  const auto described = backend->describe();
  ASSERT_TRUE(described) << described.error().detail;
  EXPECT_EQ(described->health.state, TokenState::healthy);
  EXPECT_GT(described->health.since_ms, 0);
  ASSERT_NE(backend->health(), nullptr);
  EXPECT_EQ(backend->health()->state(), TokenState::healthy);
}

TEST(TokenOpen, RefusesAUriThatNamesNoToken) {
  SoftHsmToken token = SoftHsmToken::unmade();
  token.config.uri = "pkcs11:model=SoftHSM%20v2";
  const auto backend = hsm::TokenBackend::open(token.config, token.provider());
  ASSERT_FALSE(backend);
  EXPECT_EQ(backend.error().code, Errc::bad_input);
}

TEST(TokenOpen, RefusesAnUnknownProfileNamingTheKnown) {
  SoftHsmToken token = SoftHsmToken::make();
  token.config.profile = "enigma";
  const auto backend = hsm::TokenBackend::open(token.config, token.provider());
  ASSERT_FALSE(backend);
  EXPECT_EQ(backend.error().code, Errc::bad_input);
  EXPECT_THAT(backend.error().detail, ::testing::HasSubstr("softhsm2, nss, yubihsm2, aws-cloudhsm"));
}

// openCryptoki: a private copy of the library has no state of its own, so that strangers reach it.
TEST(TokenOpen, WantsLeaveForALibraryOfOneStateAndThenArmsNothing) {
  SoftHsmToken token = SoftHsmToken::make();
  ASSERT_EQ(setenv("CUSTOS_TEST_ONE_STATE", "1", 1), 0);
  token.config.environment.emplace("CUSTOS_TEST_ONE_STATE", "1");  // an instance that no other test has
  token.config.profile = "opencryptoki";
  const auto refused = hsm::TokenBackend::open(token.config, token.provider());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::refused);
  EXPECT_THAT(refused.error().detail, ::testing::HasSubstr("allow_shared_module = true"));

  token.config.allow_shared_module = true;
  const auto backend = token.open();
  const auto described = backend->describe();
  ASSERT_TRUE(described) << described.error().detail;
  ASSERT_FALSE(described->notices.empty());
  EXPECT_THAT(described->notices.front(), ::testing::HasSubstr("shared"));
  const key::KeyTemplate key{key::KeyId::random(), "one-state#1", key::Algorithm::hmac_sha256};
  ASSERT_TRUE(backend->import_key(key, secret_text(std::string(32, 's'))));
  const auto signer = backend->prepare(key.id, key.algorithm, 2);
  ASSERT_TRUE(signer) << signer.error().detail;
  EXPECT_EQ((*signer)->rearm(2), 0U);
}

// devices.md 2: a YubiHSM 2 makes wrong MACs with GENERIC_SECRET keys of 48 and 64 bytes, which is how keys are generated.
TEST(TokenOpen, GeneratesNoKeyThatWouldSignWrong) {
  SoftHsmToken token = SoftHsmToken::unmade();
  token.pin = "0001pa55word";
  ASSERT_TRUE(hsm::TokenBackend::initialise(token.config, secret_text(token.so_pin), secret_text(token.pin)));
  token.config.profile = "yubihsm2";
  const auto backend = token.open();
  const auto refused = backend->generate({key::KeyId::random(), "wrong#1", key::Algorithm::hmac_sha512});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::bad_input);
  EXPECT_THAT(refused.error().detail, ::testing::HasSubstr("wrong MACs"));
  const auto listed = backend->list();
  ASSERT_TRUE(listed) << listed.error().detail;
  EXPECT_TRUE(listed->empty());
  EXPECT_TRUE(backend->generate({key::KeyId::random(), "right#1", key::Algorithm::hmac_sha256}));
}

TEST(TokenOpen, GivesTheTwoOwnersOfATokenOneLogin) {
  const SoftHsmToken token = SoftHsmToken::make();
  auto first = token.open();
  auto second = token.open();
  const auto key = key_named("shared#1");
  ASSERT_TRUE(first->generate(key));
  first.reset();
  EXPECT_TRUE(second->attest(key.id)) << "the second owner lost its login with the first";
}

TEST_F(TokenBackendTest, SignsAsOpenSslDoesForEveryAlgorithmWithANormalisedSecret) {
  const Bytes message = secret_bytes(200);
  for (const auto& facts : key::kHmacAlgorithms) {
    for (const std::size_t size : {facts.signature_size, facts.signature_size + 1, facts.block_size}) {
      const auto key = key_named(std::string(facts.option) + "-" + std::to_string(size) + "#1", facts.algorithm);
      const Bytes secret = secret_bytes(size);
      const auto uri = backend_->import_key(key, secret_of_bytes(secret));
      ASSERT_TRUE(uri) << uri.error().detail;
      EXPECT_EQ(sign(*prepared(key), facts.algorithm, message), openssl_hmac(facts.algorithm, secret, message)) << key.label;
    }
  }
}

TEST_F(TokenBackendTest, SignsBinancesDocumentedWebSocketPreimages) {
  std::ifstream file(test::test_data("vectors/binance_websocket.json"));
  const auto vectors = nlohmann::json::parse(file).at("vectors");
  ASSERT_EQ(vectors.size(), 3U);
  const auto key = key_named("documented#1");
  ASSERT_TRUE(backend_->import_key(key, secret_text(vectors.at(0).at("secret").get<std::string>())));
  const auto signer = prepared(key);
  for (const auto& vector : vectors) {
    const auto preimage = vector.at("preimage").get<std::string>();
    EXPECT_EQ(encode::to_hex(sign(*signer, key.algorithm, as_bytes(preimage))), vector.at("signature").get<std::string>())
        << vector.at("name");
  }
}

TEST_F(TokenBackendTest, SignsAnEmptyAndALongMessage) {
  const auto key = key_named("lengths#1");
  const Bytes secret = secret_bytes(32);
  ASSERT_TRUE(backend_->import_key(key, secret_of_bytes(secret)));
  const auto signer = prepared(key);
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{64}, std::size_t{100000}}) {
    const Bytes message = secret_bytes(size);
    EXPECT_EQ(sign(*signer, key.algorithm, message), openssl_hmac(key.algorithm, secret, message)) << size << " bytes";
  }
}

TEST_F(TokenBackendTest, RefusesASecretThatIsNotNormalised) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{31}, std::size_t{65}}) {
    const auto uri = backend_->import_key(key_named("odd#1"), secret_of_bytes(secret_bytes(size)));
    ASSERT_FALSE(uri) << size << " bytes";
    EXPECT_EQ(uri.error().code, Errc::bad_input);
  }
}

TEST_F(TokenBackendTest, GeneratesKeysThatSign) {
  for (const auto& facts : key::kHmacAlgorithms) {
    const auto key = key_named(std::string(facts.option) + "#1", facts.algorithm);
    const auto uri = backend_->generate(key);
    ASSERT_TRUE(uri) << uri.error().detail;
    const auto signer = prepared(key);
    EXPECT_EQ(sign(*signer, facts.algorithm, as_bytes("a")), sign(*signer, facts.algorithm, as_bytes("a")));
    EXPECT_NE(sign(*signer, facts.algorithm, as_bytes("a")), sign(*signer, facts.algorithm, as_bytes("b")));
  }
}

TEST_F(TokenBackendTest, NamesAKeyByTokenLabelAndId) {
  const auto key = key_named("binance main#1");
  const auto uri = backend_->generate(key);
  ASSERT_TRUE(uri);
  EXPECT_THAT(uri->uri, ::testing::StartsWith(token_.config.uri + ";id=%"));
  EXPECT_THAT(uri->uri, ::testing::HasSubstr("object=binance%20main%231"));
}

TEST_F(TokenBackendTest, AttestsWhatTheTokenSaysOfAGeneratedKey) {
  const auto key = key_named("made#1");
  ASSERT_TRUE(backend_->generate(key));
  const auto told = backend_->attest(key.id);
  ASSERT_TRUE(told) << told.error().detail;
  EXPECT_EQ(told->sensitive, true);
  EXPECT_EQ(told->extractable, false);
  EXPECT_EQ(told->always_sensitive, true);
  EXPECT_EQ(told->never_extractable, true);
  EXPECT_EQ(told->local, true);
}

TEST_F(TokenBackendTest, AttestsThatAnImportedKeyWasNotBornThere) {
  const auto key = key_named("brought#1");
  ASSERT_TRUE(backend_->import_key(key, secret_of_bytes(secret_bytes(32))));
  const auto told = backend_->attest(key.id);
  ASSERT_TRUE(told) << told.error().detail;
  EXPECT_EQ(told->sensitive, true);
  EXPECT_EQ(told->extractable, false);
  EXPECT_EQ(told->never_extractable, false);
  EXPECT_EQ(told->local, false);
}

TEST_F(TokenBackendTest, ListsItsKeysWithIdAndLabel) {
  const auto one = key_named("one#1");
  const auto two = key_named("two#1", Algorithm::hmac_sha512);
  ASSERT_TRUE(backend_->generate(one));
  ASSERT_TRUE(backend_->generate(two));
  const auto keys = backend_->list();
  ASSERT_TRUE(keys) << keys.error().detail;
  ASSERT_EQ(keys->size(), 2U);
  for (const auto& key : {one, two}) {
    EXPECT_TRUE(std::any_of(keys->begin(), keys->end(), [&](const key::StoredKey& k) {
      return k.id == key.id && k.label == key.label;
    })) << key.label;
  }
}

TEST_F(TokenBackendTest, RefusesALabelThatExists) {
  ASSERT_TRUE(backend_->generate(key_named("twice#1")));
  const auto again = backend_->import_key(key_named("twice#1"), secret_of_bytes(secret_bytes(32)));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::already_exists);
}

TEST_F(TokenBackendTest, RefusesAnIdThatExists) {
  auto key = key_named("first#1");
  ASSERT_TRUE(backend_->generate(key));
  key.label = "second#1";
  const auto again = backend_->generate(key);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::already_exists);
}

TEST_F(TokenBackendTest, DestroysAKeyThoughItCannotBeModified) {
  const auto key = key_named("gone#1");
  ASSERT_TRUE(backend_->generate(key));
  const auto destroyed = backend_->destroy(key.id);
  ASSERT_TRUE(destroyed) << destroyed.error().detail;
  EXPECT_TRUE(backend_->list()->empty());
  const auto again = backend_->destroy(key.id);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::not_found);
}

TEST_F(TokenBackendTest, FindsNoKeyThatIsNotThere) {
  const auto signer = backend_->prepare(key::KeyId::random(), Algorithm::hmac_sha256, 0);
  ASSERT_FALSE(signer);
  EXPECT_EQ(signer.error().code, Errc::not_found);
}

TEST_F(TokenBackendTest, TellsASignerThatItsKeyWasDestroyed) {
  const auto key = key_named("destroyed#1");
  ASSERT_TRUE(backend_->generate(key));
  const auto signer = prepared(key);
  EXPECT_TRUE(signer->exists(std::nullopt).ok());
  ASSERT_TRUE(token_.open()->destroy(key.id)) << "by another user of the token";
  EXPECT_EQ(signer->exists(std::nullopt).code, Errc::not_found);
  Bytes mac(32);
  EXPECT_EQ(signer->sign(as_bytes("a"), mac, std::nullopt).code, Errc::not_found);
}

TEST_F(TokenBackendTest, ClosesAKeyThatItDestroys) {
  const auto key = key_named("closed#2");
  ASSERT_TRUE(backend_->generate(key));
  const auto signer = prepared(key);
  ASSERT_TRUE(backend_->destroy(key.id));
  Bytes mac(32);
  EXPECT_EQ(signer->sign(as_bytes("a"), mac, std::nullopt).code, Errc::revoked);
}

TEST_F(TokenBackendTest, SignsNothingOnceClosed) {
  const auto key = key_named("closed#1");
  ASSERT_TRUE(backend_->generate(key));
  const auto signer = prepared(key);
  signer->close();
  Bytes mac(32);
  EXPECT_EQ(signer->sign(as_bytes("a"), mac, std::nullopt).code, Errc::revoked);
  EXPECT_EQ(mac, Bytes(32));
}

TEST_F(TokenBackendTest, KeepsAPreparedKeyGoodWhenItsBackendIsLetGo) {
  const auto key = key_named("outlives#1");
  const Bytes secret = secret_bytes(32);
  ASSERT_TRUE(backend_->import_key(key, secret_of_bytes(secret)));
  const auto signer = prepared(key);
  backend_.reset();
  EXPECT_EQ(sign(*signer, key.algorithm, as_bytes("a")), openssl_hmac(key.algorithm, secret, as_bytes("a")));
}

TEST_F(TokenBackendTest, SignsWithTheSameKeyAfterItIsOpenedAgain) {
  const auto key = key_named("stays#1");
  const Bytes secret = secret_bytes(32);
  ASSERT_TRUE(backend_->import_key(key, secret_of_bytes(secret)));
  backend_.reset();
  backend_ = token_.open();
  EXPECT_EQ(sign(*prepared(key), key.algorithm, as_bytes("a")), openssl_hmac(key.algorithm, secret, as_bytes("a")));
}

TEST_F(TokenBackendTest, DescribesTokenModuleAndProfile) {
  const auto told = backend_->describe();
  ASSERT_TRUE(told) << told.error().detail;
  EXPECT_EQ("pkcs11:token=" + told->label, token_.config.uri);
  EXPECT_EQ(told->manufacturer, "SoftHSM project");
  EXPECT_EQ(told->profile, "softhsm2");
  EXPECT_EQ(told->pin_state, "ok");
  EXPECT_EQ(told->sessions_open, 2U);
  EXPECT_THAT(told->notices, ::testing::ElementsAre(::testing::HasSubstr("inside this process")));
}

TEST_F(TokenBackendTest, ReadsNothingWhereNoRecordWasWritten) {
  const auto record = backend_->read_object("registry head");
  ASSERT_TRUE(record) << record.error().detail;
  EXPECT_FALSE(record->has_value());
}

TEST_F(TokenBackendTest, KeepsTheLastOfTheRecordsWritten) {
  for (const std::string_view text : {"first", "", "third, longer than the others"}) {
    const auto written = backend_->write_object("registry head", as_bytes(text));
    ASSERT_TRUE(written) << written.error().detail;
    const auto read = backend_->read_object("registry head");
    ASSERT_TRUE(read) << read.error().detail;
    ASSERT_TRUE(read->has_value());
    EXPECT_EQ(as_text(**read), text);
  }
}

TEST_F(TokenBackendTest, KeepsRecordsOfDifferentNamesApart) {
  ASSERT_TRUE(backend_->write_object("one", as_bytes("1")));
  ASSERT_TRUE(backend_->write_object("two", as_bytes("2")));
  EXPECT_EQ(as_text(**backend_->read_object("one")), "1");
  EXPECT_EQ(as_text(**backend_->read_object("two")), "2");
}

TEST_F(TokenBackendTest, RefusesARecordThatIsTooLongOrUnprintable) {
  EXPECT_EQ(backend_->write_object("name", Bytes(257)).error().code, Errc::bad_input);
  EXPECT_EQ(backend_->write_object("na\nme", Bytes(1)).error().code, Errc::bad_input);
}

TEST_F(TokenBackendTest, RecordsSurviveTheProcessesLogin) {
  ASSERT_TRUE(backend_->write_object("head", as_bytes("kept")));
  backend_.reset();
  backend_ = token_.open();
  EXPECT_EQ(as_text(**backend_->read_object("head")), "kept");
}

TEST_F(TokenBackendTest, KeepsSecretsThatAreNoKeys) {
  const auto secret = test::secret_text("a passphrase");
  ASSERT_FALSE(backend_->read_secret("passphrase-1")->has_value());
  const auto written = backend_->write_secret("passphrase-1", secret, {});
  ASSERT_TRUE(written) << written.error().detail;
  ASSERT_TRUE(backend_->write_secret("passphrase-2", test::secret_text(std::string(512, 'x')), {}));
  backend_.reset();
  backend_ = token_.open();
  auto read = backend_->read_secret("passphrase-1");
  ASSERT_TRUE(read) << read.error().detail;
  ASSERT_TRUE(read->has_value());
  EXPECT_TRUE((*read)->equals(secret));
  EXPECT_EQ((**backend_->read_secret("passphrase-2")).size(), 512U);
  EXPECT_TRUE(backend_->list()->empty()) << "a secret is no key";
  EXPECT_FALSE(backend_->read_object("passphrase-1")->has_value()) << "and no record";

  ASSERT_TRUE(backend_->remove_secret("passphrase-1"));
  EXPECT_FALSE(backend_->read_secret("passphrase-1")->has_value());
  EXPECT_TRUE(backend_->remove_secret("passphrase-1")) << "gone already is what was asked for";
  EXPECT_TRUE(backend_->read_secret("passphrase-2")->has_value());
}

TEST_F(TokenBackendTest, RefusesASecretThatIsEmptyTooLongOrUnprintable) {
  EXPECT_EQ(backend_->write_secret("name", SecretBytes(), {}).error().code, Errc::bad_input);
  EXPECT_EQ(backend_->write_secret("name", test::secret_text(std::string(513, 'x')), {}).error().code, Errc::bad_input);
  EXPECT_EQ(backend_->write_secret("na\nme", test::secret_text("x"), {}).error().code, Errc::bad_input);
}

}  // namespace
}  // namespace custos
