// PinLock: wrong PINs, counted as a device does that locks. The count outlives scripts while they have the rule.
#pragma once

#include <p11-kit/pkcs11.h>

#include <cstdint>
#include <mutex>
#include <optional>

namespace fault_token {

class PinLock {
 public:
  using Tries = std::optional<std::uint64_t>;  // how many wrong PINs lock; absent: nothing does

  [[nodiscard]] bool is_locked(Tries tries);
  // tried tells what the real module answered to a user's PIN.
  void tried(CK_RV rv);
  [[nodiscard]] CK_FLAGS flags(Tries tries);

 private:
  std::uint64_t count(Tries tries);

  std::mutex mutex_;
  std::uint64_t wrong_ = 0;
};

}  // namespace fault_token
