// What the custodian makes of custody classes: what production lets sign, and that nothing is lost or believed better than it is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "custodian/custodian_impl.h"
#include "custodian/key_store.h"
#include "custos/administration.h"
#include "support/home_fixture.h"

namespace custos {
namespace {

using ::testing::HasSubstr;

class Custody : public test::HomeFixture {
 protected:
  static KeySpec spec(const std::string& token, const std::string& label, const std::string& purpose) {
    KeySpec wanted;
    wanted.name = {token, label};
    wanted.purpose = purpose;
    return wanted;
  }

  static void add_software_credential(Custodian& custodian) {
    CredentialSpec wanted;
    wanted.name = "soft";
    wanted.venue = "binance";
    wanted.api_key = "key";
    wanted.custody = "software";
    wanted.secret = test::secret_of(test::kDocumentedSecret);
    auto added = custodian.administration().add_credential(std::move(wanted));
    ASSERT_TRUE(added) << added.error().detail;
  }

  static void expect_refused(const Error& error, Errc code, const std::string& words) {
    EXPECT_EQ(error.code, code) << error.detail;
    EXPECT_THAT(error.detail, HasSubstr(words));
  }
};

TEST_F(Custody, ASoftwareKeyThatStandsDoesNotSignWhereProductionForbidsIt) {
  auto custodian = open();
  add_software_credential(custodian);
  ASSERT_TRUE(custodian.prepare_request_signer("soft"));
  custodian.impl()->mode = Mode::production;
  auto refused = custodian.prepare_request_signer("soft");
  ASSERT_FALSE(refused);
  expect_refused(refused.error(), Errc::refused, "allow_software = true");
  custodian.impl()->config.software.allow_software = true;
  EXPECT_TRUE(custodian.prepare_request_signer("soft"));
}

TEST_F(Custody, ThePassphraseIsAskedForBeforeTheRegistryIsLocked) {
  auto asking = options();
  bool locked = false;
  Custodian::Impl* home_of = nullptr;
  asking.prompt = [&](std::string_view) -> Result<SecretBytes> {
    // A view from this very thread would wait for ever under the registry's own lock.
    locked = !home_of->registry->keys_unverified();
    return test::secret_of("correct horse battery staple 42");
  };
  auto opened = Custodian::open(asking);
  ASSERT_TRUE(opened) << opened.error().detail;
  home_of = opened->impl().get();
  home_of->config.software.passphrase = PinPrompt{};
  auto made = opened->administration().generate_key(spec("software", "asked", "generic:test"));
  ASSERT_TRUE(made) << made.error().detail;
  EXPECT_FALSE(locked);
}

TEST_F(Custody, ASealKeyIsKeptForAKeyWhoseSealingWasNotRecorded) {
  auto custodian = open();
  const auto administration = custodian.administration();
  ASSERT_TRUE(administration.generate_key(spec("dev", "vault", "seal")));
  ASSERT_TRUE(administration.generate_key(spec("software", "mine", "generic:test")));
  Custodian::Impl& home = *custodian.impl();
  auto vault = home.registry->view_key("dev", "vault");
  auto mine = home.registry->view_key("software", "mine");
  ASSERT_TRUE(vault && vault->has_value() && mine && mine->has_value());
  auto reference = seal_reference_of((*vault)->key);
  auto id = key::KeyId::parse((*mine)->key.id);
  ASSERT_TRUE(reference && id);
  auto keystore = home.backends.keystore();
  ASSERT_TRUE(keystore);
  ASSERT_TRUE((*keystore)->seal(*id, *reference));  // and then the process dies

  auto destroyed = administration.destroy_key({"dev", "vault"});
  ASSERT_FALSE(destroyed);
  expect_refused(destroyed.error(), Errc::refused, "software:mine");
  EXPECT_EQ((**home.registry->view_key("dev", "vault")).key.state, "active");
  auto sealed = administration.seal_key({"software", "mine"}, {"dev", "vault"});  // completes it
  ASSERT_TRUE(sealed) << sealed.error().detail;
  EXPECT_EQ(sealed->custody, "sealed");
}

TEST_F(Custody, AnUnsealingThatWasNotRecordedIsCompletedByTheNext) {
  auto custodian = open();
  const auto administration = custodian.administration();
  ASSERT_TRUE(administration.generate_key(spec("dev", "vault", "seal")));
  auto wanted = spec("software", "mine", "generic:test");
  wanted.under = KeyName{"dev", "vault"};
  ASSERT_TRUE(administration.generate_key(wanted));
  Custodian::Impl& home = *custodian.impl();
  auto id = key::KeyId::parse((**home.registry->view_key("software", "mine")).key.id);
  ASSERT_TRUE(id);
  auto keystore = home.backends.keystore();
  ASSERT_TRUE(keystore);
  ASSERT_TRUE((*keystore)->unseal(*id));  // as an older keystore put back would look, too

  auto unsealed = administration.unseal_key({"software", "mine"});
  ASSERT_TRUE(unsealed) << unsealed.error().detail;
  EXPECT_EQ(unsealed->custody, "software");
  EXPECT_EQ(unsealed->sealed_under, "");
  auto again = administration.unseal_key({"software", "mine"});
  ASSERT_FALSE(again);
  expect_refused(again.error(), Errc::bad_input, "not sealed");
}

TEST_F(Custody, ADeactivatedSealKeySealsNothing) {
  auto custodian = open();
  const auto administration = custodian.administration();
  ASSERT_TRUE(administration.generate_key(spec("dev", "vault", "seal")));
  ASSERT_TRUE(administration.generate_key(spec("software", "mine", "generic:test")));
  Custodian::Impl& home = *custodian.impl();
  registry::KeyRow row = (**home.registry->view_key("dev", "vault")).key;
  row.state = "deactivated";
  ASSERT_TRUE(home.registry->change("test", [&](registry::Change& change) -> Result<void> {
    if (auto put = change.put(row); !put) return put;
    return change.record("key.deactivated", "key dev:vault", "", "");
  }));
  auto sealed = administration.seal_key({"software", "mine"}, {"dev", "vault"});
  ASSERT_FALSE(sealed);
  expect_refused(sealed.error(), Errc::revoked, "deactivated");
}

}  // namespace
}  // namespace custos
