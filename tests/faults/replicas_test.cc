// A key in two devices, and the software keystore behind both: what signs when they fail.
#include <gmock/gmock.h>

#include <string>
#include <thread>

#include "faults/replicated_key.h"

namespace custos::test {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class ReplicasOverFaults : public ReplicatedKey {};

TEST_F(ReplicasOverFaults, OneDeviceAfterTheOtherDiesAndSigningGoesOn) {
  const auto signer = prepare();
  std::uint64_t failovers = 0;
  for (const char* away : kNames) {
    const RecoveryWatch watch;
    script(away, kRemoved);
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(sign_in(signer, 5s).ok()) << away << i;
    script(away, "");
    const bool failed_over = signer.stats().failovers > failovers;  // else the other was asked first
    EXPECT_TRUE(rearms_until(signer, [&] { return !failed_over || watch.is_back(); }));
    failovers = signer.stats().failovers;
  }
  EXPECT_GE(failovers, 1U);
}

TEST_F(ReplicasOverFaults, ACopyThatIsAnotherKeyIsOutUntilItIsProved) {
  const auto signer = prepare_a_first();
  ASSERT_TRUE(sign(signer).ok());
  const RecoveryWatch watch;
  script("a", "lose_sessions once before=C_Sign\nwrong_key");
  ASSERT_TRUE(sign(signer).ok()) << "by the other";
  EXPECT_EQ(signer.stats().failovers, 1U);
  EXPECT_EQ(health("a").state, TokenState::degraded);
  EXPECT_EQ(health("a").reason, TokenReason::key_integrity);
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(sign(signer).ok());
  script("a", "");
  EXPECT_TRUE(rearms_until(signer, [&] { return watch.is_back(); }));
  script("b", kRemoved);
  EXPECT_TRUE(sign(signer).ok());
}

TEST_F(ReplicasOverFaults, ADeviceThatIsAwayAtTheBeginningIsNoReason) {
  script("a", kRemoved);
  custodian_.emplace(open());
  EXPECT_TRUE(sign(prepare()).ok());
}

TEST_F(ReplicasOverFaults, TheFallbackComesLast) {
  import_spare();
  const auto set = set_fallback();
  ASSERT_TRUE(set) << set.error().detail;
  const auto signer = prepare();
  script("a", kRemoved);
  ASSERT_TRUE(sign(signer).ok());
  EXPECT_FALSE(signed_by_fallback(out_));
  script("b", kRemoved);
  ASSERT_TRUE(sign(signer).ok());
  EXPECT_TRUE(signed_by_fallback(out_));
  script("b", "C_Login rv=CKR_PIN_INCORRECT");
  const auto patience = std::chrono::steady_clock::now() + 30s;
  while (sign(signer).ok() && std::chrono::steady_clock::now() < patience) std::this_thread::yield();
  EXPECT_EQ(sign(signer).code, Errc::authentication) << "a device that refuses is there";
}

TEST_F(ReplicasOverFaults, RevocationReachesAllAndStopsEveryProcess) {
  const auto signer = prepare();
  ASSERT_TRUE(sign(signer).ok());
  auto other = open();
  script("b", kRemoved);
  const auto destroyed = other.administration().destroy_key(kKey);
  EXPECT_EQ(destroyed.error().code, Errc::device_gone);
  EXPECT_THAT(destroyed.error().detail, HasSubstr("could not be destroyed in b"));
  EXPECT_EQ(sign(signer).code, Errc::revoked);
  script("b", "");
  EXPECT_EQ(sign(signer).code, Errc::revoked);
  custodian_.emplace(open());
  const auto again = admin().destroy_key(kKey);
  EXPECT_TRUE(again) << again.error().detail;
  EXPECT_EQ(admin().show_key(kKey).error().code, Errc::not_found);
}

TEST_F(ReplicasOverFaults, AKeyThatAnotherToolDestroyedInOneStopsAll) {
  const auto key = admin().show_key(kKey);
  ASSERT_TRUE(key);
  const auto signer = prepare();
  auto stranger = open();
  auto backend = stranger.impl()->backends.open("b");
  ASSERT_TRUE(backend);
  ASSERT_TRUE((*backend)->destroy(*key::KeyId::parse(key->id)));
  custodian_.emplace(open());
  const auto prepared = custodian_->prepare_request_signer("binance-main");
  ASSERT_FALSE(prepared);
  EXPECT_EQ(prepared.error().code, Errc::revoked);
  EXPECT_THAT(prepared.error().detail, HasSubstr("custos key withdraw a:binance-main --from b"));
  ASSERT_TRUE(admin().withdraw_key(kKey, "b"));
  EXPECT_TRUE(sign(prepare()).ok());
}

TEST_F(ReplicasOverFaults, AFallbackMayBeWhereTheKeyIsNoMore) {
  ASSERT_TRUE(admin().withdraw_key(kKey, "a"));
  for (const char* spare : {"a:spare", "b:spare"}) import_spare(kDocumentedSecret, spare);
  const auto beside = set_fallback("b:spare");
  EXPECT_EQ(beside.error().code, Errc::bad_input);
  EXPECT_THAT(beside.error().detail, HasSubstr("is in the same token"));
  const auto elsewhere = set_fallback("a:spare");
  EXPECT_TRUE(elsewhere) << elsewhere.error().detail;
}

TEST_F(ReplicasOverFaults, AnotherSecretIsRefused) {
  ASSERT_TRUE(admin().withdraw_key(kKey, "b"));
  const auto other = admin().replicate_key(kKey, "b", secret_of("another secret of more than thirty-two bytes"));
  EXPECT_EQ(other.error().code, Errc::bad_input);
  EXPECT_EQ(admin().show_key(kKey)->copies.size(), 1U);
}

}  // namespace
}  // namespace custos::test
