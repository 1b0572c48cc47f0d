#include "base/sigpipe_guard.h"

#include <cerrno>
#include <csignal>
#include <ctime>

namespace custos {
namespace {

sigset_t sigpipe_alone() noexcept {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGPIPE);
  return set;
}

}  // namespace

SigpipeGuard::SigpipeGuard() noexcept {
  sigset_t set;
  ::sigpending(&set);
  was_pending_ = ::sigismember(&set, SIGPIPE) == 1;
  if (was_pending_) return;
  const sigset_t sigpipe = sigpipe_alone();
  ::pthread_sigmask(SIG_BLOCK, &sigpipe, &set);
  was_blocked_ = ::sigismember(&set, SIGPIPE) == 1;
}

SigpipeGuard::~SigpipeGuard() {
  if (was_pending_) return;
  const int error = errno;
  const sigset_t sigpipe = sigpipe_alone();
  const timespec at_once{};
  while (::sigtimedwait(&sigpipe, nullptr, &at_once) < 0 && errno == EINTR) {
  }
  if (!was_blocked_) ::pthread_sigmask(SIG_UNBLOCK, &sigpipe, nullptr);
  errno = error;
}

}  // namespace custos
