#include "hsm/session_pool.h"

#include <sodium.h>

#include <algorithm>
#include <utility>

#include "base/attempt.h"
#include "base/own_thread.h"
#include "hsm/pool_list.h"

namespace custos::hsm {
namespace {

// kCloseTime bounds how long whoever lets go of a device that may hang waits for its sessions to be closed.
constexpr std::chrono::seconds kCloseTime{2};
// kLearnedFor is how long a limit learned from CKR_SESSION_COUNT is believed: other programs give sessions back.
constexpr std::chrono::seconds kLearnedFor{5};
// kStarvedFor is the same while the pool has no session at all and so nobody who could return one.
constexpr std::chrono::milliseconds kStarvedFor{20};
std::chrono::steady_clock::time_point now() noexcept { return std::chrono::steady_clock::now(); }

constexpr std::uint32_t kSessionCount = CKR_SESSION_COUNT;

// kAttempts bounds how often one look for a session opens one; each failed attempt has learned something.
constexpr int kAttempts = 3;

constexpr SignStatus kNone{Errc::busy, Origin::token, 0};
constexpr SignStatus kModuleUnusable{Errc::device_gone, Origin::token, CKR_CRYPTOKI_NOT_INITIALIZED};

SignStatus suspect_status(CkRv why) noexcept { return {Errc::integrity, Origin::token, static_cast<std::uint32_t>(why)}; }

// pacer_seed spreads the tries of many processes.
std::uint64_t pacer_seed() noexcept {
  std::uint64_t seed = 0;
  ::randombytes_buf(&seed, sizeof seed);
  return seed;
}

}  // namespace

std::uint64_t next_generation() noexcept {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1) + 1;
}

Result<std::shared_ptr<SessionPool>> SessionPool::open(std::unique_ptr<Login> login, const Profile& profile,
                                                       std::chrono::milliseconds acquire_timeout,
                                                       std::shared_ptr<HealthMonitor> health, PoolOptions options) {
  auto first = login->open();
  if (!first) return first.failure();
  std::shared_ptr<SessionPool> pool(
      new SessionPool(std::move(login), profile, acquire_timeout, std::move(health), std::move(options), std::move(*first)),
      close);
  if (pool->keep_alive_pause() != std::chrono::seconds(0)) {
    const Lock lock(pool->mutex_);
    static_cast<void>(pool->wake_thread());
  }
  return pool;
}

SessionPool::SessionPool(std::unique_ptr<Login> login, const Profile& profile, std::chrono::milliseconds acquire_timeout,
                         std::shared_ptr<HealthMonitor> health, PoolOptions options, LoginSession first)
    : login_(std::move(login)),
      profile_(profile),
      acquire_timeout_(acquire_timeout),
      health_(std::move(health)),
      options_(std::move(options)),
      generation_(next_generation()),
      login_session_(std::move(first)),
      pacer_(pacer_seed(), profile_.restart == Restart::first ? RetryPacer::kReconnectGap : RetryPacer::kRestartGap),
      keep_alive_at_(now() + keep_alive_pause()) {
  idle_.reserve(profile_.sessions + 1);
  stale_.reserve(profile_.sessions + 1);
  left_behind_.reserve(kMostCopies);
  list_pool(*this);
}

// close ends a pool. Where its device may hang that is done in a thread, which is then left behind (C_CloseSession and C_Finalize
// hang without limit where the server of p11-kit is stopped, seen).
void SessionPool::close(SessionPool* last) noexcept {
  const auto end = [last] { delete last; };
  const bool in_own_thread = last->usable() && last->thread_ != nullptr && last->thread_->is_caller();
  if (last->options_.threads && last->profile_.deadlines == Deadlines::threaded && last->usable() && !in_own_thread) {
    bool is_begun = false;
    attempt([&] {
      auto thread = OwnThread::start("custos-close", end);
      is_begun = thread.has_value();
      if (is_begun) thread->end(now() + kCloseTime);
    });
    if (is_begun) return;
  }
  end();
}

// The login session goes last: with an application's last session its login ends (devices.md 1.11). No C_Logout, which would log
// out every other pool of the module's instance.
SessionPool::~SessionPool() {
  if (inherited()) return;
  thread_.reset();
  unlist_pool(*this);
  if (module() == nullptr) return;
  for (const CK_SESSION_HANDLE handle : idle_) close_handle(*module(), handle);
  close_handle(*module(), login_session_.handle);
}

