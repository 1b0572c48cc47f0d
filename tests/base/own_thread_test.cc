#include "base/own_thread.h"

#include <gmock/gmock.h>
#include <sched.h>

#include <array>
#include <atomic>
#include <csignal>
#include <future>
#include <string>
#include <thread>

namespace custos {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

// on_own_thread answers what `body` does on an OwnThread.
template <class T>
T on_own_thread(T (*body)(), std::optional<int> cpu = {}) {
  std::promise<T> answer;
  auto thread = OwnThread::start("custos-test", [&] { answer.set_value(body()); }, cpu);
  EXPECT_TRUE(thread) << thread.error().detail;
  T value = answer.get_future().get();
  thread->end(steady_clock::now() + 10s);
  return value;
}

TEST(OwnThread, HasItsName) {
  EXPECT_EQ(on_own_thread<std::string>([] {
              std::array<char, 16> name{};
              pthread_getname_np(pthread_self(), name.data(), name.size());
              return std::string(name.data());
            }),
            "custos-test");
}

TEST(OwnThread, BlocksTheSignalsOfTheHostAndLeavesTheHostsMaskAlone) {
  for (const int signal : {SIGPIPE, SIGTERM, SIGINT, SIGUSR1}) {
    sigset_t host;
    pthread_sigmask(SIG_SETMASK, nullptr, &host);
    EXPECT_EQ(sigismember(&host, signal), 0);
  }
  EXPECT_TRUE(on_own_thread<bool>([] {
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    return sigismember(&mask, SIGPIPE) == 1 && sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGINT) == 1 &&
           sigismember(&mask, SIGUSR1) == 1;
  }));
}

TEST(OwnThread, RunsOnTheCpuItWasGivenEvenWhereItsCreatorMayNot) {
  const int here = sched_getcpu();
  cpu_set_t all, only;
  ASSERT_EQ(sched_getaffinity(0, sizeof all, &all), 0);
  CPU_ZERO(&only);
  CPU_SET(static_cast<std::size_t>(here), &only);
  ASSERT_EQ(sched_setaffinity(0, sizeof only, &only), 0);
  for (int cpu = 0; cpu < 64; ++cpu) {
    if (!CPU_ISSET(static_cast<std::size_t>(cpu), &all)) continue;
    EXPECT_EQ(on_own_thread<int>([] { return sched_getcpu(); }, cpu), cpu);
  }
  ASSERT_EQ(sched_setaffinity(0, sizeof all, &all), 0);
}

TEST(OwnThread, RefusesACpuThatIsNotThere) {
  for (const int cpu : {-1, 1023, 1024, 1'000'000}) {
    const auto thread = OwnThread::start("custos-test", [] {}, cpu);
    ASSERT_FALSE(thread) << cpu;
    EXPECT_EQ(thread.error().code, Errc::bad_input);
    EXPECT_THAT(thread.error().detail, ::testing::HasSubstr("CPU " + std::to_string(cpu)));
  }
}

TEST(OwnThread, IsLeftBehindWhenItHangs) {
  const auto released = std::make_shared<std::atomic<bool>>(false);
  auto thread = OwnThread::start("custos-test", [released] {
    while (!*released) std::this_thread::sleep_for(1ms);
  });
  ASSERT_TRUE(thread);
  const auto before = steady_clock::now();
  thread->end(before + 50ms);
  EXPECT_GE(steady_clock::now() - before, 50ms);
  EXPECT_EQ(released.use_count(), 2) << "it keeps what its body holds";
  *released = true;
  while (released.use_count() > 1) std::this_thread::sleep_for(1ms);
}

}  // namespace
}  // namespace custos
