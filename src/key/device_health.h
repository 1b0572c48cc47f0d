// DeviceHealth: how the device behind a backend fares, without asking it.
#pragma once

#include <atomic>

#include "custos/health.h"

namespace custos::key {

// DeviceHealth is written by the backend. Thread-safe.
class DeviceHealth {
 public:
  DeviceHealth() = default;
  DeviceHealth(const DeviceHealth&) = delete;
  DeviceHealth& operator=(const DeviceHealth&) = delete;
  virtual ~DeviceHealth() = default;

  // state is one load.
  [[nodiscard]] TokenState state() const noexcept { return state_.load(std::memory_order_relaxed); }
  [[nodiscard]] virtual TokenHealth tell() const = 0;

 protected:
  void set_state(TokenState state) noexcept { state_.store(state, std::memory_order_relaxed); }

 private:
  std::atomic<TokenState> state_{TokenState::healthy};
};

}  // namespace custos::key
