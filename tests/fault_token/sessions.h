// Sessions: which of the real module's sessions the caller may believe in.
#pragma once

#include <p11-kit/pkcs11.h>

#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>

namespace fault_token {

// Sessions caps and loses sessions. Calls run under a shared lock, losing under the exclusive one, so that no session is closed
// under a running call: real modules crash on that (devices.md 1.3).
class Sessions {
 public:
  using SharedLock = std::shared_lock<std::shared_mutex>;

  // enter is held during each call to the real module, except open.
  [[nodiscard]] SharedLock enter() { return SharedLock(mutex_); }

  // is_lost tells whether `session` was taken away.
  [[nodiscard]] bool is_lost(CK_SESSION_HANDLE session) const;

  // open calls `open_real` unless `cap` sessions are open.
  template <class OpenReal>
  CK_RV open(std::optional<std::uint64_t> cap, CK_SESSION_HANDLE* session, OpenReal open_real);

  void closed(CK_SESSION_HANDLE session);
  void all_closed();

  // lose closes every session inside the real module, which logs out, and makes their handles invalid for good.
  void lose(const CK_FUNCTION_LIST& real);

 private:
  std::shared_mutex mutex_;
  mutable std::mutex sets_;
  std::set<CK_SESSION_HANDLE> open_;
  std::set<CK_SESSION_HANDLE> lost_;
};

template <class OpenReal>
CK_RV Sessions::open(std::optional<std::uint64_t> cap, CK_SESSION_HANDLE* session, OpenReal open_real) {
  const std::lock_guard lock(sets_);
  if (cap && open_.size() >= *cap) return CKR_SESSION_COUNT;
  const CK_RV rv = open_real();
  if (rv == CKR_OK) {
    open_.insert(*session);
    lost_.erase(*session);
  }
  return rv;
}

}  // namespace fault_token
