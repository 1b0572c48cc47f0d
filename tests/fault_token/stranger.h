// Stranger: another user of the real module, who finalizes it, starts it anew and signs with keys of its own (devices.md 1.4).
#pragma once

#include <p11-kit/pkcs11.h>

#include <map>
#include <optional>
#include <set>
#include <string>

namespace fault_token {

// Signing is a session's last C_SignInit; `waits` until its C_Sign.
struct Signing {
  CK_MECHANISM_TYPE mechanism;
  CK_OBJECT_HANDLE key;
  bool waits;
};

struct OpenSession {
  CK_SLOT_ID slot;
  CK_FLAGS flags;
  std::optional<Signing> signing;
};

using OpenSessions = std::map<CK_SESSION_HANDLE, OpenSession>;

// Not thread-safe: Sessions calls it under its locks.
class Stranger {
 public:
  // These are told what the module was told, to tell it again.
  void initialized(const CK_C_INITIALIZE_ARGS* arguments);
  void logged_in(CK_SLOT_ID slot, std::string pin) { pins_[slot] = std::move(pin); }
  void signed_with(CK_OBJECT_HANDLE key) { keys_.insert(key); }
  void destroyed(CK_OBJECT_HANDLE key) { keys_.erase(key); }
  void finalized() { keys_.clear(); }

  // restart finalizes and initialises the real module, opens as many sessions under the same handles and logs in. Handles count
  // up from one in the modules that were seen to recycle them. `with_keys` puts secret keys of its own under the handles of the
  // keys that signed, and arms with them the sessions that were armed for a MAC. Sessions that came back under another handle are
  // gone.
  void restart(const CK_FUNCTION_LIST& real, OpenSessions& open, bool with_keys);

 private:
  std::optional<CK_C_INITIALIZE_ARGS> arguments_;
  std::map<CK_SLOT_ID, std::string> pins_;
  std::set<CK_OBJECT_HANDLE> keys_;
};

// make_other_key makes a session key of the kind of `key`: a secret key, or a pair on the same curve. CK_INVALID_HANDLE: it
// cannot.
[[nodiscard]] CK_OBJECT_HANDLE make_other_key(const CK_FUNCTION_LIST& real, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key);

}  // namespace fault_token
