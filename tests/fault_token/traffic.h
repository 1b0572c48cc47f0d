// Traffic: which calls are inside the module, and whether that is allowed.
#pragma once

#include <p11-kit/pkcs11.h>

#include <map>
#include <mutex>
#include <optional>
#include <string_view>

#include "functions.h"

namespace fault_token {

class Traffic {
 public:
  // Call is inside until it is destroyed.
  class Call {
   public:
    // The constructor lets `function` in, on `session` where it is a call on one.
    Call(Traffic& traffic, Function function, std::optional<CK_SESSION_HANDLE> session);
    ~Call();
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    // violation names what the caller did wrong by coming in now: "session", a second call on a session that is in use
    // (devices.md 1.3), or "finalize", under another call.
    [[nodiscard]] std::string_view violation() const { return violation_; }

   private:
    Traffic& traffic_;
    std::optional<CK_SESSION_HANDLE> session_;
    std::string_view violation_;
  };

  [[nodiscard]] std::size_t inside() const;

 private:
  mutable std::mutex mutex_;
  std::size_t inside_ = 0;
  std::map<CK_SESSION_HANDLE, std::size_t> sessions_;
};

}  // namespace fault_token
