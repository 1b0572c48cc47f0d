#include "base/sigpipe_guard.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <optional>

namespace custos {
namespace {

// write_to_a_broken_pipe raises SIGPIPE as a dead server's client does.
int write_to_a_broken_pipe() {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) return 0;
  close(ends[0]);
  const auto written = write(ends[1], "x", 1);
  const int error = written < 0 ? errno : 0;
  close(ends[1]);
  return error;
}

sigset_t sigpipe() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  return set;
}

bool is_blocked() {
  sigset_t set;
  pthread_sigmask(SIG_SETMASK, nullptr, &set);
  return sigismember(&set, SIGPIPE) == 1;
}

bool is_pending() {
  sigset_t set;
  sigpending(&set);
  return sigismember(&set, SIGPIPE) == 1;
}

TEST(SigpipeGuardDeathTest, WithoutItABrokenPipeEndsTheProcess) {
  EXPECT_EXIT(write_to_a_broken_pipe(), ::testing::KilledBySignal(SIGPIPE), "");
}

TEST(SigpipeGuard, ABrokenPipeIsAnErrorOfTheCallAndNothingStays) {
  ASSERT_FALSE(is_blocked());
  {
    const SigpipeGuard guard;
    EXPECT_EQ(write_to_a_broken_pipe(), EPIPE);
    EXPECT_TRUE(is_pending());
    errno = ENOENT;
  }
  EXPECT_EQ(errno, ENOENT) << "the guard leaves the call's errno alone";
  EXPECT_FALSE(is_pending());
  EXPECT_FALSE(is_blocked());
}

TEST(SigpipeGuard, AHostThatBlocksTheSignalKeepsItBlockedAndIsSpared) {
  const sigset_t set = sigpipe();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  {
    const SigpipeGuard guard;
    EXPECT_EQ(write_to_a_broken_pipe(), EPIPE);
  }
  EXPECT_TRUE(is_blocked());
  EXPECT_FALSE(is_pending());
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

TEST(SigpipeGuard, OneThatWasPendingBeforeIsTheHostsAndStays) {
  const sigset_t set = sigpipe();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  raise(SIGPIPE);
  {
    const SigpipeGuard guard;
    EXPECT_EQ(write_to_a_broken_pipe(), EPIPE);
  }
  EXPECT_TRUE(is_pending());
  EXPECT_TRUE(is_blocked());
  const timespec at_once{};
  EXPECT_EQ(sigtimedwait(&set, nullptr, &at_once), SIGPIPE);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

TEST(SigpipeGuard, OneInAnotherLeavesBothAtTheirEnd) {
  std::optional<SigpipeGuard> outer(std::in_place);
  {
    const SigpipeGuard inner;
    EXPECT_EQ(write_to_a_broken_pipe(), EPIPE);
  }
  EXPECT_TRUE(is_blocked());
  outer.reset();
  EXPECT_FALSE(is_blocked());
  EXPECT_FALSE(is_pending());
}

}  // namespace
}  // namespace custos
