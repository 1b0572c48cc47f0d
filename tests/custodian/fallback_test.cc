#include "custodian/fallback.h"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "custodian/request_signer.h"
#include "software/software_key.h"
#include "support/fallback_home.h"

namespace custos {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

// Device answers what a test tells it to.
struct Device {
  std::atomic<Errc> answer{Errc::ok};
  std::atomic<int> asked{0};

  SignStatus ask() noexcept {
    ++asked;
    return {answer.load(), Origin::token, 0};
  }
};

// DeviceKey is a key in it.
class DeviceKey final : public key::PreparedKey {
 public:
  DeviceKey(Device& device, std::shared_ptr<key::PreparedKey> key) : device_(device), key_(std::move(key)) {}
  SignStatus sign(ByteView message, std::span<std::uint8_t> out, key::SignCall& call) noexcept override {
    const SignStatus status = device_.ask();
    return status.ok() ? key_->sign(message, out, call) : status;
  }
  SignStatus exists(key::Deadline) noexcept override { return device_.ask(); }
  [[nodiscard]] std::uint64_t generation() const noexcept override { return 1; }
  void close() noexcept override { key_->close(); }

 private:
  Device& device_;
  std::shared_ptr<key::PreparedKey> key_;
};

class FallbackUse : public test::FallbackHome {
 protected:
  // source opens keys of the token in `device_`, and others where the home has them.
  KeySource source() {
    return [this](const registry::KeyRow& row, const registry::CopyRow& copy, key::KeyUse use,
                  std::size_t shelf) -> Result<std::shared_ptr<key::PreparedKey>> {
      if (copy.token != "dev") return home_keys(*custodian_->impl())(row, copy, use, shelf);
      if (const auto status = device_.ask(); !status.ok()) return fail(status.code, status.origin, "the device says no");
      auto key = software::SoftwareKey::make(use.algorithm, test::secret_of(test::kDocumentedSecret));
      if (!key) return key.failure();
      return std::shared_ptr<key::PreparedKey>(std::make_shared<DeviceKey>(device_, *std::move(key)));
    };
  }

  Result<RequestSigner> try_prepare() { return RequestSigner::Impl::prepare(custodian_->impl(), "binance-main", {}, source()); }
  RequestSigner prepare() {
    auto signer = try_prepare();
    if (!signer) {
      ADD_FAILURE() << signer.error().detail;
      std::abort();
    }
    return *std::move(signer);
  }

  // sign signs the documented order; a signature must be the documented one.
  SignStatus sign(const RequestSigner& signer) {
    const auto status = signer.sign(documented_order(), out_);
    if (status.ok()) {
      EXPECT_EQ(out_.signature(), test::kDocumentedSignature);
    }
    return status;
  }
  [[nodiscard]] bool by_fallback() const { return test::signed_by_fallback(out_); }

  // signs_by_device tells whether the signer came back to its device within a while.
  bool signs_by_device(const RequestSigner& signer) {
    const auto patience = std::chrono::steady_clock::now() + 30s;
    while (std::chrono::steady_clock::now() < patience) {
      if (sign(signer).ok() && !by_fallback()) return true;
      std::this_thread::yield();
    }
    return false;
  }

  // began_earlier makes the registry tell of an outage that began so long ago.
  void began_earlier(std::chrono::minutes ago) {
    const std::int64_t since = Clock::system().now_ms() - std::chrono::milliseconds(ago).count();
    ASSERT_TRUE(custodian_->impl()->registry->note_fallback(shown().id, {since, since, 1, "gone"}));
  }

