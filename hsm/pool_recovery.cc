// SessionPool, the part that recovers: sessions, login and module are made anew, cheapest first.
#include <algorithm>
#include <utility>

#include "hsm/session_pool.h"

namespace custos::hsm {
namespace {

using std::chrono::steady_clock;

// kRow is for how long a failure that says nothing counts.
constexpr std::chrono::seconds kRow{10};
// What is lost again within kQuick was not mended: the next step is begun with. Losses that the device explains may have another
// cause each time.
constexpr std::chrono::seconds kQuick{10};
constexpr unsigned kQuickUntilRestart = 2, kQuickExplainedUntilRestart = 5;

// status_of a failed login. A damaged PIN guard is a login not tried again; integrity without a return value means two keys.
SignStatus status_of(const Error& error) noexcept {
  const bool guard_damaged = error.code == Errc::integrity && error.native == 0;
  return {guard_damaged ? Errc::authentication : error.code, error.origin, error.native};
}

// stops tells the failures after which only a person helps: a PIN that is wrong, or that may not be tried.
bool stops(const Error& error) noexcept { return status_of(error).code == Errc::authentication; }

// is_of_device tells failures that a restart of the module may mend: not those of the PIN's source, or of other users.
bool is_of_device(const Error& error) noexcept {
  return error.origin == Origin::token && (error.code == Errc::device_gone || (error.native != 0 && error.code == Errc::system));
}

}  // namespace

Step SessionPool::note(Session& session, CkRv rv) noexcept {
  const std::uint64_t generation = session.generation();
  const TokenReason reason = reason_of(rv, profile_);
  if (reason == TokenReason::module_reset) distrust(session.module());  // before its session would be closed
  session.discard();
  if (inherited()) return Step::none;
  if (reason != TokenReason::none && (reason != TokenReason::few_sessions || counts().open <= kFewSessions)) {
    health_->failed(reason, rv);
  }
  Lock lock(mutex_);
  const bool is_current = generation == generation_.load() && state_ == State::ready;
  const Step step = is_current ? step_after(rv) : recovery_step(rv, profile_, 1);
  if (step == Step::stop) {
    lock.unlock();
    stop(reason, rv);
  } else if (is_recovery(step) && is_current) {
    begin_recovery(lock, step, rv, reason);
  }
  return step;
}

// step_after counts the failures that say nothing, which is why it is asked once for each. What such failures begin is not begun
// before its time: the sessions may be good.
Step SessionPool::step_after(CkRv rv) noexcept {
  const TimePoint now = steady_clock::now();
  const Step at_once = recovery_step(rv, profile_, 1);
  const bool is_explained = is_recovery(at_once);
  if (!is_explained) {
    if (!is_recovery(recovery_step(rv, profile_, kMostFailuresInRow))) return at_once;
    if (now - row_began_ > kRow) {
      failures_in_row_ = 0;
      row_began_ = now;
    }
    if (++failures_in_row_ < kMostFailuresInRow || !pacer_.due(now)) return at_once;
    failures_in_row_ = 0;
  }
  quick_losses_ = now - recovered_at_ < kQuick ? quick_losses_ + 1 : 0;
  const Step step = std::max(recovery_step(rv, profile_, kMostFailuresInRow), quick_losses_ == 0 ? Step::reopen : Step::login);
  const bool wants_restart = quick_losses_ >= (is_explained ? kQuickExplainedUntilRestart : kQuickUntilRestart);
  return wants_restart && can_restart() && pacer_.may_restart(now) ? Step::restart : step;
}

void SessionPool::mark_suspect(CkRv why) noexcept {
  if (inherited()) return;
  Lock lock(mutex_);
  if (module() == nullptr) return;
  login_->module()->mark_suspect();
  if (state_ == State::ready) begin_recovery(lock, Step::restart, why, TokenReason::module_reset);
}

void SessionPool::distrust(const Module& module) noexcept {
  if (inherited()) return;
  const Lock lock(mutex_);
  if (&module == this->module()) login_->module()->mark_suspect();
  for (const LeftBehind& one : left_behind_) {
    if (one.module.get() == &module) one.module->mark_suspect();
  }
}

void SessionPool::leave_behind(CkRv why) noexcept {
  if (!usable()) return;
  Lock lock(mutex_);
  if (state_ == State::ready && can_restart()) begin_recovery(lock, Step::restart, why, TokenReason::hanging);
}

// begin_recovery changes the generation before anything is closed: no result of the old one passes for one of the new.
void SessionPool::begin_recovery(Lock& lock, Step step, CkRv why, TokenReason reason) noexcept {
  if (!usable() || suspect_.load() != 0) return;
  if (module()->suspect() && (module()->shared() || !login_->can_open_module())) {
    suspect_.store(why);
    changed_.notify_all();
    lock.unlock();
    health_->stopped(TokenReason::module_reset, why);
    return;
  }
  state_ = State::recovering;
  at_work_ = true;  // until it is told of
  tried_ = false;
  begin_with_ = step;
  why_ = why;
  reason_ = reason;
  generation_.store(next_generation(), std::memory_order_release);
  idle_.swap(stale_);
  open_ -= stale_.size();
  if (reason == TokenReason::hanging) static_cast<void>(give_up_module(true));
  lock.unlock();
  health_->recovery_begun(reason, why);
  lock.lock();
  at_work_ = false;
  if (!wake_thread() && is_due(steady_clock::now())) recover(lock);
  changed_.notify_all();
}

SessionPool::TimePoint SessionPool::due_at() const noexcept {
  if (asked_) return TimePoint::min();
  const bool restarts = begin_with_ == Step::restart || module() == nullptr || module()->suspect();
  return restarts ? std::max(pacer_.due_at(), pacer_.restart_at()) : pacer_.due_at();
}

SignStatus SessionPool::await_recovery(Lock& lock, TimePoint until, bool has_deadline) noexcept {
  if (state_ == State::ready) {  // another pool of the instance saw that it was reset
    begin_recovery(lock, Step::restart, CKR_CRYPTOKI_NOT_INITIALIZED, TokenReason::module_reset);
    if (!lock.owns_lock()) lock.lock();
    return {};
  }
  if (thread_ != nullptr && thread_->is_caller()) return {Errc::device_gone, Origin::token, 0};  // it would wait for itself
  const TimePoint now = steady_clock::now();
  const bool is_ours = recovers_itself();
  if (is_ours && is_due(now)) {
    recover(lock);
    return state_ == State::lost ? status_of(last_failure_) : SignStatus{};
  }
  if (state_ == State::lost) return status_of(last_failure_);
  if (in_device_since_) return await_work(lock, until, has_deadline);
  if (now >= until) return {has_deadline ? Errc::deadline_exceeded : Errc::busy, Origin::token, 0};
  changed_.wait_until(lock, is_ours ? std::min(until, due_at()) : until);
  return {};
}

// recover makes one try. What it calls may take its time, or hang: the lock is not held then.
void SessionPool::recover(Lock& lock) noexcept {
  state_ = State::recovering;
  at_work_ = true;
  asked_ = false;
  last_try_ = steady_clock::now();
  const bool is_retry = std::exchange(tried_, true);
  lock.unlock();
  if (is_retry) health_->recovery_begun(reason_, why_);
  reclaim_all();
  lock.lock();
  if (module() != nullptr && !module()->suspect()) {
    changed_.wait_for(lock, kDrain, [this] { return lent_ + parked_ <= hanging_; });
  }
  learned_.reset();
  in_device_since_ = steady_clock::now();
  changed_.notify_all();  // who waits looks at the time
  lock.unlock();
  if (module() != nullptr) {
    for (const CK_SESSION_HANDLE handle : stale_) close_handle(*module(), handle);
  }
  stale_.clear();
  Result<void> done = try_steps();

  lock.lock();
  in_device_since_.reset();
  hangs_ = false;
  const TimePoint now = steady_clock::now();
  std::optional<std::chrono::milliseconds> next;
  stopped_ = !done && stops(done.error());
  if (done) {
    pacer_.succeeded(now);
    recovered_at_ = now;
  } else if (!stopped_) {
    pacer_.failed(now);
    begin_with_ = std::max(begin_with_, Step::login);
    next = std::chrono::ceil<std::chrono::milliseconds>(due_at() - now);
  }
  lock.unlock();
  if (done) {
    health_->recovered();
  } else {
    health_->recovery_failed(done.error(), next);
  }
  lock.lock();
  state_ = done ? State::ready : State::lost;
  if (!done) last_failure_ = done.error();
  at_work_ = false;
  changed_.notify_all();
}

Result<void> SessionPool::try_steps() noexcept {
  const bool wants_fresh = module() == nullptr || module()->suspect();
  if (wants_fresh || (begin_with_ == Step::restart && can_restart())) return restart();
  if (begin_with_ == Step::reopen && reopen()) return {};
  Result<void> done = log_in();
  if (done || !is_of_device(done.error())) return done;
  const bool was_reset = reason_of(done.error().native, profile_) == TokenReason::module_reset;
  if (was_reset) login_->module()->mark_suspect();
  if (!can_restart() || !pacer_.may_restart(steady_clock::now())) return done;
  return restart();
}

// reopen asks under what login the pool's own session is, and shows with another session that the token gives them.
bool SessionPool::reopen() noexcept {
  CK_SESSION_INFO info{};
  const CK_FUNCTION_LIST& call = module()->functions();
  if (login_session_.handle == CK_INVALID_HANDLE || call.C_GetSessionInfo(login_session_.handle, &info) != CKR_OK) return false;
  if (info.state != CKS_RW_USER_FUNCTIONS) return false;
  CK_SESSION_HANDLE handle = CK_INVALID_HANDLE;
  const CK_SLOT_ID slot = login_session_.token.slot;
  if (call.C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &handle) != CKR_OK) return false;
  const Lock lock(mutex_);
  idle_.push_back(handle);
  ++open_;
  return true;
}

