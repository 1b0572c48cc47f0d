// PinGate: between a login in a thread of Custos and the host's source of PINs.
#pragma once

#include <atomic>
#include <mutex>
#include <utility>

#include "hsm/token_backend.h"

namespace custos::hsm {

// PinGate asks the source until it is closed: a login that was given up may go on in its thread when the source's owner is no
// more. Thread-safe.
class PinGate {
 public:
  explicit PinGate(PinProvider pin) : pin_(std::move(pin)) {}

  // ask answers what the source does. Errors: its own; device_gone, once closed.
  [[nodiscard]] Result<SecretBytes> ask() {
    const std::lock_guard lock(mutex_);
    if (!pin_) return fail(Errc::device_gone, Origin::token, "the token was given up before its login asked for the PIN");
    asked_.store(true);
    auto pin = pin_();
    asked_.store(true);
    return pin;
  }

  // was_asked tells whether the source is being asked now, or was since the last time: a person takes longer than a device.
  [[nodiscard]] bool was_asked() noexcept {
    if (!mutex_.try_lock()) return true;
    mutex_.unlock();
    return asked_.exchange(false);
  }

  // close waits for the source, where it is being asked.
  void close() noexcept {
    const std::lock_guard lock(mutex_);
    pin_ = nullptr;
  }

 private:
  std::mutex mutex_;
  PinProvider pin_;
  std::atomic<bool> asked_{false};
};

}  // namespace custos::hsm
