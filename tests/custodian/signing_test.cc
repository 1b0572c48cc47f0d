#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "custodian/custodian_impl.h"
#include "support/home_fixture.h"

namespace custos {
namespace {

using test::HomeFixture;
using ::testing::HasSubstr;

class Signing : public HomeFixture {};

TEST_F(Signing, TheDocumentedOrderGetsTheDocumentedSignature) {
  auto custodian = open();
  add_documented(custodian);
  auto signer = custodian.prepare_request_signer("binance-main");
  ASSERT_TRUE(signer) << signer.error().detail;
  SignedRequest out;
  const auto status = signer->sign(documented_order(), out);
  ASSERT_TRUE(status.ok()) << signer->explain(status, out);
  EXPECT_EQ(out.signature(), test::kDocumentedSignature);
  EXPECT_EQ(out.url(), "https://api.binance.com/api/v3/order");
  EXPECT_EQ(out.body(), std::string(test::kDocumentedOrder) + "&signature=" + std::string(test::kDocumentedSignature));
  EXPECT_EQ(out.algorithm(), "HMAC-SHA256");
  ASSERT_FALSE(out.headers().empty());
  EXPECT_EQ(out.headers().front().name, "X-MBX-APIKEY");
  EXPECT_EQ(out.headers().front().value, test::kDocumentedApiKey);
}

TEST_F(Signing, RefusesAWithdrawalAndNamesTheGrant) {
  auto custodian = open();
  add_documented(custodian);
  auto signer = custodian.prepare_request_signer("binance-main");
  ASSERT_TRUE(signer) << signer.error().detail;
  SignedRequest out;
  const NameValue params[] = {{"coin", "BTC"}, {"address", "bc1qexample"}, {"amount", "1"}};
  RequestView request;
  request.method = "POST";
  request.path = "/sapi/v1/capital/withdraw/apply";
  request.params = params;
  const auto status = signer->sign(request, out);
  EXPECT_EQ(status.code, Errc::refused);
  EXPECT_TRUE(out.signature().empty());
  // Its amount alone reaches transfers too (docs/venues.md).
  EXPECT_THAT(signer->explain(status, out), HasSubstr("custos credential grant binance-main transfer withdraw"));
  ASSERT_TRUE(custodian.administration().grant("binance-main", {"transfer", "withdraw"}));
  EXPECT_TRUE(signer->sign(request, out).ok());
}

TEST_F(Signing, ObeysAGrantGivenAndTakenWhileItRuns) {
  auto custodian = open();
  add_documented(custodian);
  auto signer = custodian.prepare_request_signer("binance-main");
  ASSERT_TRUE(signer);
  auto other = open();  // as another process would
  SignedRequest out;
  ASSERT_TRUE(signer->sign(documented_order(), out).ok());
  ASSERT_TRUE(other.administration().revoke("binance-main", {"trade"}));
  EXPECT_EQ(signer->sign(documented_order(), out).code, Errc::refused);
  ASSERT_TRUE(other.administration().grant("binance-main", {"trade"}));
  EXPECT_TRUE(signer->sign(documented_order(), out).ok());
  EXPECT_EQ(signer->stats().preparations, 3U);
}

TEST_F(Signing, ObeysADisabledAndARemovedCredential) {
  auto custodian = open();
  add_documented(custodian);
  auto signer = custodian.prepare_request_signer("binance-main");
  ASSERT_TRUE(signer);
  auto other = open();
  SignedRequest out;
  ASSERT_TRUE(other.administration().disable_credential("binance-main", "leaked"));
  auto status = signer->sign(documented_order(), out);
  EXPECT_EQ(status.code, Errc::revoked);
  EXPECT_THAT(signer->explain(status, out), HasSubstr("leaked"));
  ASSERT_TRUE(other.administration().enable_credential("binance-main"));
  EXPECT_TRUE(signer->sign(documented_order(), out).ok());
  ASSERT_TRUE(other.administration().remove_credential("binance-main"));
  EXPECT_EQ(signer->sign(documented_order(), out).code, Errc::revoked);
  auto unknown = custodian.prepare_request_signer("binance-main");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Errc::not_found);
}

TEST_F(Signing, AFailureLeavesNoPartOfTheAnswer) {
  auto custodian = open();
  add_documented(custodian);
  auto signer = custodian.prepare_request_signer("binance-main");
  ASSERT_TRUE(signer);
  SignedRequest out;
  ASSERT_TRUE(signer->sign(documented_order(), out).ok());
  ASSERT_TRUE(custodian.administration().revoke("binance-main", {"trade"}));
  ASSERT_FALSE(signer->sign(documented_order(), out).ok());
  EXPECT_TRUE(out.signature().empty());
  EXPECT_TRUE(out.body().empty());
  EXPECT_TRUE(out.url().empty());
}

TEST_F(Signing, PreparesOnAControlPageWhoseFirstWriterDied) {
  auto custodian = open();
  add_documented(custodian);
  std::filesystem::remove(home() / "control");
  {
    auto page = registry::ControlPage::create(home() / "control");
    ASSERT_TRUE(page);
    page->begin_change();  // epoch 1, and nobody ends it
  }
  auto later = open();
  auto signer = later.prepare_request_signer("binance-main");
  ASSERT_TRUE(signer) << signer.error().detail;
  SignedRequest out;
  EXPECT_TRUE(signer->sign(documented_order(), out).ok());
}

TEST_F(Signing, AForkedChildTouchesNothingInherited) {
  auto custodian = open();
  add_documented(custodian);
  auto signer = custodian.prepare_request_signer("binance-main");
  ASSERT_TRUE(signer);
  auto other = open();
  ASSERT_TRUE(other.administration().disable_credential("binance-main", "so that the child would prepare anew"));
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    SignedRequest out;
    const bool away = signer->sign(documented_order(), out).code == Errc::device_gone &&
                      custodian.administration().enable_credential("binance-main").error().code == Errc::device_gone;
    ::_exit(away ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  ASSERT_TRUE(custodian.administration().enable_credential("binance-main"));
  SignedRequest out;
  EXPECT_TRUE(signer->sign(documented_order(), out).ok());
}

TEST_F(Signing, AnEventTellsWhichKeyWasExchanged) {
  auto custodian = open();
  add_documented(custodian);
  const auto admin = custodian.administration();
  auto fresh = admin.generate_key({{"dev", "fresh"}, "hmac-sha256", "venue:binance", "device"});
  ASSERT_TRUE(fresh);
  CredentialChange change;
  change.key = fresh->name;
  ASSERT_TRUE(admin.set_credential("binance-main", change));
  auto events = custodian.impl()->registry->events_unverified();
  ASSERT_TRUE(events);
  EXPECT_EQ(events->back().action, "credential.set");
  EXPECT_THAT(events->back().after, HasSubstr(fresh->id));
  EXPECT_THAT(events->back().before, ::testing::Not(HasSubstr(fresh->id)));
  EXPECT_EQ(admin.set_credential("binance-main", {}).error().code, Errc::bad_input);
}

TEST_F(Signing, ObeysADestroyedKey) {
  auto custodian = open();
  add_documented(custodian);
  auto signer = custodian.prepare_request_signer("binance-main");
  ASSERT_TRUE(signer);
  ASSERT_TRUE(custodian.administration().destroy_key({"dev", "binance-main"}));
  SignedRequest out;
  const auto status = signer->sign(documented_order(), out);
  EXPECT_EQ(status.code, Errc::revoked);
  EXPECT_THAT(signer->explain(status, out), HasSubstr("destroyed"));
}

TEST_F(Signing, RefusesAKeyOfAnotherPurpose) {
  auto custodian = open();
  const auto admin = custodian.administration();
  CredentialSpec spec;
  spec.name = "thief";
  spec.venue = "binance";
  spec.api_key = "k";
  spec.key = KeyName{"dev", "custos-registry"};
  auto added = admin.add_credential(std::move(spec));
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, Errc::refused);
  EXPECT_THAT(added.error().detail, HasSubstr("purpose registry"));
}

TEST_F(Signing, UsesANewKeyAfterTheCredentialWasSetToIt) {
  auto custodian = open();
  add_documented(custodian);
  auto signer = custodian.prepare_request_signer("binance-main");
  ASSERT_TRUE(signer);
  const auto admin = custodian.administration();
  ASSERT_TRUE(admin.generate_key({{"dev", "fresh"}, "hmac-sha256", "venue:binance", "device"}));
  CredentialChange change;
  change.key = KeyName{"dev", "fresh"};
  auto changed = admin.set_credential("binance-main", change);
  ASSERT_TRUE(changed) << changed.error().detail;
  EXPECT_EQ(changed->version, 2U);
  EXPECT_EQ(changed->key.label, "fresh");
  SignedRequest out;
  ASSERT_TRUE(signer->sign(documented_order(), out).ok());
  EXPECT_NE(out.signature(), test::kDocumentedSignature);
}

TEST_F(Signing, ALabelMayBeUsedAgainAfterItsKeyWasDestroyed) {
  auto custodian = open();
  const auto admin = custodian.administration();
  const KeySpec spec{{"dev", "again"}, "hmac-sha512", "venue:binance", "device"};
  auto first = admin.generate_key(spec);
  ASSERT_TRUE(first) << first.error().detail;
  auto second = admin.generate_key(spec);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::already_exists);
  ASSERT_TRUE(admin.destroy_key(spec.name));
  second = admin.generate_key(spec);
  ASSERT_TRUE(second) << second.error().detail;
  EXPECT_NE(first->id, second->id);
  EXPECT_THAT(second->uri, HasSubstr("again%232"));
}