  Device device_;
  SignedRequest out_;
};

TEST_F(FallbackUse, TheSameSignatureComesWhileTheDeviceIsAwayAndEverybodyIsTold) {
  add_with_fallback();
  const auto signer = prepare();
  ASSERT_TRUE(sign(signer).ok());
  EXPECT_FALSE(by_fallback());
  device_.answer = Errc::device_gone;
  ASSERT_TRUE(sign(signer).ok());
  EXPECT_TRUE(by_fallback());
  EXPECT_TRUE(warned_of("credential binance-main: the fallback software:spare signed 1 request"));
  EXPECT_EQ(signer.stats().signatures, 2U);
  EXPECT_EQ(signer.stats().by_fallback_key, 1U);

  const auto info = shown();
  ASSERT_TRUE(info.fallback && info.fallback->active);
  EXPECT_EQ(info.fallback->signatures, 1U);
  EXPECT_THAT(info.fallback->reason, HasSubstr("the token is away"));
  const auto active = active_fallbacks(*custodian_->impl());
  ASSERT_TRUE(active);
  ASSERT_EQ(active->size(), 1U);
  EXPECT_EQ(active->front().credential, "binance-main");
}

TEST_F(FallbackUse, ItReturnsToTheDeviceByItself) {
  add_with_fallback();
  const auto signer = prepare();
  device_.answer = Errc::device_gone;
  ASSERT_TRUE(sign(signer).ok());
  const int asked = device_.asked;
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(sign(signer).ok());
  const auto seconds = (std::chrono::steady_clock::now() - begun) / 1s;
  EXPECT_LE(device_.asked - asked, 1 + seconds) << "the device is tried about once a second";
  device_.answer = Errc::ok;
  EXPECT_TRUE(signs_by_device(signer));
  EXPECT_FALSE(shown().fallback->active);
}

TEST_F(FallbackUse, RearmFindsTheDeviceToo) {
  add_with_fallback();
  const auto signer = prepare();
  device_.answer = Errc::device_gone;
  ASSERT_TRUE(sign(signer).ok());
  device_.answer = Errc::ok;
  const auto patience = std::chrono::steady_clock::now() + 30s;
  while (shown().fallback->active && std::chrono::steady_clock::now() < patience) signer.rearm();
  ASSERT_TRUE(sign(signer).ok());
  EXPECT_FALSE(by_fallback());
}

TEST_F(FallbackUse, NeverWhenTheDeviceRefusesOrIsBusy) {
  add_with_fallback();
  const auto signer = prepare();
  for (const auto code : {Errc::refused, Errc::revoked, Errc::authentication, Errc::integrity, Errc::not_found, Errc::busy,
                          Errc::deadline_exceeded, Errc::internal, Errc::system}) {
    device_.answer = code;
    EXPECT_EQ(sign(signer).code, code == Errc::not_found ? Errc::revoked : code);
  }
  EXPECT_EQ(signer.stats().by_fallback_key, 0U);
  EXPECT_FALSE(shown().fallback->active);
}

TEST_F(FallbackUse, NotWhenTheDeviceComesBackAndRefuses) {
  add_with_fallback();
  const auto signer = prepare();
  device_.answer = Errc::device_gone;
  ASSERT_TRUE(sign(signer).ok());
  device_.answer = Errc::authentication;
  const auto patience = std::chrono::steady_clock::now() + 30s;
  while (sign(signer).ok() && std::chrono::steady_clock::now() < patience) std::this_thread::yield();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(sign(signer).code, Errc::authentication);
}

TEST_F(FallbackUse, NotWithoutTheGrantAndThenItSaysSo) {
  add_with_fallback(false);
  const auto signer = prepare();
  device_.answer = Errc::device_gone;
  const auto status = sign(signer);
  EXPECT_EQ(status.code, Errc::device_gone);
  EXPECT_THAT(signer.explain(status, out_), HasSubstr("custos credential grant binance-main fallback"));
  const auto another = try_prepare();
  ASSERT_FALSE(another);
  EXPECT_EQ(another.error().code, Errc::device_gone);
  EXPECT_THAT(another.error().detail, HasSubstr("custos credential grant binance-main fallback"));
}

TEST_F(FallbackUse, ARunningSignerObeysTheGrantTakenAway) {
  add_with_fallback();
  const auto signer = prepare();
  device_.answer = Errc::device_gone;
  ASSERT_TRUE(sign(signer).ok());
  ASSERT_TRUE(admin().revoke("binance-main", {"fallback"}));
  EXPECT_EQ(sign(signer).code, Errc::device_gone);
  ASSERT_TRUE(admin().grant("binance-main", {"fallback"}));
  EXPECT_TRUE(sign(signer).ok());
}

TEST_F(FallbackUse, ARunningSignerObeysARevocation) {
  add_with_fallback();
  const auto signer = prepare();
  device_.answer = Errc::device_gone;
  ASSERT_TRUE(sign(signer).ok());
  ASSERT_TRUE(admin().disable_credential("binance-main", "test"));
  EXPECT_EQ(sign(signer).code, Errc::revoked);
  ASSERT_TRUE(admin().enable_credential("binance-main"));
  EXPECT_TRUE(sign(signer).ok());
  ASSERT_TRUE(admin().destroy_key({"software", "spare"}));
  EXPECT_EQ(sign(signer).code, Errc::device_gone);
}

TEST_F(FallbackUse, NoRequestIsSignedThatIsNotGranted) {
  add_with_fallback();
  const auto signer = prepare();
  device_.answer = Errc::device_gone;
  const NameValue params[] = {{"coin", "BTC"}, {"address", "bc1qexample"}, {"amount", "1"}};
  RequestView request;
  request.method = "POST";
  request.path = "/sapi/v1/capital/withdraw/apply";
  request.params = params;
  EXPECT_EQ(signer.sign(request, out_).code, Errc::refused);
  EXPECT_EQ(signer.stats().by_fallback_key, 0U);
}

TEST_F(FallbackUse, WithTheDeviceAwayFromTheStartTheFallbackIsEnough) {
  add_with_fallback();
  device_.answer = Errc::device_gone;
  const auto signer = prepare();
  ASSERT_TRUE(sign(signer).ok());
  EXPECT_TRUE(by_fallback());
  EXPECT_EQ(signer.stats().shelf, 0U);
  device_.answer = Errc::ok;
  EXPECT_TRUE(signs_by_device(signer));
  EXPECT_FALSE(shown().fallback->active);
}

TEST_F(FallbackUse, WithTheDeviceRefusingFromTheStartNothingIsPrepared) {
  add_with_fallback();
  for (const auto code : {Errc::authentication, Errc::integrity, Errc::refused, Errc::busy}) {
    device_.answer = code;
    const auto signer = try_prepare();
    ASSERT_FALSE(signer);
    EXPECT_EQ(signer.error().code, code);
  }
}

TEST_F(FallbackUse, AnOutageThatOthersBeganEndsAtItsLimitHereToo) {
  add_with_fallback();
  began_earlier(16min);
  device_.answer = Errc::device_gone;
  const auto signer = prepare();
  const auto status = sign(signer);
  EXPECT_EQ(status.code, Errc::device_gone);
  EXPECT_THAT(signer.explain(status, out_), HasSubstr("as long as one outage may last"));
  device_.answer = Errc::ok;
  EXPECT_TRUE(signs_by_device(signer));
}

TEST_F(FallbackUse, ALongerLimitLetsItSignOn) {
  add_with_fallback();
  began_earlier(16min);
  device_.answer = Errc::device_gone;
  const auto signer = prepare();
  EXPECT_FALSE(sign(signer).ok());
  CredentialChange change;
  change.fallback_limit = 20min;
  ASSERT_TRUE(admin().set_credential("binance-main", change));
  EXPECT_TRUE(sign(signer).ok());
}

TEST_F(FallbackUse, AFallbackThatCannotBeOpenedIsAWarning) {
  add_with_fallback();
  custodian_.emplace(open());
  test::write_file(home() / "pin" / "keystore", "another passphrase than the right one\n");
  const auto signer = prepare();
  EXPECT_TRUE(sign(signer).ok());
  EXPECT_TRUE(warned_of("its fallback software:spare does not sign: "));
  device_.answer = Errc::device_gone;
  EXPECT_EQ(sign(signer).code, Errc::device_gone);
}

TEST_F(FallbackUse, ProductionTakesNoneUnlessItsConfigurationAllowsSoftware) {
  add_with_fallback();
  auto& impl = *custodian_->impl();
  impl.mode = Mode::production;
  EXPECT_EQ(set_fallback().error().code, Errc::refused);
  {
    const auto signer = prepare();
    device_.answer = Errc::device_gone;
    EXPECT_EQ(sign(signer).code, Errc::device_gone);
    EXPECT_TRUE(warned_of("allow_software = true"));
  }
  impl.config.software.allow_software = true;
  EXPECT_TRUE(sign(prepare()).ok());
  EXPECT_TRUE(set_fallback());
}

TEST_F(FallbackUse, WhatWasNotYetToldIsToldAtTheEndOfTheSigner) {
  add_with_fallback();
  {
    const auto signer = prepare();
    device_.answer = Errc::device_gone;
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(sign(signer).ok());
  }
  EXPECT_EQ(shown().fallback->signatures, 5U);
}

TEST_F(FallbackUse, FourThreadsSignWhileTheDeviceGoesAndComesBack) {
  add_with_fallback();
  const auto signer = prepare();
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  std::array<std::atomic<int>, 2> right{};  // by the device, by the fallback
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      SignedRequest out;
      while (!done) {
        if (!signer.sign(documented_order(), out).ok() || out.signature() != test::kDocumentedSignature) {
          ++wrong;
        } else {
          ++right[test::signed_by_fallback(out) ? 1 : 0];
        }
        signer.rearm(1);
      }
    });
  }
  const auto signed_more_by = [&](std::size_t which) {
    for (const int so_far = right[which]; right[which] < so_far + 20;) std::this_thread::yield();
  };
  for (int i = 0; i < 2; ++i) {
    device_.answer = Errc::device_gone;
    signed_more_by(1);
    device_.answer = Errc::ok;
    signed_more_by(0);
  }
  done = true;
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(signer.stats().by_fallback_key, static_cast<std::uint64_t>(right[1].load()));
}

