// Secrets that are no keys, in the keystore.
#include <gmock/gmock.h>

#include "software/keystore_fixture.h"

namespace custos::software {
namespace {

class KeystoreSecretsTest : public KeystoreFixture {
 protected:
  static void expect_secret(SoftwareBackend& backend, std::string_view name, std::string_view value) {
    auto read = must(backend.read_secret(name));
    ASSERT_TRUE(read) << name;
    EXPECT_EQ(as_text(read->view(InsecureSecretAccess{})), value);
  }
};

TEST_F(KeystoreSecretsTest, AreKeptUnderThePassphraseAndAreNoKeys) {
  auto backend = open();
  const auto id = add_key(*backend, "a#1");
  ASSERT_TRUE(backend->write_secret("passphrase-1", secret_of("hush, a phrase"), {}));
  EXPECT_EQ(must(backend->read_secret("passphrase-2")), std::nullopt);
  EXPECT_EQ(read_file(file()).find("hush, a phrase"), std::string::npos);

  backend = open();
  expect_secret(*backend, "passphrase-1", "hush, a phrase");
  EXPECT_EQ(must(backend->list()).size(), 1U);
  ASSERT_EQ(must(backend->list_secrets()).size(), 1U);
  EXPECT_EQ(must(backend->list_secrets()).front().label, "passphrase-1");
  const auto state = must(backend->state());
  EXPECT_EQ(state.software_keys, 1U);
  EXPECT_EQ(state.sealed_keys, 0U);
  EXPECT_TRUE(backend->verify());
  EXPECT_EQ(must(backend->read_secret("a#1")), std::nullopt) << "a key is no secret";
  const auto secret_id = *must(backend->list_secrets()).front().id;
  const auto used = backend->prepare(secret_id, key::Algorithm::hmac_sha256, 0);
  ASSERT_FALSE(used) << "a secret signs nothing";
  EXPECT_EQ(used.error().code, Errc::bad_input);
  EXPECT_FALSE(signature_of(*prepare(*backend, id), "x").empty());
  EXPECT_FALSE(open("wrong passphrase")->read_secret("passphrase-1"));
}

TEST_F(KeystoreSecretsTest, AreSealedUnderATokenKeyAndMoveWithIt) {
  auto backend = open();
  ASSERT_TRUE(backend->write_secret("passphrase-1", secret_of("sealed"), under()));
  EXPECT_TRUE(asked_.empty()) << "no passphrase is needed for that";
  expect_secret(*backend, "passphrase-1", "sealed");
  EXPECT_EQ(SoftwareBackend::sealed_under(must(backend->list_secrets()).front().uri), under());
  EXPECT_EQ(must(backend->state()).sealed_keys, 0U);

  ASSERT_TRUE(backend->move_secret("passphrase-1", std::nullopt));
  EXPECT_EQ(SoftwareBackend::sealed_under(must(backend->list_secrets()).front().uri), std::nullopt);
  sealers_["main"]->gone = true;
  expect_secret(*backend, "passphrase-1", "sealed");
  ASSERT_TRUE(backend->move_secret("passphrase-1", under("spare")));
  ASSERT_TRUE(backend->move_secret("passphrase-1", under("spare"))) << "it is that already";
  expect_secret(*backend, "passphrase-1", "sealed");
  EXPECT_TRUE(backend->verify());
  expect_error(backend->move_secret("passphrase-9", std::nullopt), Errc::not_found, "passphrase-9");
}

TEST_F(KeystoreSecretsTest, LeaveNothingBehind) {
  auto backend = open();
  add_key(*backend, "a#1");
  ASSERT_TRUE(backend->write_secret("passphrase-1", secret_of("gone soon"), {}));
  ASSERT_TRUE(backend->remove_secret("passphrase-1"));
  EXPECT_EQ(must(backend->read_secret("passphrase-1")), std::nullopt);
  EXPECT_EQ(read_file(file()).find("passphrase-1"), std::string::npos);
  EXPECT_EQ(read_file(previous()).find("passphrase-1"), std::string::npos);
  EXPECT_TRUE(backend->remove_secret("passphrase-1"));
  EXPECT_TRUE(backend->remove_secret("a#1")) << "which is a key";
  EXPECT_EQ(must(backend->list()).size(), 1U);
}

TEST_F(KeystoreSecretsTest, RefuseWhatDoesNotFit) {
  auto backend = open();
  expect_error(backend->write_secret("p", SecretBytes(), {}), Errc::bad_input, "1 to 512");
  expect_error(backend->write_secret("p", secret_of(std::string(513, 'x')), {}), Errc::bad_input, "1 to 512");
  expect_error(backend->write_secret("p\n", secret_of("x"), {}), Errc::bad_input, "printable");
  ASSERT_TRUE(backend->write_secret("p", secret_of("x"), {}));
  expect_error(backend->write_secret("p", secret_of("x"), {}), Errc::already_exists, "p");
}

TEST_F(KeystoreSecretsTest, AnEntryOfThatKindIsNotTakenForAKey) {
  auto backend = open();
  const auto id = add_key(*backend, "a#1");
  ASSERT_TRUE(backend->write_secret("p", secret_of("x"), {}));
  const auto image = this->image();
  ASSERT_EQ(image.size(), 2U);
  EXPECT_EQ(image.software_keys(), 1U);
  EXPECT_FALSE(image.find(id)->about.is_secret);
  EXPECT_TRUE(image.find_label("p")->about.is_secret);
  EXPECT_FALSE(image.find_label("q"));
  EXPECT_EQ(image.find_label("p")->encoded_about[1], 32U) << "docs/keystore-format.md";
}

}  // namespace
}  // namespace custos::software
