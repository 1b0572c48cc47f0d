// Breaker: whether calls are still made to a device in which calls hang.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

namespace custos::hsm {

// Breaker counts the calls that hang, and did not come back since the device last answered. While it is open, one call a
// second is let through, to see. Pure: the time is passed in. Its user locks.
class Breaker {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  // A call that hangs so long opens it; a device answers within that, or nobody waits for it.
  static constexpr std::chrono::seconds kPatience{1};
  static constexpr std::chrono::seconds kBetweenProbes{1};
  // A call whose caller still waits is taken to hang when the device has answered nobody for so long: longer than the slowest
  // signature (a YubiHSM 2 takes 0.9 s for one of RSA-4096).
  static constexpr std::chrono::seconds kSilence{2};
  // After so long without an answer the instance of the module is given up.
  static constexpr std::chrono::seconds kGivesUp{10};

  // `most` is how many calls may hang at once. Half of them open the breaker, so that some are left to try with.
  explicit Breaker(std::size_t most) : limit_(std::max<std::size_t>(2, most / 2)) { begun_.reserve(most); }

  void hangs(TimePoint begun) { begun_.push_back(begun); }
  // returned forgets a call that came back without having met the device; answered forgets all that hang, since another way into
  // the device is open.
  void returned(TimePoint begun) noexcept {
    if (const auto one = std::ranges::find(begun_, begun); one != begun_.end()) begun_.erase(one);
  }
  void answered() noexcept { begun_.clear(); }

  [[nodiscard]] bool is_open(TimePoint now) const noexcept {
    return begun_.size() >= limit_ || (!begun_.empty() && now - oldest() >= kPatience);
  }
  // may_probe lets one through while it is open.
  [[nodiscard]] bool may_probe(TimePoint now) noexcept {
    if (now < next_probe_) return false;
    next_probe_ = now + kBetweenProbes;
    return true;
  }
  [[nodiscard]] bool gives_up(TimePoint now) const noexcept { return !begun_.empty() && now - oldest() >= kGivesUp; }

 private:
  [[nodiscard]] TimePoint oldest() const noexcept { return *std::ranges::min_element(begun_); }

  const std::size_t limit_;
  std::vector<TimePoint> begun_;
  TimePoint next_probe_{};
};

}  // namespace custos::hsm
