#include "hsm/token_health.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <utility>

#include "base/attempt.h"
#include "base/log.h"
#include "hsm/cryptoki.h"

namespace custos::hsm {
namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;
constexpr std::int64_t kNsPerSecond = 1'000'000'000;

// name_of a return value, for a line: " (CKR_DEVICE_ERROR)".
std::string name_of(std::uint32_t native) {
  if (native == 0) return {};
  const std::string_view name = ck_rv_name(native);
  return name.empty() ? fmt::format(" ({:#x})", native) : fmt::format(" ({})", name);
}

// reason_of_failure is what a login says of itself, `otherwise` where that is nothing. A PIN guard that is damaged
// (integrity, without a return value) lets no PIN be tried.
TokenReason reason_of_failure(const Error& why, TokenReason otherwise) noexcept {
  const bool guard_damaged = why.code == Errc::integrity && why.native == 0;
  if (why.native == kNoCopiesLeft && why.origin == Origin::token) return TokenReason::no_copies_left;
  if (why.code != Errc::authentication && !guard_damaged) return otherwise;
  return why.native == CKR_PIN_LOCKED ? TokenReason::pin_locked : TokenReason::pin_refused;
}

}  // namespace

void HealthMonitor::failed(TokenReason reason, CkRv rv) noexcept {
  if (inherited()) return;
  Lock lock(mutex_);
  ++health_.failures;
  health_.last_failure_ms = clock_.now_ms();
  if (state() <= TokenState::degraded) change(std::move(lock), TokenState::degraded, reason, rv);
}

void HealthMonitor::answered() noexcept {
  if (inherited()) return;
  Lock lock(mutex_);
  if (!ends_by_recovery_) change(std::move(lock), TokenState::healthy, TokenReason::none, CKR_OK);
}

void HealthMonitor::stopped(TokenReason reason, CkRv rv) noexcept {
  if (inherited()) return;
  Lock lock(mutex_);
  next_try_ns_ = 0;
  change(std::move(lock), TokenState::down, reason, rv);
}

void HealthMonitor::recovery_begun(TokenReason reason, CkRv rv) noexcept {
  if (inherited()) return;
  Lock lock(mutex_);
  recovery_begun_ns_ = steady_();
  next_try_ns_ = 0;
  ends_by_recovery_ = true;
  recovery_reason_ = reason;
  change(std::move(lock), TokenState::recovering, reason, rv);
}

bool HealthMonitor::recovery_hangs() noexcept {
  if (inherited()) return false;
  Lock lock(mutex_);
  if (state() != TokenState::recovering) return false;
  change(std::move(lock), TokenState::down, TokenReason::hanging, CKR_OK);
  return true;
}

void HealthMonitor::recovered() noexcept {
  if (inherited()) return;
  Lock lock(mutex_);
  ++health_.recoveries;
  health_.last_recovery_ms = clock_.now_ms();
  health_.last_recovery_took = std::chrono::milliseconds((steady_() - recovery_begun_ns_) / kNsPerMs);
  next_try_ns_ = 0;
  ends_by_recovery_ = false;
  change(std::move(lock), TokenState::healthy, TokenReason::none, CKR_OK);
}

void HealthMonitor::recovery_failed(const Error& why, std::optional<std::chrono::milliseconds> next_try) noexcept {
  if (inherited()) return;
  Lock lock(mutex_);
  ++health_.failed_recoveries;
  next_try_ns_ = next_try ? steady_() + next_try->count() * kNsPerMs : 0;
  const CkRv rv = why.origin == Origin::token ? why.native : CKR_OK;
  change(std::move(lock), TokenState::down, reason_of_failure(why, recovery_reason_), rv, why.detail);
}

void HealthMonitor::restarted() noexcept {
  if (inherited()) return;
  const Lock lock(mutex_);
  ++health_.restarts;
}

void HealthMonitor::quarantined(int change) noexcept {
  if (inherited()) return;
  const Lock lock(mutex_);
  health_.quarantined += static_cast<std::uint32_t>(change);
}

void HealthMonitor::abandoned() noexcept {
  if (inherited()) return;
  const Lock lock(mutex_);
  ++health_.abandoned;
}

TokenHealth HealthMonitor::tell() const {
  if (inherited()) return {};
  const Lock lock(mutex_);
  TokenHealth told = health_;
  if (next_try_ns_ != 0)
    told.next_try_in = std::chrono::milliseconds(std::max<std::int64_t>(1, (next_try_ns_ - steady_()) / kNsPerMs));
  return told;
}

void HealthMonitor::change(Lock lock, TokenState after, TokenReason reason, CkRv rv, const std::string& why) noexcept {
  const TokenHealthChange made{token_, state(), after, reason, static_cast<std::uint32_t>(rv)};
  health_.reason = reason;
  health_.native = made.native;
  std::string text;
  attempt([&] { text = line(made, why); });  // the transition counts without it, too
  if (made.before != after) {
    health_.state = after;
    health_.since_ms = clock_.now_ms();
    set_state(after);
  }
  lock.unlock();
  tell_of(made, text);
}

std::string HealthMonitor::line(const TokenHealthChange& made, const std::string& why) {
  const std::int64_t now = steady_();
  if (now - second_begun_ns_ >= kNsPerSecond) {
    second_begun_ns_ = now;
    lines_ = 0;
  }
  const bool is_retry = made.before == TokenState::down && made.after == TokenState::recovering;
  const bool is_news = !is_retry && (made.after != told_ || made.reason != told_reason_);
  if (!is_news && left_out_ == 0) return {};
  if (lines_ == kMostLines) {
    if (made.before != made.after && !is_retry) ++left_out_;
    return {};
  }
  ++lines_;
  told_ = made.after;
  told_reason_ = made.reason;
  const unsigned left_out = std::exchange(left_out_, 0);
  std::string text = fmt::format("token {}: {}", token_, to_string(made.after));
  if (made.reason != TokenReason::none) text += fmt::format(", {}{}", to_string(made.reason), name_of(made.native));
  if (!why.empty()) text += ": " + why;
  if (left_out != 0) text += fmt::format(" (after {} more changes)", left_out);
  return text;
}

void HealthMonitor::tell_of(const TokenHealthChange& made, const std::string& line) const noexcept {
  const LogLevel level = made.after == TokenState::healthy ? LogLevel::info : LogLevel::warning;
  if (!line.empty()) attempt([&] { log::write(level, line); });
  if (made.before != made.after && sink_) attempt([&] { sink_(made); });
}

}  // namespace custos::hsm
