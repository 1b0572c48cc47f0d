// Credentials of venues with secrets of other forms, passphrases and nonces.
#include <gmock/gmock.h>
#include <sodium.h>

#include <set>
#include <thread>

#include "custodian/custodian_impl.h"
#include "custodian/nonces.h"
#include "custodian/passphrase.h"
#include "custodian/prepared_credential.h"
#include "custodian/venue_secret.h"
#include "exchange/venue.h"
#include "key/hmac_secret.h"
#include "support/home_fixture.h"

namespace custos {
namespace {

using test::HomeFixture;
using test::secret_of;
using ::testing::HasSubstr;

constexpr std::string_view kKrakenSecret =
    "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg==";
constexpr std::string_view kRsaPem =
    "-----BEGIN PRIVATE"
    " KEY-----\nMIIB\n-----END PRIVATE"
    " KEY-----\n";

class VenueCredentials : public HomeFixture {
 protected:
  static CredentialSpec spec_of(const std::string& venue, std::string_view secret = "a secret of some 32 characters..") {
    CredentialSpec spec;
    spec.name = venue + "-main";
    spec.venue = venue;
    spec.api_key = "api-key-of-the-test";
    spec.secret = secret_of(secret);
    return spec;
  }
  static Result<CredentialInfo> add(const Custodian& custodian, const std::string& venue, std::string_view secret,
                                    std::optional<std::string_view> passphrase = {}) {
    auto spec = spec_of(venue, secret);
    if (passphrase) spec.passphrase = secret_of(*passphrase);
    return custodian.administration().add_credential(std::move(spec));
  }
  static std::string prepared_passphrase(const Custodian& custodian, const std::string& name) {
    auto& home = *custodian.impl();
    auto prepared = PreparedCredential::prepare(home, name, home_keys(home), {});
    if (!prepared) return "ERROR: " + prepared.error().detail;
    return std::string((*prepared)->context().passphrase);
  }
};

TEST_F(VenueCredentials, SecretsAreReadInTheVenuesForm) {
  const auto& kraken = *exchange::find_venue("kraken");
  auto read = read_venue_secret(kraken, "", secret_of(kKrakenSecret));
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read->algorithm, key::Algorithm::hmac_sha512);
  EXPECT_EQ(read->material.size(), 64U);
  auto wrong = read_venue_secret(kraken, "", secret_of("this is not base64!"));
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, Errc::bad_input);
  EXPECT_THAT(wrong.error().detail, HasSubstr("kraken's secrets are base64"));
  EXPECT_THAT(read_venue_secret(kraken, "", secret_of("")).error().detail, HasSubstr("it is empty"));
  EXPECT_THAT(read_venue_secret(kraken, "rsa-2048", secret_of(kKrakenSecret)).error().detail, HasSubstr("takes HMAC-SHA512"));

  auto made = open().administration().generate_key({*KeyName::parse("dev:other"), "hmac-sha256", "venue:okx", ""});
  ASSERT_TRUE(made) << made.error().detail;
  auto okx = read_venue_secret(*exchange::find_venue("okx"), "", secret_of("  kept as it is "));
  ASSERT_TRUE(okx);
  EXPECT_EQ(okx->material.size(), 16U);
}

TEST_F(VenueCredentials, AKeyOfAnotherAlgorithmIsRefusedInOneLine) {
  auto custodian = open();
  const auto admin = custodian.administration();
  ASSERT_TRUE(admin.generate_key({*KeyName::parse("dev:rsa"), "rsa-2048", "venue:kraken", ""}));
  CredentialSpec spec = spec_of("kraken");
  spec.secret.reset();
  spec.key = *KeyName::parse("dev:rsa");
  const auto added = admin.add_credential(std::move(spec));
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, Errc::bad_input);
  EXPECT_THAT(added.error().detail, HasSubstr("key dev:rsa is rsa-2048, and kraken takes HMAC-SHA512"));
  EXPECT_EQ(added.error().detail.find('\n'), std::string::npos);
  EXPECT_FALSE(read_venue_secret(*exchange::find_venue("kraken"), "", secret_of(kRsaPem)));
}

