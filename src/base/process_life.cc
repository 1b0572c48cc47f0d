#include "base/process_life.h"

#include <pthread.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <mutex>

namespace custos {
namespace {

using Action = void (*)();

constexpr std::size_t kMostActions = 8;

constinit std::atomic<std::uint64_t> g_fork_count{0};
constinit std::atomic<bool> g_exiting{false};
constinit std::array<std::atomic<Action>, kMostActions> g_fork_actions{};
constinit std::array<std::atomic<Action>, kMostActions> g_exit_actions{};

void add(std::array<std::atomic<Action>, kMostActions>& actions, Action action) {
  for (auto& place : actions) {
    Action expected = nullptr;
    if (place.compare_exchange_strong(expected, action) || expected == action) return;
  }
  std::abort();
}

void run(const std::array<std::atomic<Action>, kMostActions>& actions) {
  for (const auto& place : actions) {
    if (const Action action = place.load(); action != nullptr) action();
  }
}

void forked_child() {
  g_fork_count.fetch_add(1);
  run(g_fork_actions);
}

void exit_begun() {
  if (!g_exiting.exchange(true)) run(g_exit_actions);
}

}  // namespace

std::uint64_t fork_count() noexcept { return g_fork_count.load(std::memory_order_acquire); }

bool exiting() noexcept { return g_exiting.load(); }

void watch_process() {
  static std::once_flag once;
  std::call_once(once, [] { pthread_atfork(nullptr, nullptr, forked_child); });
  std::atexit(exit_begun);
}

void on_fork_in_child(Action action) { add(g_fork_actions, action); }

void on_exit_begun(Action action) { add(g_exit_actions, action); }

}  // namespace custos