SignStatus SessionPool::acquire(Session& out, key::Deadline deadline) noexcept {
  if (!usable()) return kModuleUnusable;  // before the lock: a forked child may have inherited it held
  out = Session();
  if (key::is_over(deadline)) return {Errc::deadline_exceeded, Origin::token, 0};
  Lock lock(mutex_);
  key::Deadline until = deadline;
  for (bool last_look = false;;) {
    if (!usable()) return kModuleUnusable;
    if (const CkRv why = suspect_.load(); why != 0) return suspect_status(why);
    if (state_ != State::ready || module()->suspect()) {
      if (!until) until = now() + acquire_timeout_;
      if (const SignStatus status = await_recovery(lock, *until, deadline.has_value()); !status.ok()) return status;
      continue;
    }
    if (const SignStatus status = look_for_session(lock, out); status.code != Errc::busy) {
      const bool looks_at_log = status.ok() && log_full_;
      lock.unlock();
      if (looks_at_log) look_at_log(out);
      return status;
    }
    if (state_ != State::ready) continue;
    if (last_look) return {deadline ? Errc::deadline_exceeded : Errc::busy, Origin::token, learned_ ? kSessionCount : 0};
    if (!until) until = now() + acquire_timeout_;
    const bool looks_again = learned_ && learned_until_ > now();
    changed_.wait_until(lock, looks_again ? std::min(*until, learned_until_) : *until);
    last_look = now() >= *until;
  }
}

// look_for_session takes a session, from a holder where the reserve is gone.
SignStatus SessionPool::look_for_session(Lock& lock, Session& out) noexcept {
  const SignStatus status = take_session(lock, out, false);
  if (status.code != Errc::busy || !is_starved()) return status;
  lock.unlock();
  reclaim(nullptr, 0);
  lock.lock();
  return take_session(lock, out, false);
}

SignStatus SessionPool::park(Session& out, const SessionHolder& holder, std::int64_t patience_ns) noexcept {
  if (!usable()) return kModuleUnusable;
  Lock lock(mutex_);
  if (suspect_.load() == 0 && state_ != State::ready && recovers_itself() && is_due(now())) recover(lock);
  if (suspect_.load() != 0 || state_ != State::ready) return kNone;
  for (bool again = true;; again = false) {
    const bool fits = parked_ < budget();
    if (fits) {
      if (const SignStatus status = take_session(lock, out, true); status.code != Errc::busy || !again) return status;
    }
    lock.unlock();
    if (!fits && (!again || !reclaim(&holder, patience_ns))) return kNone;
    lock.lock();
  }
}

// budget is how many sessions may be parked. A limit that was learned holds until an acquire finds a larger one.
std::size_t SessionPool::budget() const noexcept {
  const std::size_t limit = std::min(profile_.sessions, learned_.value_or(profile_.sessions));
  return limit > kReserve ? limit - kReserve : 0;
}

void SessionPool::add_holder(SessionHolder& holder) {
  const std::lock_guard lock(holders_mutex_);
  holders_.push_back(&holder);
}

void SessionPool::remove_holder(SessionHolder& holder) noexcept {
  if (inherited()) return;
  const std::lock_guard lock(holders_mutex_);
  std::erase(holders_, &holder);
}

// reclaim asks the holder that has been idle longest, and for more than `patience_ns`, for its sessions. Without locks of the
// pool: giving up calls the module and release.
bool SessionPool::reclaim(const SessionHolder* not_this, std::int64_t patience_ns) noexcept {
  const std::int64_t clock = now().time_since_epoch().count();
  const std::lock_guard lock(holders_mutex_);
  SessionHolder* idlest = nullptr;
  for (SessionHolder* holder : holders_) {
    if (holder == not_this || !holder->holds_sessions() || clock - holder->last_use_ns() <= patience_ns) continue;
    if (idlest == nullptr || holder->last_use_ns() < idlest->last_use_ns()) idlest = holder;
  }
  if (idlest != nullptr) idlest->give_up();
  return idlest != nullptr;
}

// reclaim_all asks every holder. A holder that hangs in the module is not waited for.
void SessionPool::reclaim_all() noexcept {
  const std::unique_lock lock(holders_mutex_, kDrain);
  if (!lock.owns_lock()) return;
  for (SessionHolder* holder : holders_) holder->give_up();
}

bool SessionPool::may_open() const noexcept {
  if (open_ >= profile_.sessions + hanging_) return false;
  return !learned_ || open_ < *learned_ || now() >= learned_until_;
}

// take_session answers busy when there is none now.
SignStatus SessionPool::take_session(Lock& lock, Session& out, bool parked) noexcept {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    // Asked under the lock: once exit has begun and drained, no call of the module begins any more.
    if (!usable() || state_ != State::ready || (!parked && lent_ >= profile_.threads_at_once)) return kNone;
    if (!idle_.empty()) {
      out = Session(*this, *module(), idle_.back(), generation_.load(std::memory_order_relaxed), parked);
      idle_.pop_back();
      ++(parked ? parked_ : lent_);
      return {};
    }
    if (!may_open()) return kNone;
    if (const SignStatus status = open_session(lock, out, parked); status.code != Errc::busy) return status;
  }
  return kNone;
}