TEST_F(VenueCredentials, PassphrasesAreWantedWhereTheVenueHasThem) {
  auto custodian = open();
  const auto missing = add(custodian, "okx", "a secret of some 32 characters..");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Errc::bad_input);
  EXPECT_THAT(missing.error().detail, HasSubstr("--passphrase-stdin"));
  const auto unwanted = add(custodian, "kraken", kKrakenSecret, "phrase");
  ASSERT_FALSE(unwanted);
  EXPECT_THAT(unwanted.error().detail, HasSubstr("have no passphrase"));
  for (const std::string& bad : {std::string(), std::string("two\nlines"), std::string(129, 'x'), std::string("caf\xC3\xA9")}) {
    EXPECT_FALSE(add(custodian, "okx", "a secret of some 32 characters..", bad)) << bad;
  }
  for (const std::string& bad : {std::string(), std::string("with/slash"), std::string(65, 'x')}) {
    const auto refused = add(custodian, "kucoin", "a secret of some 32 characters..", bad);
    ASSERT_FALSE(refused) << bad;
    EXPECT_THAT(refused.error().detail, HasSubstr("without '/'"));
  }
  EXPECT_TRUE(custodian.administration().list_keys()->size() <= 1U) << "nothing is left behind";
}

TEST_F(VenueCredentials, APassphraseLivesInTheTokenAndNotInTheRegistry) {
  constexpr std::string_view kPhrase = "My phrase 42!";
  auto custodian = open();
  const auto added = add(custodian, "okx", "a secret of some 32 characters..", kPhrase);
  ASSERT_TRUE(added) << added.error().detail;
  EXPECT_TRUE(added->has_passphrase);
  EXPECT_EQ(prepared_passphrase(custodian, "okx-main"), kPhrase);
  for (const char* file : {"registry.db", "registry.db-wal"}) {
    EXPECT_EQ(test::read_file(home() / file).find(kPhrase), std::string::npos) << file;
  }
  const auto rows = custodian.impl()->registry->credentials_unverified();
  const auto version = custodian.impl()->registry->current_version_unverified(rows->front().id);
  EXPECT_THAT((*version)->passphrase_ref, HasSubstr("dev:passphrase-"));
  const std::string name = (*version)->passphrase_ref.substr(4);
  auto token = custodian.impl()->tokens.open("dev");
  ASSERT_TRUE((*token)->read_secret(name)->has_value());

  CredentialChange change;
  change.passphrase = secret_of("another one");
  ASSERT_TRUE(custodian.administration().set_credential("okx-main", change));
  EXPECT_EQ(prepared_passphrase(custodian, "okx-main"), "another one");
  change = {};
  change.api_key = "another-api-key";
  ASSERT_TRUE(custodian.administration().set_credential("okx-main", change));
  EXPECT_EQ(prepared_passphrase(custodian, "okx-main"), "another one") << "kept with another API key";

  ASSERT_TRUE(custodian.administration().remove_credential("okx-main"));
  EXPECT_FALSE((*token)->read_secret(name)->has_value()) << "of an old version";
}

TEST_F(VenueCredentials, APassphraseThatIsGoneIsToldWithTheRemedy) {
  auto custodian = open();
  ASSERT_TRUE(add(custodian, "okx", "a secret of some 32 characters..", "phrase"));
  const auto rows = custodian.impl()->registry->credentials_unverified();
  const auto version = custodian.impl()->registry->current_version_unverified(rows->front().id);
  auto token = custodian.impl()->tokens.open("dev");
  ASSERT_TRUE((*token)->remove_secret((*version)->passphrase_ref.substr(4)));
  const auto signer = custodian.prepare_request_signer("okx-main");
  ASSERT_FALSE(signer);
  EXPECT_EQ(signer.error().code, Errc::revoked);
  EXPECT_THAT(signer.error().detail, HasSubstr("custos credential set okx-main --passphrase-stdin"));
}