class FallbackRules : public test::FallbackHome {
 protected:
  void SetUp() override {
    FallbackHome::SetUp();
    add_documented(*custodian_);
  }
  [[nodiscard]] std::string last_event() const {
    const auto events = custodian_->impl()->registry->events_unverified();
    return events->back().action + ": " + events->back().before + " -> " + events->back().after;
  }
};

TEST_F(FallbackRules, TheSameSecretIsTakenAndRecorded) {
  import_spare();
  const auto set = set_fallback();
  ASSERT_TRUE(set) << set.error().detail;
  ASSERT_TRUE(set->fallback);
  EXPECT_EQ(set->fallback->key.text(), test::kSpare);
  EXPECT_EQ(set->fallback->limit, 15min);
  EXPECT_FALSE(set->fallback->active);
  EXPECT_EQ(set->custody, "software") << "the weakest among its copies";
  EXPECT_THAT(last_event(), HasSubstr("-> "));
  EXPECT_THAT(last_event(), HasSubstr(" fallback_minutes=15"));
  EXPECT_TRUE(custodian_->impl()->registry->verify());
}

TEST_F(FallbackRules, AnotherSecretIsRefused) {
  import_spare("another secret of more than thirty-two bytes");
  const auto set = set_fallback();
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().code, Errc::bad_input);
  EXPECT_THAT(set.error().detail, HasSubstr("is not the same secret as key dev:binance-main"));
  EXPECT_FALSE(shown().fallback);
}