// open_session answers busy when the caller should look again.
SignStatus SessionPool::open_session(Lock& lock, Session& out, bool parked) noexcept {
  const std::uint64_t generation = generation_.load(std::memory_order_relaxed);
  const CK_SLOT_ID slot = login_session_.token.slot;
  const Module& module = *this->module();
  ++open_;
  ++(parked ? parked_ : lent_);
  lock.unlock();
  CK_SESSION_HANDLE handle = CK_INVALID_HANDLE;
  const CK_RV rv = module.functions().C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &handle);
  Session opened(*this, module, handle, generation, parked);
  if (rv == CKR_OK && generation_.load() == generation) {
    lock.lock();
    if (learned_ && open_ > *learned_) learned_.reset();
    out = std::move(opened);
    return {};
  }
  if (rv == CKR_OK) {  // the login was made anew meanwhile
    opened.discard();
    lock.lock();
    return kNone;
  }
  opened.handle_ = CK_INVALID_HANDLE;
  const Step step = note(opened, rv);
  lock.lock();
  if (is_recovery(step)) return kNone;
  if (rv != CKR_SESSION_COUNT) return suspect_ != 0 ? suspect_status(suspect_) : token_status(rv);
  learned_ = open_;
  learned_until_ = now() + (open_ == 0 ? std::chrono::steady_clock::duration(kStarvedFor) : kLearnedFor);
  return {Errc::busy, Origin::token, CKR_SESSION_COUNT};
}

void Session::give_back(bool keep) noexcept {
  if (pool_ != nullptr) std::exchange(pool_, nullptr)->release(*module_, handle_, generation_, parked_, keep);
}

void SessionPool::release(const Module& module, CK_SESSION_HANDLE handle, std::uint64_t generation, bool parked,
                          bool keep) noexcept {
  if (inherited()) return;
  std::shared_ptr<Module> last;  // ends after the lock
  Lock lock(mutex_);
  const auto is_ours = [&] { return &module == this->module(); };
  const bool kept = keep && is_ours() && generation == generation_.load(std::memory_order_relaxed) && state_ == State::ready;
  if (kept) {
    idle_.push_back(handle);
  } else if (is_ours()) {  // a session of an instance that was left behind ends with it
    lock.unlock();
    close_handle(module, handle);
    lock.lock();
  }
  if (is_ours()) {
    if (!kept) --open_;
    --(parked ? parked_ : lent_);
  } else {
    last = come_back(module);
  }
  if (state_ == State::recovering || exiting()) {
    changed_.notify_all();
  } else {
    changed_.notify_one();
  }
  lock.unlock();
}

std::shared_ptr<Module> SessionPool::come_back(const Module& module) noexcept {
  const auto found = std::ranges::find(left_behind_, &module, [](const LeftBehind& one) { return one.module.get(); });
  if (found == left_behind_.end() || --found->sessions > 0) return {};
  std::shared_ptr<Module> last = std::move(found->module);
  left_behind_.erase(found);
  return last;
}

void SessionPool::note_hanging(int change) noexcept {
  if (inherited()) return;
  health_->quarantined(change);
  const Lock lock(mutex_);
  if (change > 0) {
    hanging_ += static_cast<std::size_t>(change);
  } else {
    std::size_t left = 0;
    for (const LeftBehind& one : left_behind_) left += one.sessions;
    for (int i = change; i < 0; ++i) {  // the session came back just before
      std::size_t& count = hanging_ == 0 || hanging_left_ > left ? hanging_left_ : hanging_;
      if (count > 0) --count;
    }
  }
  changed_.notify_all();
}

void SessionPool::drain() noexcept {
  reclaim_all();
  Lock lock(mutex_);
  changed_.notify_all();
  changed_.wait_for(lock, kDrain, [this] { return lent_ + parked_ <= hanging_ && !at_work_; });
}

// close_handle spares the handles of a module that somebody else reset: the number may be a stranger's session by now.
void SessionPool::close_handle(const Module& module, CK_SESSION_HANDLE handle) const noexcept {
  if (handle == CK_INVALID_HANDLE || module.suspect() || suspect_.load() != 0 || !usable()) return;
  module.functions().C_CloseSession(handle);
}

TokenFacts SessionPool::token() const {
  const Lock lock(mutex_);
  return login_session_.token;
}

bool SessionPool::ready() const noexcept {
  const Lock lock(mutex_);
  return state_ == State::ready;
}

bool SessionPool::shared() const noexcept {
  const Lock lock(mutex_);
  return module() != nullptr && module()->shared();
}

PoolCounts SessionPool::counts() const {
  const Lock lock(mutex_);
  PoolCounts counts;
  counts.open = open_ + (login_session_.handle == CK_INVALID_HANDLE ? 0 : 1);
  if (learned_) counts.limit = *learned_ + 1;
  return counts;
}

}  // namespace custos::hsm
