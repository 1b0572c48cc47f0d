#include "pin_lock.h"

namespace fault_token {

std::uint64_t PinLock::count(Tries tries) {
  const std::lock_guard lock(mutex_);
  if (!tries) wrong_ = 0;
  return wrong_;
}

bool PinLock::is_locked(Tries tries) { return count(tries) >= tries.value_or(UINT64_MAX); }

void PinLock::tried(CK_RV rv) {
  const std::lock_guard lock(mutex_);
  if (rv == CKR_OK) wrong_ = 0;
  if (rv == CKR_PIN_INCORRECT) ++wrong_;
}

CK_FLAGS PinLock::flags(Tries tries) {
  const auto wrong = count(tries);
  if (!tries || wrong == 0) return 0;
  if (wrong >= *tries) return CKF_USER_PIN_LOCKED;
  return CKF_USER_PIN_COUNT_LOW | (wrong + 1 == *tries ? CKF_USER_PIN_FINAL_TRY : 0);
}

}  // namespace fault_token
