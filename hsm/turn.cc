#include "hsm/turn.h"

namespace custos::hsm {
Result<Turn> Turn::take(const std::filesystem::path& guard, std::chrono::milliseconds patience) {
  if (guard.empty()) return Turn(FileLock());
  auto lock = lock_file(guard.string() + ".lock", patience);
  if (lock) return Turn(*std::move(lock));
  if (lock.error().code != Errc::busy) {
    lock.error().code = Errc::system;  // a missing folder is no missing token
    return lock.failure();
  }
  return fail(Errc::busy, Origin::token, "another process is starting the token's module or logging in: " + lock.error().detail);
}

}  // namespace custos::hsm
