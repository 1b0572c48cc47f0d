#include "hsm/device_thread.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

namespace custos::hsm {
namespace {

using namespace std::chrono_literals;
using TimePoint = DeviceThread::TimePoint;

std::unique_ptr<DeviceThread> started(DeviceThread::Work work) {
  auto thread = DeviceThread::start(std::move(work));
  EXPECT_TRUE(thread) << thread.error().detail;
  return std::move(*thread);
}

void wait_for(const std::atomic<int>& count, int wanted) {
  const auto patience = std::chrono::steady_clock::now() + 10s;
  while (count < wanted && std::chrono::steady_clock::now() < patience) std::this_thread::yield();
  EXPECT_GE(count, wanted);
}

TEST(DeviceThread, WorksAtOnceAndWhenItIsDue) {
  std::atomic<int> worked{0};
  const auto thread = started(
      [&]() -> std::optional<TimePoint> { return ++worked < 3 ? std::chrono::steady_clock::now() + 1ms : TimePoint::max(); });
  wait_for(worked, 3);
}

TEST(DeviceThread, WorksWhenItIsWokenAlsoDuringItsWork) {
  std::atomic<int> worked{0};
  std::promise<void> go_on;
  const auto thread = started([&, going = go_on.get_future().share()]() -> std::optional<TimePoint> {
    ++worked;
    going.wait();
    return TimePoint::max();
  });
  wait_for(worked, 1);
  thread->wake();
  go_on.set_value();
  wait_for(worked, 2);
}

TEST(DeviceThread, IsWaitedForAtItsEnd) {
  std::atomic<int> worked{0};
  std::atomic<bool> done{false};
  auto thread = started([&]() -> std::optional<TimePoint> {
    ++worked;
    std::this_thread::sleep_for(50ms);
    done = true;
    return TimePoint::max();
  });
  wait_for(worked, 1);
  EXPECT_FALSE(thread->is_caller());
  thread.reset();
  EXPECT_TRUE(done);
}

TEST(DeviceThread, IsLeftBehindWhenItHangs) {
  struct Gate {
    std::promise<void> open;
    std::shared_future<void> opened = open.get_future().share();
  };
  auto gate = std::make_shared<Gate>();  // the thread's as well
  std::atomic<int> worked{0};
  auto thread = started([gate, &worked]() -> std::optional<TimePoint> {
    ++worked;
    gate->opened.wait();
    return std::nullopt;
  });
  wait_for(worked, 1);
  const auto begun = std::chrono::steady_clock::now();
  thread.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 20s) << "it hangs for good";
  gate->open.set_value();
}

TEST(DeviceThread, MayBeEndedByItsOwnWork) {
  struct Owner {
    std::unique_ptr<DeviceThread> thread;
    std::promise<bool> ended;
  };
  auto owner = std::make_shared<Owner>();
  std::promise<void> ready;
  auto ended = owner->ended.get_future();
  owner->thread = started([owner, going = ready.get_future().share()]() -> std::optional<TimePoint> {
    going.wait();
    const bool is_caller = owner->thread->is_caller();
    owner->thread.reset();
    owner->ended.set_value(is_caller);
    return TimePoint::max();
  });
  ready.set_value();
  EXPECT_TRUE(ended.get());
}

TEST(DeviceThread, IsNotWaitedForInAForkedChild) {
  watch_process();  // as every Module does
  std::atomic<int> worked{0};
  auto thread = started([&]() -> std::optional<TimePoint> {
    ++worked;
    return TimePoint::max();
  });
  wait_for(worked, 1);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto begun = std::chrono::steady_clock::now();
    thread.reset();
    ::_exit(std::chrono::steady_clock::now() - begun < 2s ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace custos::hsm
