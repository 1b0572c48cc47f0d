// RetryPacer: when to try again what failed, so that neither a device that is away nor one that flaps is stormed.
#pragma once

#include <chrono>
#include <cstdint>

namespace custos {

// RetryPacer knows of two kinds of tries: ordinary ones, which follow each other at growing pauses, and restarts, which are at
// least a gap apart whatever came of them. It is told the time. Not thread-safe.
class RetryPacer {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Milliseconds = std::chrono::milliseconds;

  // The first try is due at once. Each that fails doubles the pause before the next, from kFirstPause to kLongestPause.
  static constexpr Milliseconds kFirstPause{250}, kLongestPause{15'000};
  // A success that did not last for kHealth doubles the pause before the next first try, from kFirstPause to kLongestFlap.
  static constexpr Milliseconds kLongestFlap{1'000}, kHealth{60'000};
  // A restart takes all sessions. Where it is how one connects, a second is enough, and the longest pause between tries.
  static constexpr Milliseconds kRestartGap{5'000}, kReconnectGap{1'000};

  // Each pause is up to a quarter shorter or longer than that, by `seed`: many processes do not come back at once.
  explicit RetryPacer(std::uint64_t seed, Milliseconds restart_gap = kRestartGap) noexcept
      : random_(seed), restart_gap_(restart_gap) {}

  [[nodiscard]] bool due(TimePoint now) const noexcept { return now >= due_at_; }
  [[nodiscard]] TimePoint due_at() const noexcept { return due_at_; }
  // failed notes a try that failed, and answers in what time the next is due.
  Milliseconds failed(TimePoint now) noexcept;
  void succeeded(TimePoint now) noexcept;

  [[nodiscard]] bool may_restart(TimePoint now) const noexcept { return now >= restart_at_; }
  [[nodiscard]] TimePoint restart_at() const noexcept { return restart_at_; }
  void restarted(TimePoint now) noexcept { restart_at_ = now + restart_gap_; }

 private:
  // doubled is kFirstPause doubled `times` times, at most `longest`, with its quarter off or on.
  [[nodiscard]] Milliseconds doubled(unsigned times, Milliseconds longest) noexcept;

  std::uint64_t random_;
  Milliseconds restart_gap_;
  unsigned failures_ = 0;  // since the last success
  unsigned flaps_ = 0;     // successes, each less than kHealth after the one before
  TimePoint due_at_ = TimePoint::min();
  TimePoint restart_at_ = TimePoint::min();
  TimePoint flap_until_ = TimePoint::min();  // a success before this is one more flap
};

}  // namespace custos