TEST_F(VenueCredentials, KuCoinsPassphraseIsItsMac) {
  constexpr std::string_view kSecret = "a secret of some 32 characters..";
  auto custodian = open();
  ASSERT_TRUE(add(custodian, "kucoin", kSecret, "phrase"));
  auto mac = std::array<std::uint8_t, 32>{};
  ::crypto_auth_hmacsha256_state state;
  ::crypto_auth_hmacsha256_init(&state, as_bytes(kSecret).data(), kSecret.size());
  ::crypto_auth_hmacsha256_update(&state, as_bytes("phrase").data(), 6);
  ::crypto_auth_hmacsha256_final(&state, mac.data());
  std::array<char, 64> text{};
  ::sodium_bin2base64(text.data(), text.size(), mac.data(), mac.size(), sodium_base64_VARIANT_ORIGINAL);
  EXPECT_EQ(prepared_passphrase(custodian, "kucoin-main"), text.data());

  const auto admin = custodian.administration();
  ASSERT_TRUE(admin.import_key({*KeyName::parse("dev:second"), "hmac-sha256", "venue:kucoin", ""},
                               secret_of("another secret of 32 characters.")));
  CredentialChange change;
  change.key = *KeyName::parse("dev:second");
  const auto refused = admin.set_credential("kucoin-main", change);
  ASSERT_FALSE(refused) << "its MAC is under the old key";
  EXPECT_THAT(refused.error().detail, HasSubstr("--passphrase-stdin"));
  change.passphrase = secret_of("phrase");
  ASSERT_TRUE(admin.set_credential("kucoin-main", change));
  EXPECT_NE(prepared_passphrase(custodian, "kucoin-main"), text.data());
}

TEST_F(VenueCredentials, NoncesRiseOverThreadsAndSigners) {
  auto custodian = open();
  ASSERT_TRUE(add(custodian, "kraken", kKrakenSecret));
  auto& home = *custodian.impl();
  std::mutex mutex;
  std::set<std::uint64_t> all;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      auto prepared = PreparedCredential::prepare(home, "kraken-main", home_keys(home), {});
      ASSERT_TRUE(prepared) << prepared.error().detail;
      ASSERT_NE((*prepared)->nonces, nullptr);
      std::uint64_t last = 0;
      for (int n = 0; n < 500; ++n) {
        const auto nonce = (*prepared)->nonces->next(1'800'000'000'000'000);
        EXPECT_GT(nonce, last);
        last = nonce;
        const std::lock_guard lock(mutex);
        EXPECT_TRUE(all.insert(nonce).second);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(all.size(), 2000U);
  auto prepared = PreparedCredential::prepare(home, "kraken-main", home_keys(home), {});
  EXPECT_FALSE((*prepared)->nonces->take(*all.rbegin())) << "it was handed out";
  EXPECT_TRUE((*prepared)->nonces->take(*all.rbegin() + 1));
}

TEST_F(VenueCredentials, ANonceFarAheadIsCoveredByTheMarkBeforeItIsUsed) {
  auto custodian = open();
  ASSERT_TRUE(add(custodian, "kraken", kKrakenSecret));
  auto& home = *custodian.impl();
  auto prepared = PreparedCredential::prepare(home, "kraken-main", home_keys(home), {});
  ASSERT_TRUE(prepared) << prepared.error().detail;
  const auto first = (*prepared)->nonces->next(1);
  const std::uint64_t far = first + 3'600'000'000'000;
  ASSERT_TRUE((*prepared)->nonces->take(far));
  const auto rows = home.registry->credentials_unverified();
  const auto slot = home.registry->nonce_slot(rows->front().id, {first, 1000});
  ASSERT_TRUE(slot);
  EXPECT_GT(slot->mark, far);
}

TEST_F(VenueCredentials, ACallersNonceGoingBackwardsIsRefused) {
  auto custodian = open();
  ASSERT_TRUE(add(custodian, "kraken", kKrakenSecret));
  auto signer = custodian.prepare_request_signer("kraken-main");
  ASSERT_TRUE(signer) << signer.error().detail;
  SignedRequest out;
  RequestView request;
  request.method = "POST";
  request.path = "/0/private/Balance";
  ASSERT_TRUE(signer->sign(request, out).ok()) << signer->explain(signer->sign(request, out), out);
  const std::string old = "1500000000000";
  request.nonce = old;
  const auto status = signer->sign(request, out);
  EXPECT_EQ(status.code, Errc::bad_input);
  EXPECT_THAT(signer->explain(status, out), HasSubstr("nonce"));
}

}  // namespace
}  // namespace custos
