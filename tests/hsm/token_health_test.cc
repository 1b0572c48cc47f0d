#include "hsm/token_health.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/process_life.h"
#include "custos/log.h"
#include "hsm/cryptoki.h"

namespace custos::hsm {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

constexpr std::int64_t kNowMs = 1'700'000'000'000;

std::atomic<std::int64_t> g_steady_ns{0};
std::int64_t test_ns() noexcept { return g_steady_ns.load(); }

const Error kAway{Errc::device_gone, Origin::token, CKR_TOKEN_NOT_PRESENT, "no token is present"};

class TokenHealthTest : public ::testing::Test {
 protected:
  void SetUp() override {
    g_steady_ns = std::int64_t{1'000'000'000'000};
    set_log_sink([this](LogLevel level, std::string_view line) {
      lines_.push_back((level == LogLevel::warning ? "warning: " : "info: ") + std::string(line));
    });
  }
  void TearDown() override { set_log_sink({}); }

  void pass(std::chrono::milliseconds time) {
    g_steady_ns += std::chrono::nanoseconds(time).count();
    clock_.advance(time);
  }

  // changes are what the sink was told: "healthy>degraded device_error".
  HealthSink sink() {
    return [this](const TokenHealthChange& change) {
      EXPECT_EQ(change.token, "dev");
      changes_.push_back(std::string(to_string(change.before)) + ">" + std::string(to_string(change.after)) +
                         (change.reason == TokenReason::none ? "" : " " + std::string(to_string(change.reason))));
    };
  }