Result<void> SessionPool::log_in() noexcept {
  CK_SESSION_HANDLE before = CK_INVALID_HANDLE;
  {
    const Lock lock(mutex_);
    std::swap(before, login_session_.handle);
  }
  close_handle(*module(), before);
  auto opened = login_->open();
  if (!opened) return opened.failure();
  const Lock lock(mutex_);
  login_session_ = std::move(*opened);
  return {};
}

// restart is a replacement: whoever lets go of the old instance last finalizes it, and its copy of the library is then the next
// one to be started; while somebody else uses it, or hangs in it, another copy is.
Result<void> SessionPool::restart() noexcept {
  Lock lock(mutex_);
  pacer_.restarted(steady_clock::now());
  std::shared_ptr<Module> old = give_up_module(false);
  lock.unlock();
  old.reset();
  health_->restarted();
  auto fresh = login_->open_module();
  if (!fresh) return fresh.failure();
  lock.lock();
  login_->use(std::move(*fresh));
  lock.unlock();
  return log_in();
}

// give_up_module leaves the pool without a module, and answers the one that it had when nobody is inside any more. One that hangs
// is not answered in any case, since letting go of it finalizes.
std::shared_ptr<Module> SessionPool::give_up_module(bool hangs) noexcept {
  std::shared_ptr<Module> module = login_->give_up();
  const std::size_t inside = lent_ + parked_;
  open_ = lent_ = parked_ = 0;
  hanging_left_ += std::exchange(hanging_, 0);
  stale_.clear();
  login_session_.handle = CK_INVALID_HANDLE;
  if (module == nullptr) return {};
  module->retire();
  if (inside == 0 && !hangs) return module;
  left_behind_.push_back({std::move(module), inside});
  return {};
}

bool SessionPool::can_restart() const noexcept {
  return profile_.restart != Restart::never && login_->can_open_module() && (module() == nullptr || !module()->shared());
}

}  // namespace custos::hsm