TEST_F(Signing, ShowsWhatTheTokenSaysOfAKey) {
  auto custodian = open();
  const auto admin = custodian.administration();
  ASSERT_TRUE(admin.generate_key({{"dev", "made"}, "hmac-sha256", "venue:binance", "device"}));
  add_documented(custodian);
  auto made = admin.show_key({"dev", "made"});
  ASSERT_TRUE(made) << made.error().detail;
  ASSERT_TRUE(made->attestation);
  EXPECT_EQ(made->attestation->sensitive, true);
  EXPECT_EQ(made->attestation->extractable, false);
  EXPECT_EQ(made->attestation->local, true);
  EXPECT_EQ(made->origin, "generated");
  auto imported = admin.show_key({"dev", "binance-main"});
  ASSERT_TRUE(imported);
  EXPECT_EQ(imported->attestation->local, false);
  EXPECT_EQ(imported->attestation->never_extractable, false);  // devices.md 1.17
  EXPECT_EQ(imported->origin, "imported");
  EXPECT_EQ(imported->credentials, std::vector<std::string>{"binance-main"});
}

TEST_F(Signing, RefusesTheDestructionOfTheSealKey) {
  auto custodian = open();
  auto destroyed = custodian.administration().destroy_key({"dev", "custos-registry"});
  ASSERT_FALSE(destroyed);
  EXPECT_EQ(destroyed.error().code, Errc::refused);
}

