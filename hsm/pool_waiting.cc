// SessionPool, the part that waits for a recovery which may hang.
#include <algorithm>
#include <utility>

#include "hsm/session_pool.h"

namespace custos::hsm {
namespace {

// kPatience is how long callers wait for a recovery that is inside the device; longer, it is taken to hang.
constexpr std::chrono::seconds kPatience{1};

}  // namespace

// await_work waits for what may hang (C_Login, C_Initialize, C_Finalize), and tells of it when it seems to. The token is down
// then, so that its callers go elsewhere at once, until the call returns.
SignStatus SessionPool::await_work(Lock& lock, TimePoint until, bool has_deadline) noexcept {
  const TimePoint now = std::chrono::steady_clock::now(), hangs_at = *in_device_since_ + kPatience;
  if (now < hangs_at) {
    if (now >= until) return {has_deadline ? Errc::deadline_exceeded : Errc::busy, Origin::token, 0};
    changed_.wait_until(lock, std::min(until, hangs_at));
    return {};
  }
  if (!std::exchange(hangs_, true)) {
    lock.unlock();
    const bool is_told = health_->recovery_hangs();
    lock.lock();
    if (!is_told) hangs_ = false;  // it is about to begin, or has ended
    if (!in_device_since_) return {};
  }
  return {Errc::device_gone, Origin::token, 0};
}

}  // namespace custos::hsm