  ManualClock clock_{kNowMs};
  std::vector<std::string> lines_, changes_;
  HealthMonitor health_{"dev", sink(), clock_, test_ns};
};

TEST_F(TokenHealthTest, BeginsHealthy) {
  const TokenHealth told = health_.tell();
  EXPECT_EQ(told.state, TokenState::healthy);
  EXPECT_EQ(told.reason, TokenReason::none);
  EXPECT_EQ(told.since_ms, kNowMs);
  EXPECT_EQ(told.last_failure_ms, 0);
  EXPECT_EQ(health_.state(), TokenState::healthy);
}

TEST_F(TokenHealthTest, IsDegradedFromAFailureToTheNextAnswer) {
  pass(5s);
  health_.failed(TokenReason::device_error, CKR_DEVICE_ERROR);
  TokenHealth told = health_.tell();
  EXPECT_EQ(told.state, TokenState::degraded);
  EXPECT_EQ(health_.state(), TokenState::degraded);
  EXPECT_EQ(told.reason, TokenReason::device_error);
  EXPECT_EQ(told.native, CKR_DEVICE_ERROR);
  EXPECT_EQ(told.since_ms, kNowMs + 5'000);
  EXPECT_EQ(told.last_failure_ms, kNowMs + 5'000);

  pass(3s);
  health_.answered();
  told = health_.tell();
  EXPECT_EQ(told.state, TokenState::healthy);
  EXPECT_EQ(told.reason, TokenReason::none);
  EXPECT_EQ(told.native, 0U);
  EXPECT_EQ(told.since_ms, kNowMs + 8'000);
  EXPECT_EQ(told.last_failure_ms, kNowMs + 5'000);
  EXPECT_EQ(told.failures, 1U);
  EXPECT_THAT(changes_, ElementsAre("healthy>degraded device_error", "degraded>healthy"));
}

TEST_F(TokenHealthTest, CountsEachFailureAndTellsTheirLastReason) {
  health_.failed(TokenReason::device_error, CKR_DEVICE_ERROR);
  health_.failed(TokenReason::few_sessions, CKR_SESSION_COUNT);
  const TokenHealth told = health_.tell();
  EXPECT_EQ(told.failures, 2U);
  EXPECT_EQ(told.reason, TokenReason::few_sessions);
  EXPECT_THAT(changes_, ElementsAre("healthy>degraded device_error"));
}

TEST_F(TokenHealthTest, RecoversToHealthyAndTellsHowLongThatTook) {
  health_.failed(TokenReason::sessions_lost, CKR_SESSION_CLOSED);
  health_.recovery_begun(TokenReason::sessions_lost, CKR_SESSION_CLOSED);
  EXPECT_EQ(health_.state(), TokenState::recovering);
  pass(1'250ms);
  health_.recovered();
  const TokenHealth told = health_.tell();
  EXPECT_EQ(told.state, TokenState::healthy);
  EXPECT_EQ(told.recoveries, 1U);
  EXPECT_EQ(told.last_recovery_ms, kNowMs + 1'250);
  EXPECT_EQ(told.last_recovery_took, 1'250ms);
  EXPECT_THAT(changes_, ElementsAre("healthy>degraded sessions_lost", "degraded>recovering sessions_lost", "recovering>healthy"));
}

TEST_F(TokenHealthTest, IsDownUntilTheNextTryWhenARecoveryFailed) {
  health_.recovery_begun(TokenReason::sessions_lost, CKR_SESSION_CLOSED);
  health_.recovery_failed(kAway, 500ms);
  TokenHealth told = health_.tell();
  EXPECT_EQ(told.state, TokenState::down);
  EXPECT_EQ(told.reason, TokenReason::sessions_lost) << "for which it was begun";
  EXPECT_EQ(told.native, CKR_TOKEN_NOT_PRESENT);
  EXPECT_EQ(told.failed_recoveries, 1U);
  EXPECT_EQ(told.next_try_in, 500ms);
  pass(200ms);
  EXPECT_EQ(health_.tell().next_try_in, 300ms);
  pass(400ms);
  EXPECT_EQ(health_.tell().next_try_in, 1ms) << "overdue is not never";

  health_.recovery_begun(TokenReason::sessions_lost, CKR_SESSION_CLOSED);
  EXPECT_EQ(health_.tell().next_try_in, 0ms);
  health_.recovered();
  EXPECT_EQ(health_.state(), TokenState::healthy);
}

TEST_F(TokenHealthTest, GivesThePinsReasonWhenTheLoginFailedForIt) {
  const struct {
    Error why;
    TokenReason reason;
  } rows[] = {{{Errc::authentication, Origin::token, CKR_PIN_INCORRECT, ""}, TokenReason::pin_refused},
              {{Errc::authentication, Origin::token, CKR_PIN_LOCKED, ""}, TokenReason::pin_locked},
              {{Errc::authentication, Origin::token, 0, ""}, TokenReason::pin_refused},
              {{Errc::integrity, Origin::token, 0, "the guard is damaged"}, TokenReason::pin_refused},
              {{Errc::integrity, Origin::token, CKR_OPERATION_NOT_INITIALIZED, ""}, TokenReason::device_gone},
              {{Errc::system, Origin::system, 12, ""}, TokenReason::device_gone}};
  for (const auto& row : rows) {
    health_.recovery_begun(TokenReason::device_gone, CKR_DEVICE_REMOVED);
    health_.recovery_failed(row.why, std::nullopt);
    EXPECT_EQ(health_.tell().reason, row.reason) << to_string(row.why.code) << " " << row.why.native;
    EXPECT_EQ(health_.tell().next_try_in, 0ms);
  }
}

TEST_F(TokenHealthTest, LetsNoLateAnswerEndARecovery) {
  health_.recovery_begun(TokenReason::sessions_lost, CKR_SESSION_CLOSED);
  health_.answered();
  EXPECT_EQ(health_.state(), TokenState::recovering);
  health_.failed(TokenReason::device_error, CKR_DEVICE_ERROR);
  EXPECT_EQ(health_.state(), TokenState::recovering);
  health_.recovery_failed(kAway, 500ms);
  health_.answered();
  EXPECT_EQ(health_.state(), TokenState::down);
  health_.failed(TokenReason::device_error, CKR_DEVICE_ERROR);
  EXPECT_EQ(health_.state(), TokenState::down);
  EXPECT_EQ(health_.tell().failures, 2U);
}

TEST_F(TokenHealthTest, IsUpAgainAfterAStopWhenTheDeviceAnswers) {
  health_.stopped(TokenReason::audit_log_full, CKR_DEVICE_MEMORY);
  EXPECT_EQ(health_.state(), TokenState::down);
  EXPECT_EQ(health_.tell().reason, TokenReason::audit_log_full);
  EXPECT_EQ(health_.tell().next_try_in, 0ms);
  health_.answered();
  EXPECT_EQ(health_.state(), TokenState::healthy);
}

TEST_F(TokenHealthTest, SaysAfterARecoveryThatHungAndFailedForWhatItWasBegun) {
  health_.recovery_begun(TokenReason::login_lost, CKR_USER_NOT_LOGGED_IN);
  EXPECT_TRUE(health_.recovery_hangs());
  EXPECT_EQ(health_.tell().reason, TokenReason::hanging);
  health_.answered();
  EXPECT_EQ(health_.state(), TokenState::down) << "its end alone ends it";
  health_.recovery_failed(kAway, 500ms);
  EXPECT_EQ(health_.tell().reason, TokenReason::login_lost);
  EXPECT_EQ(health_.tell().next_try_in, 500ms);
  health_.recovery_begun(TokenReason::login_lost, CKR_USER_NOT_LOGGED_IN);
  EXPECT_TRUE(health_.recovery_hangs());
  health_.recovered();
  EXPECT_EQ(health_.state(), TokenState::healthy);
}

TEST_F(TokenHealthTest, SaysOfNoRecoveryThatItHangsBeforeItBeganOrAfterItsEnd) {
  EXPECT_FALSE(health_.recovery_hangs());
  EXPECT_EQ(health_.state(), TokenState::healthy);
  health_.recovery_begun(TokenReason::login_lost, CKR_USER_NOT_LOGGED_IN);
  health_.recovery_failed({Errc::authentication, Origin::token, CKR_PIN_INCORRECT, ""}, std::nullopt);
  EXPECT_FALSE(health_.recovery_hangs());
  EXPECT_EQ(health_.tell().reason, TokenReason::pin_refused);
  health_.recovery_begun(TokenReason::login_lost, CKR_USER_NOT_LOGGED_IN);
  health_.recovered();
  EXPECT_FALSE(health_.recovery_hangs());
  EXPECT_EQ(health_.state(), TokenState::healthy);
}

TEST_F(TokenHealthTest, CountsWhatHangsAndWhatWasRestarted) {
  health_.quarantined(+1);
  health_.quarantined(+1);
  health_.abandoned();
  health_.quarantined(-1);
  health_.restarted();
  const TokenHealth told = health_.tell();
  EXPECT_EQ(told.quarantined, 1U);
  EXPECT_EQ(told.abandoned, 1U);
  EXPECT_EQ(told.restarts, 1U);
  EXPECT_EQ(told.state, TokenState::healthy);
}

TEST_F(TokenHealthTest, WritesOneLineForEachTransition) {
  health_.failed(TokenReason::sessions_lost, CKR_SESSION_CLOSED);
  health_.failed(TokenReason::sessions_lost, CKR_SESSION_CLOSED);
  health_.recovery_begun(TokenReason::sessions_lost, CKR_SESSION_CLOSED);
  health_.recovery_failed(kAway, 500ms);
  health_.recovered();
  health_.answered();
  EXPECT_THAT(lines_, ElementsAre("warning: token dev: degraded, sessions_lost (CKR_SESSION_CLOSED)",
                                  "warning: token dev: recovering, sessions_lost (CKR_SESSION_CLOSED)",
                                  "warning: token dev: down, sessions_lost (CKR_TOKEN_NOT_PRESENT): no token is present",
                                  "info: token dev: healthy"));
}

TEST_F(TokenHealthTest, TellsATokenThatStaysAwayOnce) {
  for (int i = 0; i < 20; ++i) {
    health_.recovery_begun(TokenReason::device_gone, CKR_DEVICE_REMOVED);
    health_.recovery_failed(kAway, 15s);
    pass(15s);
  }
  EXPECT_EQ(lines_.size(), 2U) << ::testing::PrintToString(lines_);
  EXPECT_EQ(changes_.size(), 40U) << "the sink is told of each";
}

TEST_F(TokenHealthTest, WritesFewLinesOfATokenThatFlapsAndTellsHowManyItLeftOut) {
  for (int i = 0; i < 50; ++i) {
    health_.failed(TokenReason::device_error, CKR_DEVICE_ERROR);
    health_.answered();
  }
  EXPECT_EQ(lines_.size(), HealthMonitor::kMostLines);
  EXPECT_EQ(changes_.size(), 100U);
  pass(1s);
  health_.answered();
  ASSERT_EQ(lines_.size(), HealthMonitor::kMostLines + 1);
  EXPECT_EQ(lines_.back(), "info: token dev: healthy (after 94 more changes)");
  pass(1s);
  health_.answered();
  EXPECT_EQ(lines_.size(), HealthMonitor::kMostLines + 1) << "told once";
}

TEST_F(TokenHealthTest, LetsTheSinkAskHowTheTokenFares) {
  HealthMonitor* asked = nullptr;
  TokenState seen = TokenState::healthy;
  HealthMonitor health("dev", [&](const TokenHealthChange&) { seen = asked->tell().state; });
  asked = &health;
  health.failed(TokenReason::slow, CKR_OK);
  EXPECT_EQ(seen, TokenState::degraded);
}

TEST_F(TokenHealthTest, GoesOnWhenTheSinkThrows) {
  HealthMonitor health("dev", [](const TokenHealthChange&) { throw std::runtime_error("the host's"); });
  health.failed(TokenReason::slow, CKR_OK);
  EXPECT_EQ(health.state(), TokenState::degraded);
  health.answered();
  EXPECT_EQ(health.state(), TokenState::healthy);
}

TEST_F(TokenHealthTest, DoesNothingInAForkedChild) {
  watch_process();  // as every Module does
  const pid_t child = ::fork();
  if (child == 0) {
    health_.failed(TokenReason::device_gone, CKR_DEVICE_REMOVED);
    ::_exit(health_.state() == TokenState::healthy && changes_.empty() ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST_F(TokenHealthTest, TakesManyThreads) {
  std::atomic<int> told{0};
  HealthMonitor health("dev", [&](const TokenHealthChange&) { ++told; });
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        health.failed(TokenReason::device_error, CKR_DEVICE_ERROR);
        static_cast<void>(health.tell());
        health.answered();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(health.tell().failures, 2'000U);
  EXPECT_EQ(health.state(), TokenState::healthy);
  EXPECT_EQ(told % 2, 0) << "there and back";
}

TEST(TokenHealthNames, AreDifferent) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(TokenReason::no_copies_left); ++i) {
    EXPECT_TRUE(names.insert(to_string(static_cast<TokenReason>(i))).second) << i;
  }
  for (int i = 0; i <= static_cast<int>(TokenState::down); ++i) {
    EXPECT_TRUE(names.insert(to_string(static_cast<TokenState>(i))).second) << i;
  }
}

}  // namespace
}  // namespace custos::hsm
