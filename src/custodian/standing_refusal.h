// StandingRefusal: a failure to prepare that is not tried again for as long as the home stays as it is.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "custos/result.h"

namespace custos {

// StandingRefusal remembers the last failure to prepare a signer. Not thread-safe.
class StandingRefusal {
 public:
  // remember keeps the failure; it stands while `epoch` does, when it is one that lasts.
  const Error& remember(Error why, std::uint64_t epoch) {
    why_ = std::move(why);
    const bool stands = epoch % 2 == 0 && (lasts(why_.code) || why_.code == Errc::authentication);
    epoch_ = stands ? std::optional(epoch) : std::nullopt;
    until_ns_ = lasts(why_.code) ? INT64_MAX : steady_ns() + kAuthenticationPause.count();
    return why_;
  }
  void forget() noexcept {
    epoch_.reset();
    why_ = {Errc::ok, Origin::none, 0, {}};
  }
  [[nodiscard]] bool stands(std::uint64_t epoch) const noexcept { return epoch_ == epoch && steady_ns() < until_ns_; }
  [[nodiscard]] const Error& why() const noexcept { return why_; }

 private:
  // A PIN or passphrase that was refused is looked at again after this time: each try makes the next one wait longer.
  static constexpr std::chrono::nanoseconds kAuthenticationPause = std::chrono::seconds(10);

  // lasts tells whether a failure to prepare stands until the home changes. Others (a device that is away) are tried again.
  static bool lasts(Errc code) noexcept {
    return code == Errc::revoked || code == Errc::refused || code == Errc::not_found || code == Errc::integrity ||
           code == Errc::bad_input || code == Errc::needs_approval;
  }

  std::optional<std::uint64_t> epoch_;
  std::int64_t until_ns_ = 0;
  Error why_{Errc::ok, Origin::none, 0, {}};
};

}  // namespace custos
