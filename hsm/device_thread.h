// DeviceThread: the thread in which one token is recovered, kept alive and drained.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "base/own_thread.h"
#include "base/process_life.h"
#include "custos/result.h"

namespace custos::hsm {

// DeviceThread is a token's own, so that one that hangs delays no other. It does nothing in a forked child.
class DeviceThread {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  // Work does what is due, and answers when something will be: TimePoint::max(), not before the thread is woken; nothing, never.
  // It does not throw, and owns what it touches: a thread that hangs is left behind with it.
  using Work = std::function<std::optional<TimePoint>()>;

  // start begins with what is due. Errors: system.
  static Result<std::unique_ptr<DeviceThread>> start(Work work);

  // The end of it waits two seconds for the work, unless it is the work that ends it.
  ~DeviceThread();
  DeviceThread(const DeviceThread&) = delete;
  DeviceThread& operator=(const DeviceThread&) = delete;

  void wake() noexcept;
  // is_caller tells whether it is this thread that asks.
  [[nodiscard]] bool is_caller() const noexcept;

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    bool woken = false;
    bool ending = false;
    std::thread::id id;
  };
  static void run(State& state, const Work& work) noexcept;
  DeviceThread(std::shared_ptr<State> state, OwnThread thread) noexcept : state_(std::move(state)), thread_(std::move(thread)) {}

  const std::shared_ptr<State> state_;  // the thread has it too
  const std::uint64_t fork_count_ = fork_count();
  OwnThread thread_;
};

}  // namespace custos::hsm
