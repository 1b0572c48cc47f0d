#include "custodian/outage.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <limits>
#include <thread>
#include <vector>

#include "custodian/fallback.h"
#include "custos/log.h"

namespace custos {
namespace {

using namespace std::chrono_literals;
using registry::FallbackUse;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr SignStatus kRemoved{Errc::device_gone, Origin::token, 0x32};  // CKR_DEVICE_REMOVED
constexpr std::int64_t kNow = 1'000'000'000'000;                        // of steady_ns
constexpr std::int64_t kNowMs = 1'700'000'000'000;

constexpr std::int64_t ns(std::chrono::nanoseconds time) { return time.count(); }
constexpr std::int64_t ms(std::chrono::milliseconds time) { return time.count(); }

// NotedUses keeps what a fallback is doing where tests can see and change it.
class NotedUses final : public registry::FallbackUses {
 public:
  Result<void> note_fallback(std::string_view, const FallbackUse& use) override {
    if (is_full) return fail(Errc::system, Origin::registry, "the disk is full");
    const bool first = !noted;
    if (first) noted = FallbackUse{};
    noted->since_ms = first ? use.since_ms : std::min(noted->since_ms, use.since_ms);
    noted->last_ms = use.last_ms;
    noted->signatures += use.signatures;
    noted->reason = use.reason;
    return {};
  }
  Result<void> end_fallback(std::string_view) override {
    noted.reset();
    return {};
  }
  Result<std::optional<FallbackUse>> fallback_use_unverified(std::string_view) override { return noted; }

  std::optional<FallbackUse> noted;
  bool is_full = false;
};

class OutageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    set_log_sink([this](LogLevel level, std::string_view line) {
      if (level == LogLevel::warning) warnings_.emplace_back(line);
    });
    outage_.set_terms({"binance-main", "software:binance-main", 15min});
  }
  void TearDown() override { set_log_sink({}); }

  SignStatus begin(std::int64_t now_ns = kNow, std::int64_t answered_ns = 0) {
    return outage_.begin(kRemoved, {}, answered_ns, now_ns, {});
  }

  NotedUses registry_;
  ManualClock clock_{kNowMs};
  Outage outage_{registry_, clock_, "id"};
  std::vector<std::string> warnings_;
};

