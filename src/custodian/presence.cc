#include "custodian/presence.h"

#include "base/clock.h"

namespace custos {

template <class Ask>
SignStatus Presence::when_due(std::chrono::nanoseconds interval, bool& asked, const Ask& ask) noexcept {
  asked = false;
  const std::int64_t now = coarse_ns();
  std::int64_t last = checked_ns_.load(std::memory_order_relaxed);
  if (now - last < interval.count()) return {};
  if (!checked_ns_.compare_exchange_strong(last, now, std::memory_order_relaxed)) return {};
  SignStatus status = ask();
  if (status.code == Errc::not_found) status.code = Errc::revoked;
  asked = status.ok();
  if (!asked) checked_ns_.store(last, std::memory_order_relaxed);  // asked again at the next signature
  return status;
}

SignStatus Presence::check(key::PreparedKey& key, const registry::ControlPage& control, std::chrono::nanoseconds interval,
                           key::Deadline deadline, bool& asked) noexcept {
  return when_due(interval, asked, [&] {
    return control.replaced() ? SignStatus{Errc::integrity, Origin::registry, kControlReplaced} : key.exists(deadline);
  });
}

SignStatus Presence::ask(key::PreparedKey& key, std::chrono::nanoseconds interval, key::Deadline deadline, bool& asked) noexcept {
  return when_due(interval, asked, [&] { return key.exists(deadline); });
}

}  // namespace custos
