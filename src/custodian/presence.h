// Presence: the question, now and then, whether a key in use is still in its token.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "key/backend.h"
#include "registry/control_page.h"

namespace custos {

// A key destroyed by a stranger's tool is noticed within kPresenceInterval (design.md, "The home": at most 5 s): rearm asks a
// little earlier than sign has to, so that sign need not.
inline constexpr std::chrono::seconds kPresenceInterval{4};
inline constexpr std::chrono::seconds kPresenceAhead{3};

// kControlReplaced is the native code (ESTALE) of the integrity status for a control page that is no longer the home's.
inline constexpr std::uint32_t kControlReplaced = 116;

// Presence remembers when it was last asked. Thread-safe: one thread asks, the others go on with the last answer.
class Presence {
 public:
  // seen notes that the key was just found and proved.
  void seen(std::int64_t now_ns) noexcept { checked_ns_.store(now_ns, std::memory_order_relaxed); }

  // check asks, when it was last asked `interval` ago, whether the key is still in its token (revoked: it is gone) and the
  // control page still the home's (integrity: it was replaced, and changes would not be seen). `asked` tells whether the key
  // answered now.
  SignStatus check(key::PreparedKey& key, const registry::ControlPage& control, std::chrono::nanoseconds interval,
                   key::Deadline deadline, bool& asked) noexcept;
  // ask asks for the key alone.
  SignStatus ask(key::PreparedKey& key, std::chrono::nanoseconds interval, key::Deadline deadline, bool& asked) noexcept;

 private:
  template <class Ask>
  SignStatus when_due(std::chrono::nanoseconds interval, bool& asked, const Ask& ask) noexcept;

  std::atomic<std::int64_t> checked_ns_{0};
};

}  // namespace custos
