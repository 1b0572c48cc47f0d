#include "custos/idle_strategy.h"

#include <algorithm>
#include <thread>

#include "base/cpu_pause.h"

namespace custos {

IdleStrategy::~IdleStrategy() = default;

void BusySpinIdle::idle(std::size_t work) noexcept {
  if (work == 0) cpu_pause();
}

void YieldingIdle::idle(std::size_t work) noexcept {
  if (work == 0) std::this_thread::yield();
}

void SleepingIdle::idle(std::size_t work) noexcept {
  if (work == 0) std::this_thread::sleep_for(time_);
}

void BackoffIdle::idle(std::size_t work) noexcept {
  if (work > 0) {
    looks_ = 0;
    sleep_ = limits_.shortest_sleep;
  } else if (looks_ < limits_.spins) {
    ++looks_;
    cpu_pause();
  } else if (looks_ < limits_.spins + limits_.yields) {
    ++looks_;
    std::this_thread::yield();
  } else {
    std::this_thread::sleep_for(sleep_);
    sleep_ = std::min(sleep_ * 2, limits_.longest_sleep);
  }
}

}  // namespace custos
