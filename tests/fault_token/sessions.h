// Sessions: which of the real module's sessions the caller may believe in.
#pragma once

#include <p11-kit/pkcs11.h>

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <shared_mutex>

#include "behaviours.h"
#include "functions.h"
#include "stranger.h"

namespace fault_token {

// Sessions caps, loses, idles out and resets sessions. Calls run under a shared lock, all of that under the exclusive one, so
// that no session is closed under a running call: real modules crash on that (devices.md 1.3).
class Sessions {
 public:
  using SharedLock = std::shared_lock<std::shared_mutex>;

  // enter is held during each call to the real module, except open.
  [[nodiscard]] SharedLock enter() { return SharedLock(mutex_); }

  // refusal is what a session that was taken away answers. Other sessions count as used by this call.
  [[nodiscard]] std::optional<CK_RV> refusal(Function function, CK_SESSION_HANDLE session);

  // open calls `open_real` unless `cap` sessions are open.
  template <class OpenReal>
  CK_RV open(std::optional<std::uint64_t> cap, CK_SLOT_ID slot, CK_FLAGS flags, CK_SESSION_HANDLE* session, OpenReal open_real);

  // These are told what the real module did.
  void initialized(const CK_C_INITIALIZE_ARGS* arguments);
  void finalized();
  void closed(CK_SESSION_HANDLE session);
  void all_closed(CK_SLOT_ID slot);
  void logged_in(CK_SESSION_HANDLE session, std::string pin);
  void destroyed(CK_OBJECT_HANDLE key);
  void begun(CK_SESSION_HANDLE session, CK_MECHANISM_TYPE mechanism, CK_OBJECT_HANDLE key);
  // ended answers the key that signed.
  CK_OBJECT_HANDLE ended(CK_SESSION_HANDLE session);

  // lose closes every session inside the real module, which logs out, and makes their handles invalid for good.
  void lose(const CK_FUNCTION_LIST& real);

  // expire_if_idle ends the sessions that idled for longer than the rule allows.
  void expire_if_idle(const CK_FUNCTION_LIST& real, const IdleExpiry& rule);

  // restart has a stranger reset the real module.
  void restart(const CK_FUNCTION_LIST& real, bool with_keys);

 private:
  struct Gone {
    CK_RV rv;
    bool is_open_inside;
  };
  [[nodiscard]] bool has_idled(const IdleExpiry& rule);
  void lose_all(const CK_FUNCTION_LIST& real, CK_RV rv);

  std::shared_mutex mutex_;
  mutable std::mutex tables_;
  OpenSessions open_;
  std::map<CK_SESSION_HANDLE, Gone> gone_;
  std::optional<CK_RV> dead_until_finalize_;
  std::chrono::steady_clock::time_point last_use_;
  Stranger stranger_;
};

template <class OpenReal>
CK_RV Sessions::open(std::optional<std::uint64_t> cap, CK_SLOT_ID slot, CK_FLAGS flags, CK_SESSION_HANDLE* session,
                     OpenReal open_real) {
  const std::lock_guard lock(tables_);
  if (cap && open_.size() >= *cap) return CKR_SESSION_COUNT;
  const CK_RV rv = open_real();
  if (rv == CKR_OK) {
    open_[*session] = {slot, flags, {}};
    gone_.erase(*session);
  }
  return rv;
}

}  // namespace fault_token
