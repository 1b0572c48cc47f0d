#include "custodian/outage.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "custodian/fallback.h"
#include "hsm/ck_rv.h"

namespace custos {
namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;

// kModuleEnded is CKR_CRYPTOKI_NOT_INITIALIZED (PKCS#11 2.40, section 3.6).
constexpr std::uint32_t kModuleEnded = 0x190;

constexpr SignStatus kOver{Errc::device_gone, Origin::key, kFallbackOver};
constexpr SignStatus kUnrecorded{Errc::device_gone, Origin::key, kFallbackUnrecorded};

template <class Duration>
constexpr std::int64_t ns_in(Duration duration) noexcept {
  return std::chrono::nanoseconds(duration).count();
}

// is_answer tells whether the device took a stand: what is busy or late says nothing of it.
bool is_answer(const SignStatus& status) noexcept {
  return !is_away(status) && status.code != Errc::busy && status.code != Errc::deadline_exceeded && status.code != Errc::system;
}

std::int64_t minutes_in(std::chrono::milliseconds limit) noexcept {
  return std::chrono::duration_cast<std::chrono::minutes>(limit).count();
}

// plausible_since bounds what a row says that nobody seals, to what can matter: an outage older than every limit is over, and one
// that is to come begins now.
std::int64_t plausible_since(std::int64_t since_ms, std::int64_t now_ms) noexcept {
  return std::clamp(since_ms, now_ms - std::chrono::milliseconds(kMaxFallbackLimit).count(), now_ms);
}

// guarded runs cold work that may run out of memory on a path that may not throw.
template <class Work>
bool guarded(const Work& work) noexcept {
  try {
    return work();
  } catch (...) {
    return false;
  }
}

}  // namespace

bool is_away(Errc code, Origin origin, std::uint32_t native) noexcept {
  if (code != Errc::device_gone || origin == Origin::home) return false;
  return origin != Origin::token || native != kModuleEnded;
}

void Outage::set_terms(FallbackTerms terms) {
  const std::lock_guard lock(mutex_);
  limit_ns_.store(ns_in(terms.limit));
  terms_ = std::move(terms);
}

SignStatus Outage::begin(const SignStatus& why, std::string_view reason, std::int64_t answered_ns, std::int64_t now_ns,
                         key::Deadline deadline) noexcept {
  if (is_on()) return {};
  std::unique_lock lock(mutex_, std::defer_lock);
  if (!deadline) {
    lock.lock();
  } else if (!lock.try_lock_until(*deadline)) {
    return {Errc::deadline_exceeded, Origin::registry, 0};
  }
  if (is_on()) return {};
  if (!begun_ && !guarded([&] { return note_beginning(why, reason, answered_ns, now_ns); })) return kUnrecorded;
  retry_at_ns_.store(now_ns + ns_in(kRetryInterval));
  state_.store(State::on, std::memory_order_release);
  return {};
}

bool Outage::note_beginning(const SignStatus& why, std::string_view reason, std::int64_t answered_ns, std::int64_t now_ns) {
  const std::int64_t now_ms = clock_.now_ms();
  auto noted = uses_.fallback_use_unverified(credential_id_);
  const std::int64_t answered_ms = now_ms - (now_ns - answered_ns) / kNsPerMs;
  if (noted && noted->has_value() && answered_ns != 0 && (*noted)->since_ms < answered_ms) {
    if (auto ended = uses_.end_fallback(credential_id_); !ended) noted = ended.failure();
    if (noted) noted->reset();
  }
  since_ms_ = noted && noted->has_value() ? plausible_since((*noted)->since_ms, now_ms) : now_ms;
  reason_ = reason.empty() ? hsm::explain_status(why) : reason;
  auto taken_down = noted ? uses_.note_fallback(credential_id_, {since_ms_, now_ms, 0, reason_}) : noted.failure();
  if (!taken_down) {
    log::warning("credential {}: its device is away ({}), and its fallback {} may not sign: {}", terms_.credential, reason_,
                 terms_.key, taken_down.error().detail);
    return false;
  }
  began_ns_.store(now_ns - (now_ms - since_ms_) * kNsPerMs);
  report_at_ns_.store(0);
  told_over_.store(false);
  signatures_ = 0;
  begun_ = true;
  return true;
}

