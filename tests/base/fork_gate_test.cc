#include "base/fork_gate.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <thread>
#include <vector>

namespace custos {
namespace {

using std::chrono::steady_clock;

// status_of_child forks and gives what `live` answers in the child.
int status_of_child(const std::function<int()>& live) {
  const pid_t child = fork();
  if (child == 0) _exit(live());
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(ForkGate, AForkFindsNobodyInside) {
  std::atomic<int> inside{0}, rounds{0};
  std::atomic<bool> is_over{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      while (!is_over) {
        const NotAcrossFork outer;
        const NotAcrossFork nested;
        ++inside;
        std::this_thread::yield();
        --inside;
        ++rounds;
      }
    });
  }
  for (int fork = 0; fork < 50; ++fork) {
    const int before = rounds;
    while (rounds < before + 4) std::this_thread::yield();
    const auto begin = steady_clock::now();
    const int found = status_of_child([&] { return inside.load(); });
    EXPECT_TRUE(found == 0 || steady_clock::now() - begin >= kForkPatience) << found << " inside, and nobody waited for them";
  }
  is_over = true;
  for (auto& thread : threads) thread.join();
}

TEST(ForkGate, AForkWaitsForNobodyWhoHangs) {
  std::atomic<bool> is_inside{false}, is_over{false};
  std::thread hangs([&] {
    const NotAcrossFork whole;
    is_inside = true;
    is_inside.notify_one();
    is_over.wait(false);
  });
  is_inside.wait(false);
  const auto begin = steady_clock::now();
  EXPECT_EQ(status_of_child([] { return 7; }), 7);
  EXPECT_GE(steady_clock::now() - begin, kForkPatience);
  is_over = true;
  is_over.notify_one();
  hangs.join();
}

TEST(ForkGate, WhoForksInsideWaitsForItselfNot) {
  const NotAcrossFork whole;
  auto shortest = steady_clock::duration::max();
  for (int fork = 0; fork < 20 && shortest >= kForkPatience; ++fork) {  // a busy machine may make any one of them long
    const auto begin = steady_clock::now();
    EXPECT_EQ(status_of_child([] { return 0; }), 0);
    shortest = std::min(shortest, steady_clock::now() - begin);
  }
  EXPECT_LT(shortest, kForkPatience);
}

TEST(ForkGate, AChildMayComeIn) {
  std::atomic<bool> is_inside{false}, is_over{false};
  std::thread stays([&] {
    const NotAcrossFork whole;
    is_inside = true;
    is_inside.notify_one();
    is_over.wait(false);
  });
  is_inside.wait(false);
  EXPECT_EQ(status_of_child([] {
              const NotAcrossFork whole;
              return status_of_child([] { return 5; });  // finds nobody but its parent
            }),
            5);
  is_over = true;
  is_over.notify_one();
  stays.join();
}

}  // namespace
}  // namespace custos
