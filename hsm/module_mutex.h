// ModuleMutex: the lock that we hand to a module's C_Initialize in place of its own.
//
// A short spin before sleeping more than doubles SoftHSM2 on two threads, because its locks are held for less time than a sleep
// and a wake-up take (devices.md 1.19). Built on std::atomic, so that ThreadSanitizer sees what a module guards with it.
#pragma once

#include <atomic>

#include "hsm/cryptoki.h"

namespace custos::hsm {

class ModuleMutex {
 public:
  void lock() noexcept;
  // unlock answers false when the mutex was not locked (CKR_MUTEX_NOT_LOCKED).
  bool unlock() noexcept;

 private:
  static constexpr int kFree = 0, kHeld = 1, kContended = 2;
  std::atomic<int> state_{kFree};
};

// mutex_callbacks fills the four callbacks and CKF_OS_LOCKING_OK (PKCS#11 2.40, section 5.4, CK_C_INITIALIZE_ARGS: both given
// means that the module chooses).
[[nodiscard]] CK_C_INITIALIZE_ARGS mutex_callbacks() noexcept;

}  // namespace custos::hsm
