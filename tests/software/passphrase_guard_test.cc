#include "software/passphrase_guard.h"

#include <sys/stat.h>

#include <thread>

#include "software/keystore_fixture.h"

namespace custos::software {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class PassphraseGuardTest : public KeystoreFixture {
 protected:
  [[nodiscard]] std::filesystem::path attempts() const { return folder() / "keystore.attempts"; }
  [[nodiscard]] PassphraseGuard guard() {
    return {attempts(), clock_, [this](milliseconds time) {
              waits_.push_back(time);
              clock_.advance(time);
            }};
  }
  static Result<void> wrong() { return fail(Errc::authentication, Origin::home, "wrong"); }
  static Result<void> right() { return {}; }
};

TEST_F(PassphraseGuardTest, EachFailureMakesTheNextAttemptWaitLonger) {
  for (int i = 0; i < 9; ++i) expect_error(guard().attempt(wrong), Errc::authentication, "wrong");
  EXPECT_EQ(waits_, (std::vector<milliseconds>{seconds(1), seconds(2), seconds(4), seconds(8), seconds(16), seconds(32),
                                               seconds(60), seconds(60)}));
  EXPECT_EQ(must(guard().failures()).count, 9U);
}

TEST_F(PassphraseGuardTest, SuccessForgetsTheFailures) {
  expect_error(guard().attempt(wrong), Errc::authentication, "");
  expect_error(guard().attempt(wrong), Errc::authentication, "");
  ASSERT_TRUE(guard().attempt(right));
  EXPECT_EQ(must(guard().failures()).count, 0U);
  waits_.clear();
  ASSERT_TRUE(guard().attempt(right));
  EXPECT_TRUE(waits_.empty());
}

TEST_F(PassphraseGuardTest, TimeThatHasPassedIsNotWaitedAgain) {
  for (int i = 0; i < 4; ++i) expect_error(guard().attempt(wrong), Errc::authentication, "");
  waits_.clear();
  clock_.advance(seconds(5));
  ASSERT_TRUE(guard().attempt(right));
  EXPECT_EQ(waits_, std::vector<milliseconds>{seconds(3)}) << "of eight";
}

TEST_F(PassphraseGuardTest, AClockThatWasSetBackWaitsNoLongerThanTheDelay) {
  for (int i = 0; i < 2; ++i) expect_error(guard().attempt(wrong), Errc::authentication, "");
  waits_.clear();
  clock_.set_ms(1000);
  ASSERT_TRUE(guard().attempt(right));
  EXPECT_EQ(waits_, std::vector<milliseconds>{seconds(2)});
}

TEST_F(PassphraseGuardTest, AnAttemptThatDiesHasCounted) {
  EXPECT_EQ(in_child([&] {
              static_cast<void>(guard().attempt([]() -> Result<void> { ::_exit(77); }).has_value());
              return 0;
            }),
            77);
  EXPECT_EQ(must(guard().failures()).count, 1U);
}

TEST_F(PassphraseGuardTest, AnErrorThatIsNoWrongPassphraseDoesNotCount) {
  expect_error(guard().attempt([]() -> Result<void> { return fail(Errc::system, Origin::crypto, "no memory"); }), Errc::system,
               "");
  EXPECT_EQ(must(guard().failures()).count, 0U);
}

TEST_F(PassphraseGuardTest, AttemptsOfSeveralProcessesTakeTurns) {
  constexpr int kProcesses = 4;
  std::vector<pid_t> children;
  for (int i = 0; i < kProcesses; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      // Nobody else is inside while one is: the mark is there only during an attempt.
      auto judged = guard().attempt([&]() -> Result<void> {
        const auto mark = folder() / "inside";
        if (::mkdir(mark.c_str(), 0700) != 0) return fail(Errc::internal, Origin::none, "two at once");
        ::usleep(20'000);
        std::filesystem::remove(mark);
        return wrong();
      });
      ::_exit(judged.error().code == Errc::authentication ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(must(guard().failures()).count, unsigned{kProcesses});
}

TEST_F(PassphraseGuardTest, AChangedCountIsTakenForTheWorst) {
  ASSERT_TRUE(guard().attempt(right));
  write_file(attempts(), "not a count");
  for (int i = 0; i < 2; ++i) {
    const auto failures = must(guard().failures());
    EXPECT_EQ(PassphraseGuard::delay(failures.count), PassphraseGuard::kLongestDelay);
    EXPECT_EQ(failures.text(), "an unknown number of wrong passphrases (their count was changed or is unreadable)");
    expect_error(guard().attempt(wrong), Errc::authentication, "wrong");
  }
  ASSERT_TRUE(guard().attempt(right));
  EXPECT_EQ(waits_, std::vector<milliseconds>(3, seconds(60)));
  EXPECT_EQ(must(guard().failures()).text(), "");
}

TEST_F(PassphraseGuardTest, KeepsItsFileToItself) {
  ASSERT_TRUE(guard().attempt(right));
  struct ::stat status{};
  ASSERT_EQ(::stat(attempts().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  ::chmod(attempts().c_str(), 0666);
  expect_error(guard().attempt(right), Errc::refused, "chmod 600");
}

}  // namespace
}  // namespace custos::software
