#include "custodian/presence.h"

#include "base/clock.h"

namespace custos {

SignStatus Presence::check(key::PreparedKey& key, const registry::ControlPage& control, std::chrono::nanoseconds interval,
                           key::Deadline deadline, bool& asked) noexcept {
  asked = false;
  const std::int64_t now = coarse_ns();
  std::int64_t last = checked_ns_.load(std::memory_order_relaxed);
  if (now - last < interval.count()) return {};
  if (!checked_ns_.compare_exchange_strong(last, now, std::memory_order_relaxed)) return {};
  SignStatus status = control.replaced() ? SignStatus{Errc::integrity, Origin::registry, kControlReplaced} : key.exists(deadline);
  if (status.code == Errc::not_found) status.code = Errc::revoked;
  asked = status.ok();
  if (!asked) checked_ns_.store(last, std::memory_order_relaxed);  // asked again at the next signature
  return status;
}

}  // namespace custos
