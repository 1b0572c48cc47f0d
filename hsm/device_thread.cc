#include "hsm/device_thread.h"

#include <algorithm>
#include <utility>

namespace custos::hsm {
namespace {

constexpr std::chrono::seconds kPatience{2};
// kLongestSleep keeps TimePoint::max() out of the system's arithmetic.
constexpr std::chrono::hours kLongestSleep{1};

}  // namespace

Result<std::unique_ptr<DeviceThread>> DeviceThread::start(Work work) {
  auto state = std::make_shared<State>();
  auto thread = OwnThread::start("custos-device", [state, work = std::move(work)] { run(*state, work); });
  if (!thread) return thread.failure();
  return std::unique_ptr<DeviceThread>(new DeviceThread(std::move(state), std::move(*thread)));
}

DeviceThread::~DeviceThread() {
  if (fork_count() != fork_count_) return;
  {
    const std::lock_guard lock(state_->mutex);
    state_->ending = true;
    state_->changed.notify_one();
  }
  if (is_caller()) return;  // OwnThread does not wait for it then
  thread_.end(std::chrono::steady_clock::now() + kPatience);
}

void DeviceThread::wake() noexcept {
  const std::lock_guard lock(state_->mutex);
  state_->woken = true;
  state_->changed.notify_one();
}

bool DeviceThread::is_caller() const noexcept {
  const std::lock_guard lock(state_->mutex);
  return state_->id == std::this_thread::get_id();
}

void DeviceThread::run(State& state, const Work& work) noexcept {
  std::unique_lock lock(state.mutex);
  state.id = std::this_thread::get_id();
  while (!state.ending) {
    state.woken = false;
    lock.unlock();
    const auto next = work();
    lock.lock();
    if (!next) return;
    state.changed.wait_until(lock, std::min(*next, std::chrono::steady_clock::now() + kLongestSleep),
                             [&state] { return state.woken || state.ending; });
  }
}

}  // namespace custos::hsm
