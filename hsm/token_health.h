// HealthMonitor: how one token fares in this process, and who is told.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/process_life.h"
#include "custos/health.h"
#include "custos/result.h"
#include "hsm/ck_rv.h"
#include "key/device_health.h"

namespace custos::hsm {

// HealthMonitor belongs to one token; whoever meets something tells it. Nothing here is called by a signature that succeeds: a
// token is degraded until something else answers (exists, a keep-alive, a probe). Thread-safe; does nothing in a forked child.
//
// Each transition goes to the sink. The log gets a line for each, but for the tries of a token that stays away, and at most
// kMostLines in one second of a token that flaps: how many were left out is told later. Both are called without a lock held.
class HealthMonitor final : public key::DeviceHealth {
 public:
  using SteadyNs = std::int64_t (*)() noexcept;
  static constexpr unsigned kMostLines = 6;  // two whole recoveries

  HealthMonitor(std::string token, HealthSink sink, const Clock& clock = Clock::system(), SteadyNs steady = steady_ns)
      : token_(std::move(token)), sink_(std::move(sink)), clock_(clock), steady_(steady) {
    health_.since_ms = clock_.now_ms();
  }

  // failed notes that a call failed because of the device: a healthy token is degraded.
  void failed(TokenReason reason, CkRv rv) noexcept;
  // answered notes that the device did what it was asked, on a cold path: it is healthy, unless it is being recovered or a
  // recovery failed. Those end by recovered alone, since what answers now may have been asked before.
  void answered() noexcept;
  // stopped notes that nothing helps but a person, or (hanging) an answer: the token is down.
  void stopped(TokenReason reason, CkRv rv) noexcept;

  void recovery_begun(TokenReason reason, CkRv rv) noexcept;
  // recovery_hangs takes the token down until the recovery's end, and tells whether it did: not before that was begun, nor once
  // its end was told.
  bool recovery_hangs() noexcept;
  void recovered() noexcept;
  // recovery_failed takes the token down until the next try; without one, until a person acts. A wrong PIN or what else the login
  // says of itself is then the reason, otherwise that for which the recovery was begun.
  void recovery_failed(const Error& why, std::optional<std::chrono::milliseconds> next_try) noexcept;

  void restarted() noexcept;              // the module was started anew
  void quarantined(int change) noexcept;  // one session more, or less, in which a call hangs
  void abandoned() noexcept;              // a call is not waited for any longer

  [[nodiscard]] TokenHealth tell() const override;
  [[nodiscard]] const std::string& token() const noexcept { return token_; }

 private:
  using Lock = std::unique_lock<std::mutex>;

  [[nodiscard]] bool inherited() const noexcept { return fork_count() != fork_count_; }
  // change makes the transition, if it is one, unlocks, and tells. `why` is a sentence more for the log.
  void change(Lock lock, TokenState after, TokenReason reason, CkRv rv, const std::string& why = {}) noexcept;
  // line is what the log gets: nothing where there is no news, or when this second has had its lines.
  [[nodiscard]] std::string line(const TokenHealthChange& made, const std::string& why);
  void tell_of(const TokenHealthChange& made, const std::string& line) const noexcept;

  const std::string token_;
  const HealthSink sink_;
  const Clock& clock_;
  const SteadyNs steady_;
  const std::uint64_t fork_count_ = fork_count();

  mutable std::mutex mutex_;  // guards what follows, and the state's changes
  TokenHealth health_;
  bool ends_by_recovery_ = false;  // recovering, or down because that failed
  TokenReason recovery_reason_ = TokenReason::none;
  std::int64_t recovery_begun_ns_ = 0, next_try_ns_ = 0;
  TokenState told_ = TokenState::healthy;  // by the log's last line
  TokenReason told_reason_ = TokenReason::none;
  std::int64_t second_begun_ns_ = 0;  // in which lines_ were written
  unsigned lines_ = 0, left_out_ = 0;
};

}  // namespace custos::hsm
