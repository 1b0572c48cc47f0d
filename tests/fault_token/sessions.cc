#include "sessions.h"

namespace fault_token {

bool Sessions::is_lost(CK_SESSION_HANDLE session) const {
  const std::lock_guard lock(sets_);
  return lost_.contains(session);
}

void Sessions::closed(CK_SESSION_HANDLE session) {
  const std::lock_guard lock(sets_);
  open_.erase(session);
}

void Sessions::all_closed() {
  const std::lock_guard lock(sets_);
  open_.clear();
}

void Sessions::lose(const CK_FUNCTION_LIST& real) {
  const std::unique_lock no_calls(mutex_);
  const std::lock_guard lock(sets_);
  for (const CK_SESSION_HANDLE session : open_) real.C_CloseSession(session);
  lost_.merge(open_);
  open_.clear();
}

}  // namespace fault_token
