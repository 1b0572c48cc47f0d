// SessionHolder: what keeps sessions of a pool between its operations.
#pragma once

#include <cstdint>

namespace custos::hsm {

// SessionHolder is asked for its sessions when the token's budget is used up, when the login is made anew, and at exit.
// Thread-safe.
class SessionHolder {
 public:
  SessionHolder() = default;
  SessionHolder(const SessionHolder&) = delete;
  SessionHolder& operator=(const SessionHolder&) = delete;
  virtual ~SessionHolder() = default;

  // give_up returns every session to the pool. Those in use by a thread follow when it has done with them.
  virtual void give_up() noexcept = 0;

  // holds_sessions tells whether giving up would free any.
  [[nodiscard]] virtual bool holds_sessions() const noexcept = 0;

  // last_use_ns is when its sessions were last wanted (steady clock).
  [[nodiscard]] virtual std::int64_t last_use_ns() const noexcept = 0;
};

}  // namespace custos::hsm
