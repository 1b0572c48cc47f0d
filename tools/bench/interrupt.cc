#include "tools/bench/interrupt.h"

#include <atomic>
#include <csignal>

namespace custos::bench {
namespace {

constinit std::atomic<int> came{0};
static_assert(std::atomic<int>::is_always_lock_free);  // a handler may use it

void note_signal(int signal) { came.store(signal, std::memory_order_relaxed); }

}  // namespace

void watch_interrupts() {
  struct sigaction action{};
  action.sa_handler = note_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) sigaction(signal, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);  // who stopped listening does not keep the token from being cleaned
}

int interruption() noexcept { return came.load(std::memory_order_relaxed); }

}  // namespace custos::bench