TEST_F(OutageTest, TellTheFirstUseAtOnceAndLaterOnesOnceASecond) {
  ASSERT_TRUE(begin().ok());
  outage_.count(kNow);
  ASSERT_EQ(warnings_.size(), 1U);
  EXPECT_THAT(warnings_.front(), HasSubstr("credential binance-main: the fallback software:binance-main signed 1 request,"));
  EXPECT_THAT(warnings_.front(), HasSubstr("the device was removed"));
  for (int i = 1; i < 10'000; ++i) outage_.count(kNow + i * ns(100us));
  EXPECT_EQ(warnings_.size(), 1U) << "all within the same second";
  outage_.count(kNow + ns(1s));
  ASSERT_EQ(warnings_.size(), 2U);
  EXPECT_THAT(warnings_.back(), HasSubstr("signed 10000 requests, 10001 in this outage"));
  ASSERT_TRUE(registry_.noted);
  EXPECT_EQ(registry_.noted->signatures, 10'001U);
  EXPECT_EQ(registry_.noted->since_ms, kNowMs);
}

TEST_F(OutageTest, EndWhenTheDeviceProvesItsKeyAndTellTheRest) {
  ASSERT_TRUE(begin().ok());
  for (int i = 0; i < 3; ++i) outage_.count(kNow);
  ASSERT_TRUE(outage_.take_turn(kNow + ns(1s)));
  outage_.end_turn({}, kNow + ns(1s));
  EXPECT_FALSE(outage_.is_on());
  EXPECT_FALSE(registry_.noted);
  ASSERT_EQ(warnings_.size(), 2U);
  EXPECT_THAT(warnings_.back(), HasSubstr("signed 2 requests, 3 in this outage"));
}

TEST_F(OutageTest, EndAtTheirLimitAndSaySoOnce) {
  ASSERT_TRUE(begin().ok());
  EXPECT_TRUE(outage_.admit(kNow + ns(15min) - 1).ok());
  for (int i = 0; i < 2; ++i) {
    const auto status = outage_.admit(kNow + ns(15min));
    EXPECT_EQ(status.code, Errc::device_gone);
    EXPECT_EQ(status.native, kFallbackOver);
  }
  ASSERT_EQ(warnings_.size(), 1U);
  EXPECT_THAT(warnings_.front(), HasSubstr("15 minutes"));
  EXPECT_TRUE(outage_.is_on()) << "the device is still away";
}

TEST_F(OutageTest, BeginWhenAnyProcessNotedIt) {
  registry_.noted = FallbackUse{kNowMs - ms(14min), kNowMs - ms(1min), 7, "gone"};
  ASSERT_TRUE(begin().ok());
  EXPECT_TRUE(outage_.admit(kNow).ok());
  EXPECT_EQ(outage_.admit(kNow + ns(1min)).native, kFallbackOver);
  EXPECT_EQ(registry_.noted->signatures, 7U) << "what others noted stays";
}

TEST_F(OutageTest, DoNotTakeAnOutageForTheirsThatEndedBeforeTheDeviceWasLastSeen) {
  registry_.noted = FallbackUse{kNowMs - ms(72h), kNowMs - ms(71h), 7, "gone"};
  ASSERT_TRUE(begin(kNow, kNow - ns(4s)).ok());
  EXPECT_TRUE(outage_.admit(kNow + ns(14min)).ok());
  EXPECT_EQ(registry_.noted->since_ms, kNowMs);
}

TEST_F(OutageTest, AreNotMovedByEditingTheRegistryOrTheClock) {
  ASSERT_TRUE(begin().ok());
  registry_.noted->since_ms = kNowMs + ms(1h);
  clock_.advance(-10min);
  EXPECT_EQ(outage_.admit(kNow + ns(15min)).native, kFallbackOver);
  registry_.noted.reset();
  ASSERT_TRUE(outage_.take_turn(kNow + ns(15min)));
  outage_.end_turn(kRemoved, kNow + ns(15min));
  EXPECT_EQ(outage_.admit(kNow + ns(15min)).native, kFallbackOver);
}

TEST_F(OutageTest, AreOverWhenTheRegistryTellsOfABeginningThatCannotBe) {
  for (const std::int64_t since_ms : {std::numeric_limits<std::int64_t>::min(), -kNowMs, std::int64_t{-1}, std::int64_t{0}}) {
    registry_.noted = FallbackUse{since_ms, kNowMs, 7, "gone"};
    Outage outage{registry_, clock_, "id"};
    outage.set_terms({"binance-main", "software:binance-main", kMaxFallbackLimit});
    ASSERT_TRUE(outage.begin(kRemoved, {}, 0, kNow, {}).ok());
    EXPECT_EQ(outage.admit(kNow).native, kFallbackOver) << since_ms;
  }
}

TEST_F(OutageTest, BeginNowWhenTheRegistryTellsOfOneToCome) {
  for (const std::int64_t since_ms : {kNowMs + 1, std::numeric_limits<std::int64_t>::max()}) {
    registry_.noted = FallbackUse{since_ms, kNowMs, 7, "gone"};
    Outage outage{registry_, clock_, "id"};
    outage.set_terms({"binance-main", "software:binance-main", 15min});
    ASSERT_TRUE(outage.begin(kRemoved, {}, 0, kNow, {}).ok());
    EXPECT_TRUE(outage.admit(kNow + ns(15min) - 1).ok()) << since_ms;
    EXPECT_EQ(outage.admit(kNow + ns(15min)).native, kFallbackOver) << since_ms;
  }
}

TEST_F(OutageTest, DoNotLetTheFallbackSignWhatNobodyTookDown) {
  registry_.is_full = true;
  EXPECT_EQ(begin().native, kFallbackUnrecorded);
  EXPECT_FALSE(outage_.is_on());
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("the disk is full")));
  registry_.is_full = false;
  EXPECT_TRUE(begin().ok());
}