TEST_F(Signing, AFailedCredentialLeavesNoKeyBehind) {
  auto custodian = open();
  add_documented(custodian);
  CredentialSpec spec;
  spec.name = "binance-main";
  spec.venue = "binance";
  spec.api_key = "k";
  spec.secret = test::secret_of("another secret that is long enough");
  EXPECT_FALSE(custodian.administration().add_credential(std::move(spec)));
  for (const auto& check : examine(options())) EXPECT_THAT(check.finding, ::testing::Not(HasSubstr("does not know")));
}

TEST_F(Signing, ATimestampFarAheadIsRefusedAndAClockOffsetCounts) {
  auto custodian = open();
  add_documented(custodian);
  auto signer = custodian.prepare_request_signer("binance-main");
  ASSERT_TRUE(signer);
  SignedRequest out;
  RequestView request;
  request.method = "GET";
  request.path = "/api/v3/account";
  SignOptions options;
  options.timestamp_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count() +
      3'600'000;
  EXPECT_EQ(signer->sign(request, out, options).code, Errc::refused);
  signer->set_clock_offset_ms(3'600'000);
  EXPECT_TRUE(signer->sign(request, out, options).ok());
}

// Eight threads sign with three credentials while one of them is disabled and enabled again; every signature that comes out is
// right.
TEST_F(Signing, ThreadsSignWhileGrantsChange) {
  auto custodian = open();
  for (const char* name : {"one", "two", "three"}) add_documented(custodian, name);
  std::vector<RequestSigner> signers;
  for (const char* name : {"one", "two", "three"}) {
    auto signer = custodian.prepare_request_signer(name);
    ASSERT_TRUE(signer) << signer.error().detail;
    signers.push_back(*std::move(signer));
  }
  std::atomic<int> right{0};
  std::atomic<int> wrong{0};
  std::atomic<bool> done{false};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      SignedRequest out;
      while (!done) {
        const auto status = signers[i % signers.size()].sign(documented_order(), out);
        if (status.ok()) (out.signature() == test::kDocumentedSignature ? right : wrong).fetch_add(1);
      }
    });
  }
  const auto admin = custodian.administration();
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(admin.disable_credential("two", "test"));
    SignedRequest out;
    EXPECT_EQ(signers[1].sign(documented_order(), out).code, Errc::revoked);
    EXPECT_TRUE(admin.enable_credential("two"));
  }
  done = true;
  for (auto& thread : threads) thread.join();
  EXPECT_GT(right.load(), 0);
  EXPECT_EQ(wrong.load(), 0);
}

}  // namespace
}  // namespace custos