SignStatus Outage::admit(std::int64_t now_ns) noexcept {
  if (now_ns - began_ns_.load(std::memory_order_relaxed) < limit_ns_.load(std::memory_order_relaxed)) return {};
  if (!told_over_.exchange(true)) {
    const std::lock_guard lock(mutex_);
    guarded([&] {
      report_locked();
      log::warning(
          "credential {}: the fallback {} has signed for the {} minutes of one outage and signs no more until the device "
          "is back",
          terms_.credential, terms_.key, minutes_in(terms_.limit));
      return true;
    });
  }
  return kOver;
}

void Outage::count(std::int64_t now_ns) noexcept {
  untold_.fetch_add(1, std::memory_order_relaxed);
  report_if_due(now_ns);
}

void Outage::report_if_due(std::int64_t now_ns) noexcept {
  std::int64_t due = report_at_ns_.load(std::memory_order_relaxed);
  if (now_ns < due || untold_.load(std::memory_order_relaxed) == 0) return;
  if (report_at_ns_.compare_exchange_strong(due, now_ns + ns_in(kReportInterval))) report();
}

void Outage::report() noexcept {
  if (untold_.load(std::memory_order_relaxed) == 0) return;
  const std::lock_guard lock(mutex_);
  guarded([&] {
    report_locked();
    return true;
  });
}

void Outage::report_locked() {
  const std::uint64_t signatures = untold_.exchange(0);
  if (signatures == 0) return;
  signatures_ += signatures;
  log::warning("credential {}: the fallback {} signed {} request{}, {} in this outage: {}", terms_.credential, terms_.key,
               signatures, signatures == 1 ? "" : "s", signatures_, reason_);
  auto noted = uses_.note_fallback(credential_id_, {since_ms_, clock_.now_ms(), signatures, reason_});
  if (!noted) log::warning("that use of the fallback {} was not recorded: {}", terms_.key, noted.error().detail);
}

bool Outage::take_turn(std::int64_t now_ns) noexcept {
  std::int64_t due = retry_at_ns_.load(std::memory_order_relaxed);
  return now_ns >= due && retry_at_ns_.compare_exchange_strong(due, now_ns + ns_in(kTurnLapses));
}

void Outage::end_turn(const SignStatus& answer, std::int64_t now_ns) noexcept {
  if (answer.ok()) {
    proved();
  } else if (is_answer(answer)) {
    State on = State::on;
    state_.compare_exchange_strong(on, State::refusing);
  }
  retry_at_ns_.store(now_ns + ns_in(kRetryInterval));
}

void Outage::proved() noexcept {
  const std::lock_guard lock(mutex_);
  guarded([&] {
    report_locked();
    if (begun_) log::info("credential {}: its device is back, the fallback {} ends", terms_.credential, terms_.key);
    begun_ = false;
    state_.store(State::none, std::memory_order_release);
    auto noted = uses_.fallback_use_unverified(credential_id_);
    auto ended = noted && noted->has_value() ? uses_.end_fallback(credential_id_) : noted ? Result<void>() : noted.failure();
    if (!ended) log::warning("the end of the fallback {} was not recorded: {}", terms_.key, ended.error().detail);
    return true;
  });
}

std::shared_ptr<Outage> Outages::of(const std::string& credential_id) {
  const std::lock_guard lock(mutex_);
  auto& outage = outages_[credential_id];
  if (outage == nullptr) outage = std::make_shared<Outage>(uses_, clock_, credential_id);
  return outage;
}

}  // namespace custos
