// Which of two devices is asked, and when the second: devices that hang, are late, or sign more together.
#include <gmock/gmock.h>

#include <chrono>
#include <string>

#include "faults/replicated_key.h"

namespace custos::test {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

// Calls of both devices are made in threads.
class ThreadedReplicas : public ReplicatedKey {
 protected:
  std::string settings() const override { return ReplicatedKey::settings() + "deadlines = \"threaded\"\n"; }
};

TEST_F(ThreadedReplicas, TheOtherSignsWithinATightDeadlineWhenOneHangs) {
  const auto signer = prepare_a_first();
  ASSERT_TRUE(sign_in(signer, 5s).ok());
  const RecoveryWatch watch;
  script("a", "C_Sign hang");
  for (int i = 0; i < 10; ++i) {
    const auto begun = steady_clock::now();
    ASSERT_TRUE(sign_in(signer, 2s).ok()) << i;
    EXPECT_LT(steady_clock::now() - begun, 2s) << i;
  }
  EXPECT_GE(signer.stats().failovers, 1U);
  EXPECT_EQ(signer.stats().late, 0U);
  script("a", "");
  EXPECT_TRUE(rearms_until(signer, [&] { return watch.is_back(); }));
  script("b", kRemoved);
  EXPECT_TRUE(sign_in(signer, 5s).ok());
}

TEST_F(ThreadedReplicas, TheOtherSignsSoonWhereTheCallerHasNoDeadline) {
  const auto signer = prepare_a_first();
  ASSERT_TRUE(sign(signer).ok());
  script("a", "C_Sign hang");
  const auto begun = steady_clock::now();
  ASSERT_TRUE(sign(signer).ok());
  EXPECT_LT(steady_clock::now() - begun, 5s) << "the operation timeout is ten";
  EXPECT_EQ(signer.stats().failovers, 1U);
}

TEST_F(ThreadedReplicas, BothThatHangAreToldOnTimeAndTheFallbackStandsBy) {
  import_spare();
  ASSERT_TRUE(set_fallback());
  const auto signer = prepare();
  for (const char* token : kNames) script(token, "C_Sign hang");
  const auto begun = steady_clock::now();
  EXPECT_EQ(sign_in(signer, 100ms).code, Errc::deadline_exceeded);
  EXPECT_LT(steady_clock::now() - begun, 5s) << "the operation timeout is ten";
  EXPECT_EQ(signer.stats().by_fallback_key, 0U) << "what hangs is not away";
}

TEST_F(ThreadedReplicas, TheFallbackSignsWhenBothAreAway) {
  import_spare();
  ASSERT_TRUE(set_fallback());
  const auto signer = prepare();
  for (const char* token : kNames) script(token, kRemoved);
  ASSERT_TRUE(sign_in(signer, 5s).ok());
  EXPECT_TRUE(signed_by_fallback(out_));
}

TEST_F(ThreadedReplicas, TheOtherWinsWhenOneIsLateAndIsHedged) {
  PrepareOptions options;
  options.hedge_after = 50ms;
  const auto signer = prepare_a_first(options);
  ASSERT_TRUE(sign_in(signer, 5s).ok());
  const auto before = signer.stats();
  const auto signed_by_b = signatures("b");
  script("a", "C_Sign delay_ms=2000");
  const auto begun = steady_clock::now();
  ASSERT_TRUE(sign_in(signer, 5s).ok());
  EXPECT_LT(steady_clock::now() - begun, 2000ms);
  EXPECT_EQ(signer.stats().hedged, before.hedged + 1);
  EXPECT_EQ(signer.stats().failovers, before.failovers) << "none has failed";
  EXPECT_GT(signatures("b"), signed_by_b);
}

// Devices of which several sign more per second than one.
class SpreadingReplicas : public ReplicatedKey {
 protected:
  std::string settings() const override { return "profile = \"aws-cloudhsm\"\n"; }
  std::string pin() const override { return "CU_user:pa55word"; }

  // share_of_b is how many of a hundred signatures b made.
  std::size_t share_of_b(const RequestSigner& signer) {
    const auto before = signatures("b");
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(sign(signer).ok());
    return signatures("b") - before;
  }
};

TEST_F(SpreadingReplicas, ASlowerOneIsAskedNowAndThenAndTakesTurnsOnceItIsFast) {
  script("a", "C_Sign delay_ms=2");
  script("b", "C_Sign delay_ms=100");
  const auto signer = prepare();
  const auto share = share_of_b(signer);
  EXPECT_GE(share, 2U);
  EXPECT_LE(share, 10U);
  script("b", "C_Sign delay_ms=2");
  const auto patience = steady_clock::now() + 120s;
  std::size_t last = 0;
  while ((last < 40 || last > 60) && steady_clock::now() < patience) last = share_of_b(signer);
  EXPECT_GE(last, 40U) << "they take turns";
  EXPECT_LE(last, 60U);
  EXPECT_EQ(signer.stats().failovers, 0U);
}

}  // namespace
}  // namespace custos::test
