// Idle strategies: what a background thread does between two looks for work. The names are those of Agrona
// (github.com/aeron-io/agrona, org.agrona.concurrent).
#pragma once

#include <chrono>
#include <cstddef>

#include "custos/export.h"

namespace custos {

// IdleStrategy belongs to one thread. A host may bring its own.
class CUSTOS_EXPORT IdleStrategy {
 public:
  IdleStrategy() = default;
  IdleStrategy(const IdleStrategy&) = delete;
  IdleStrategy& operator=(const IdleStrategy&) = delete;
  virtual ~IdleStrategy();

  // idle comes after each look. `work` is how much was found and done; 0: there is time to wait.
  virtual void idle(std::size_t work) noexcept = 0;
};

// BusySpinIdle never gives the CPU away: the quickest, for a CPU that the thread has for itself (RearmerOptions::cpu).
class CUSTOS_EXPORT BusySpinIdle final : public IdleStrategy {
 public:
  void idle(std::size_t work) noexcept override;
};

// YieldingIdle lets other threads of its CPU run first.
class CUSTOS_EXPORT YieldingIdle final : public IdleStrategy {
 public:
  void idle(std::size_t work) noexcept override;
};

// SleepingIdle sleeps for the same time whenever there was nothing to do.
class CUSTOS_EXPORT SleepingIdle final : public IdleStrategy {
 public:
  explicit SleepingIdle(std::chrono::nanoseconds time) noexcept : time_(time) {}
  void idle(std::size_t work) noexcept override;

 private:
  std::chrono::nanoseconds time_;
};

// BackoffIdle spins, then yields, then sleeps, each time twice as long up to a maximum; work begins it anew.
class CUSTOS_EXPORT BackoffIdle final : public IdleStrategy {
 public:
  struct Limits {
    std::size_t spins;
    std::size_t yields;
    std::chrono::nanoseconds shortest_sleep;
    std::chrono::nanoseconds longest_sleep;
  };
  static constexpr Limits kLimits{10, 20, std::chrono::microseconds(1), std::chrono::milliseconds(1)};

  explicit BackoffIdle(const Limits& limits = kLimits) noexcept : limits_(limits), sleep_(limits.shortest_sleep) {}
  void idle(std::size_t work) noexcept override;

 private:
  const Limits limits_;
  std::size_t looks_ = 0;  // in vain since the last work
  std::chrono::nanoseconds sleep_;
};

}  // namespace custos