TEST_F(FallbackRules, WhatCannotStandInIsRefused) {
  import_spare(test::kDocumentedSecret, "dev:spare");
  import_spare(test::kDocumentedSecret, "software:longer", "hmac-sha512");
  for (const auto& [name, code, text] : {std::tuple{"software:none", Errc::not_found, "there is no key software:none"},
                                         {"dev:binance-main", Errc::bad_input, "its fallback must be another"},
                                         {"dev:spare", Errc::bad_input, "is in the same token"},
                                         {"software:longer", Errc::bad_input, "for which it is to stand in"}}) {
    const auto set = set_fallback(name);
    ASSERT_FALSE(set) << name;
    EXPECT_EQ(set.error().code, code) << set.error().detail;
    EXPECT_THAT(set.error().detail, HasSubstr(text));
  }
}

TEST_F(FallbackRules, TheLimitIsFromAMinuteToThirtyDays) {
  import_spare();
  for (const auto minutes : {-1min, 0min, 43'201min}) {
    CredentialChange change;
    change.fallback = *KeyName::parse(test::kSpare);
    change.fallback_limit = minutes;
    EXPECT_EQ(admin().set_credential("binance-main", change).error().code, Errc::bad_input);
  }
  ASSERT_TRUE(set_fallback());
  CredentialChange change;
  change.fallback_limit = 43'200min;
  EXPECT_EQ(admin().set_credential("binance-main", change)->fallback->limit, 43'200min);
}

TEST_F(FallbackRules, ALimitOrARemovalNeedsAFallback) {
  CredentialChange limit, removal;
  limit.fallback_limit = 1min;
  removal.remove_fallback = true;
  EXPECT_EQ(admin().set_credential("binance-main", limit).error().code, Errc::bad_input);
  EXPECT_EQ(admin().set_credential("binance-main", removal).error().code, Errc::bad_input);
}

TEST_F(FallbackRules, RemovalIsRecordedAndBringsTheCustodyBack) {
  import_spare();
  ASSERT_TRUE(set_fallback());
  CredentialChange removal;
  removal.remove_fallback = true;
  const auto removed = admin().set_credential("binance-main", removal);
  ASSERT_TRUE(removed) << removed.error().detail;
  EXPECT_FALSE(removed->fallback);
  EXPECT_EQ(removed->custody, "device");
  EXPECT_THAT(last_event(), HasSubstr(" fallback_minutes=15 -> "));
}

TEST_F(FallbackRules, AnotherKeyIsProvedAgainstTheFallback) {
  import_spare();
  ASSERT_TRUE(set_fallback());
  import_spare("another secret of more than thirty-two bytes", "dev:other");
  import_spare(test::kDocumentedSecret, "dev:same");
  CredentialChange change;
  change.key = *KeyName::parse("dev:other");
  const auto set = admin().set_credential("binance-main", change);
  ASSERT_FALSE(set);
  EXPECT_THAT(set.error().detail, HasSubstr("is not the same secret"));
  EXPECT_EQ(shown().key.text(), "dev:binance-main");
  change.key = *KeyName::parse("dev:same");
  EXPECT_TRUE(admin().set_credential("binance-main", change));
  EXPECT_TRUE(shown().fallback);
}

TEST_F(FallbackRules, AnotherApiKeyOfTheSameSecretKeepsTheFallback) {
  import_spare();
  ASSERT_TRUE(set_fallback());
  CredentialChange change;
  change.api_key = "another";
  ASSERT_TRUE(admin().set_credential("binance-main", change));
  EXPECT_TRUE(shown().fallback);
}

// No venue takes asymmetric keys yet: their rows are made as the administration will.
class AsymmetricFallback : public FallbackRules {
 protected:
  void SetUp() override {
    FallbackRules::SetUp();
    auto& home = *custodian_->impl();
    auto store = home.backends.open("software");
    ASSERT_TRUE(store) << store.error().detail;
    const auto changed = home.registry->change("test", [&](registry::Change& change) -> Result<void> {
      auto credential = change.find_credential("binance-main");
      auto version = change.current_version((*credential)->id);
      for (const auto& [name, token] : {std::pair{"own", "dev"}, {"stand-in", "software"}}) {
        const auto id = key::KeyId::random();
        auto made = (*store)->generate({.id = id, .label = std::string(name) + "#1", .algorithm = key::Algorithm::ed25519});
        if (!made) return made.failure();
        registry::KeyRow row;
        row.id = id.text();
        row.name = name;
        row.token = token;
        row.algorithm = "ed25519";
        row.purpose = "venue:binance";
        row.origin = "generated";
        row.state = "active";
        row.recoverability = "none";
        if (auto put = change.put(row); !put) return put;
        if (auto put = change.put(registry::CopyRow{row.id, token, made->uri, "software", 1}); !put) return put;
        if (auto put = change.put(registry::PublicKeyRow{row.id, made->public_key}); !put) return put;
        if (row.name == "own") (*version)->key_id = row.id;
      }
      if (auto put = change.put(**version); !put) return put;
      return change.record("test", "credential binance-main", "", "");
    });
    ASSERT_TRUE(changed) << changed.error().detail;
  }

  Result<CredentialInfo> set(bool venue_has_both_keys, CredentialChange& change) {
    change.venue_has_both_keys = venue_has_both_keys;
    return admin().set_credential("binance-main", change);
  }
};

TEST_F(AsymmetricFallback, NeedsAPersonWhoSaysThatTheVenueHasBothKeys) {
  CredentialChange change;
  change.fallback = *KeyName::parse("software:stand-in");
  const auto silent = set(false, change);
  ASSERT_FALSE(silent);
  EXPECT_EQ(silent.error().code, Errc::bad_input);
  EXPECT_THAT(silent.error().detail, HasSubstr("--venue-has-both-keys"));
  const auto said = set(true, change);
  ASSERT_TRUE(said) << said.error().detail;
  EXPECT_EQ(said->fallback->key.text(), "software:stand-in");
}

TEST_F(AsymmetricFallback, NeedsItSaidAgainForAnotherApiKey) {
  CredentialChange change;
  change.fallback = *KeyName::parse("software:stand-in");
  ASSERT_TRUE(set(true, change));
  CredentialChange other;
  other.api_key = "another";
  EXPECT_EQ(set(false, other).error().code, Errc::bad_input);
  EXPECT_TRUE(set(true, other));
}

TEST_F(FallbackRules, NobodySaysOfASecretThatTheVenueHasBoth) {
  import_spare();
  CredentialChange change;
  change.fallback = *KeyName::parse(test::kSpare);
  change.venue_has_both_keys = true;
  EXPECT_EQ(admin().set_credential("binance-main", change).error().code, Errc::bad_input);
}

}  // namespace
}  // namespace custos