TEST_F(OutageTest, LetOneCallerASecondTryTheDevice) {
  ASSERT_TRUE(begin().ok());
  EXPECT_FALSE(outage_.take_turn(kNow + ns(999ms)));
  std::atomic<int> turns{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) callers.emplace_back([&] { turns += outage_.take_turn(kNow + ns(1s)) ? 1 : 0; });
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(turns, 1);
  outage_.end_turn(kRemoved, kNow + ns(3s));
  EXPECT_FALSE(outage_.take_turn(kNow + ns(3999ms))) << "a second after the last answer";
  EXPECT_TRUE(outage_.take_turn(kNow + ns(4s)));
}

TEST_F(OutageTest, GiveTheTurnOfACallerWhoHangsToAnother) {
  ASSERT_TRUE(begin().ok());
  ASSERT_TRUE(outage_.take_turn(kNow + ns(1s)));
  EXPECT_FALSE(outage_.take_turn(kNow + ns(5s)));
  EXPECT_TRUE(outage_.take_turn(kNow + ns(11s)));
}

TEST_F(OutageTest, PauseAtARefusalAndGoOnFromTheirBeginning) {
  ASSERT_TRUE(begin().ok());
  ASSERT_TRUE(outage_.take_turn(kNow + ns(1s)));
  outage_.end_turn({Errc::authentication, Origin::token, 0}, kNow + ns(1s));
  EXPECT_FALSE(outage_.is_on()) << "who refuses is there";
  ASSERT_TRUE(begin(kNow + ns(10min)).ok());
  EXPECT_TRUE(outage_.admit(kNow + ns(14min)).ok());
  EXPECT_EQ(outage_.admit(kNow + ns(15min)).native, kFallbackOver) << "a refusal is no proof that the device was back";
}

TEST_F(OutageTest, AreOverWhenTheDeviceSignsAfterARefusal) {
  ASSERT_TRUE(begin().ok());
  ASSERT_TRUE(outage_.take_turn(kNow + ns(1s)));
  outage_.end_turn({Errc::authentication, Origin::token, 0}, kNow + ns(1s));
  outage_.signed_by_device();
  EXPECT_FALSE(registry_.noted);
}

TEST_F(OutageTest, GoOnWhileTheDeviceIsBusy) {
  ASSERT_TRUE(begin().ok());
  ASSERT_TRUE(outage_.take_turn(kNow + ns(1s)));
  outage_.end_turn({Errc::busy, Origin::token, 0}, kNow + ns(1s));
  EXPECT_TRUE(outage_.is_on());
}

TEST_F(OutageTest, ForgetWhatADeadProcessLeftOnceTheDeviceProvesItsKey) {
  registry_.noted = FallbackUse{kNowMs - ms(1h), kNowMs - ms(1h), 7, "gone"};
  outage_.proved();
  EXPECT_FALSE(registry_.noted);
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST(IsAway, OnlyWhatIsUnavailable) {
  EXPECT_TRUE(is_away(kRemoved));
  EXPECT_TRUE(is_away(SignStatus{Errc::device_gone, Origin::crypto, 0}));
  for (const auto code : {Errc::ok, Errc::refused, Errc::revoked, Errc::busy, Errc::deadline_exceeded, Errc::authentication,
                          Errc::integrity, Errc::not_found, Errc::bad_input, Errc::system, Errc::internal}) {
    EXPECT_FALSE(is_away(SignStatus{code, Origin::token, 0})) << to_string(code);
  }
  EXPECT_FALSE(is_away(SignStatus{Errc::device_gone, Origin::home, 0})) << "a forked child";
  EXPECT_FALSE(is_away(SignStatus{Errc::device_gone, Origin::token, 0x190})) << "a module that this process ended";
}

}  // namespace
}  // namespace custos
