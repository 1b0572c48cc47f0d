#include "base/fork_gate.h"

#include <pthread.h>

#include <atomic>
#include <mutex>
#include <thread>

namespace custos {
namespace {

constinit std::atomic<ReaderSlots*> g_slots{nullptr};  // another one in a child: its parent's threads are not there
constinit std::atomic<int> g_forks{0};                 // under way
thread_local constinit int own_depth = 0;

void before_fork() {
  g_forks.fetch_add(1);
  const std::size_t own = own_depth > 0 ? 1 : 0;
  const auto until = std::chrono::steady_clock::now() + kForkPatience;
  while (g_slots.load()->count() > own && std::chrono::steady_clock::now() < until) std::this_thread::yield();
}

void after_fork() {
  if (g_forks.fetch_sub(1) == 1) g_forks.notify_all();
}

void after_fork_in_child() {
  g_slots.store(new ReaderSlots);
  g_forks.store(0);
}

ReaderSlots& slots() {
  static std::once_flag once;
  std::call_once(once, [] {
    g_slots.store(new ReaderSlots);
    pthread_atfork(before_fork, after_fork, after_fork_in_child);
  });
  return *g_slots.load();
}

}  // namespace

NotAcrossFork::NotAcrossFork() noexcept {
  if (own_depth++ > 0) return;
  for (;;) {
    inside_.emplace(slots());
    const int forks = g_forks.load();
    if (forks == 0) return;
    inside_.reset();
    g_forks.wait(forks);
  }
}

NotAcrossFork::~NotAcrossFork() { --own_depth; }

}  // namespace custos
