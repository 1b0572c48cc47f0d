// Waker: one thread waits for whichever of several things comes first.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>

namespace custos {

// Waker is its waiting thread's. Any thread may wake it, for which the waiting one must see that it still lives. Allocates
// nothing.
class Waker {
 public:
  void wake() noexcept {
    const std::lock_guard lock(mutex_);
    woken_ = true;
    changed_.notify_one();  // under the lock: afterwards the waiting thread may end the Waker
  }

  // wait returns true when somebody woke since the last wait, false when `until` came first.
  bool wait(std::optional<std::chrono::steady_clock::time_point> until) noexcept {
    std::unique_lock lock(mutex_);
    const auto woken = [this] { return woken_; };
    if (!until) {
      changed_.wait(lock, woken);
    } else if (!changed_.wait_until(lock, *until, woken)) {
      return false;
    }
    woken_ = false;
    return true;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
};

}  // namespace custos
