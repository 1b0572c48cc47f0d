#include "hsm/session_pool.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/process_life.h"

namespace custos::hsm {
namespace {

// kDrain bounds the wait, of recover and at exit, for lent sessions; one that hangs in the module is left behind
// (devices.md 1.13).
constexpr std::chrono::milliseconds kDrain{2000};
// kLearnedFor is how long a limit learned from CKR_SESSION_COUNT is believed: other programs give sessions back.
constexpr std::chrono::seconds kLearnedFor{5};
// kStarvedFor is the same while the pool has no session at all and so nobody who could return one.
constexpr std::chrono::milliseconds kStarvedFor{20};
// kLoginPause keeps a busy signer from storming a token that is away, and the PIN's source with it.
constexpr std::chrono::seconds kLoginPause{1};

// next_generation is unique in the process, so that generations of two pools never compare equal.
std::uint64_t next_generation() noexcept {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1) + 1;
}

std::chrono::steady_clock::time_point now() noexcept { return std::chrono::steady_clock::now(); }

constexpr std::uint32_t kSessionCount = CKR_SESSION_COUNT;

// kAttempts bounds how often one look for a session opens one; each failed attempt has learned something.
constexpr int kAttempts = 3;

constexpr SignStatus kNone{Errc::busy, Origin::token, 0};
constexpr SignStatus kModuleUnusable{Errc::device_gone, Origin::token, CKR_CRYPTOKI_NOT_INITIALIZED};

SignStatus suspect_status(CkRv why) noexcept { return {Errc::integrity, Origin::token, static_cast<std::uint32_t>(why)}; }

// status_of a failed login. A damaged PIN guard is a login not tried again; integrity without a return value means two keys.
SignStatus status_of(const Error& error) noexcept {
  const bool guard_damaged = error.code == Errc::integrity && error.native == 0;
  return {guard_damaged ? Errc::authentication : error.code, error.origin, error.native};
}

// PoolList knows the process's pools, so that exit waits for threads that still sign: SoftHSM2 crashes in most runs when its
// destructors meet them (devices.md 1.14). A child of a fork gets an empty list.
struct PoolList {
  std::mutex mutex;
  std::vector<SessionPool*> pools;
};

constinit std::atomic<PoolList*> g_pools{nullptr};

PoolList& pool_list() {
  static const bool watched = [] {
    g_pools.store(new PoolList);  // never destroyed: exit handlers use it
    on_fork_in_child([] { g_pools.store(new PoolList); });
    on_exit_begun([] {
      PoolList& list = *g_pools.load();
      const std::lock_guard lock(list.mutex);
      for (SessionPool* pool : list.pools) pool->drain();
    });
    return true;
  }();
  static_cast<void>(watched);
  return *g_pools.load();
}

}  // namespace

Result<std::shared_ptr<SessionPool>> SessionPool::open(std::unique_ptr<Login> login, const Profile& profile,
                                                       std::chrono::milliseconds acquire_timeout) {
  auto first = login->open();
  if (!first) return first.failure();
  return std::shared_ptr<SessionPool>(new SessionPool(std::move(login), profile, acquire_timeout, std::move(*first)));
}

SessionPool::SessionPool(std::unique_ptr<Login> login, const Profile& profile, std::chrono::milliseconds acquire_timeout,
                         LoginSession first)
    : login_(std::move(login)),
      profile_(profile),
      acquire_timeout_(acquire_timeout),
      generation_(next_generation()),
      login_session_(std::move(first)) {
  idle_.reserve(profile_.sessions + 1);  // the one more is the login session, once it is stale
  stale_.reserve(profile_.sessions + 1);
  PoolList& list = pool_list();
  const std::lock_guard lock(list.mutex);
  list.pools.push_back(this);
}

// The login session goes last: with an application's last session its login ends (devices.md 1.11). No C_Logout, which would log
// out every other pool of the module's instance.
SessionPool::~SessionPool() {
  if (module().inherited()) return;
  {
    PoolList& list = pool_list();
    const std::lock_guard lock(list.mutex);
    std::erase(list.pools, this);
  }
  if (!module().usable()) return;
  for (const CK_SESSION_HANDLE handle : idle_) close_handle(handle);
  if (login_session_.handle != CK_INVALID_HANDLE) close_handle(login_session_.handle);
}

SignStatus SessionPool::acquire(Session& out, key::Deadline deadline) noexcept {
  if (!module().usable()) return kModuleUnusable;  // before the lock: a forked child may have inherited it held
  out = Session();
  if (key::is_over(deadline)) return {Errc::deadline_exceeded, Origin::token, 0};
  Lock lock(mutex_);
  key::Deadline until = deadline;
  for (bool last_look = false;;) {
    if (!module().usable()) return kModuleUnusable;
    if (const CkRv why = suspect_.load(); why != 0) return suspect_status(why);
    if (state_ == State::lost) {
      if (const SignStatus status = retry_login(lock); !status.ok()) return status;
      continue;
    }
    if (const SignStatus status = look_for_session(lock, out); status.code != Errc::busy) return status;
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
  if (!module().usable()) return kModuleUnusable;
  Lock lock(mutex_);
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
  if (module().inherited()) return;
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
  if (open_ >= profile_.sessions) return false;
  return !learned_ || open_ < *learned_ || now() >= learned_until_;
}

// take_session answers busy when there is none now.
SignStatus SessionPool::take_session(Lock& lock, Session& out, bool parked) noexcept {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    // Asked under the lock: once exit has begun and drained, no call of the module begins any more.
    if (!module().usable() || state_ != State::ready || (!parked && lent_ >= profile_.threads_at_once)) return kNone;
    if (!idle_.empty()) {
      out = Session(*this, idle_.back(), generation_.load(std::memory_order_relaxed), parked);
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
  ++open_;
  ++(parked ? parked_ : lent_);
  lock.unlock();
  CK_SESSION_HANDLE handle = CK_INVALID_HANDLE;
  const CK_RV rv = module().functions().C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &handle);
  Session opened(*this, handle, generation, parked);
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
  const bool recovered = note(opened, rv);
  lock.lock();
  if (recovered) return kNone;
  if (rv != CKR_SESSION_COUNT) return suspect_ != 0 ? suspect_status(suspect_) : token_status(rv);
  learned_ = open_;
  learned_until_ = now() + (open_ == 0 ? std::chrono::steady_clock::duration(kStarvedFor) : kLearnedFor);
  return {Errc::busy, Origin::token, CKR_SESSION_COUNT};
}

SignStatus SessionPool::retry_login(Lock& lock) noexcept {
  if (now() < retry_at_) return status_of(last_failure_);
  const std::uint64_t generation = generation_.load();
  lock.unlock();
  SignStatus status;
  try {
    const auto recovered = recover(generation, CKR_OK);
    if (!recovered) status = status_of(recovered.error());
  } catch (...) {  // out of memory; the next call tries again
    status = {Errc::internal, Origin::token, 0};
  }
  lock.lock();
  return status;
}

Result<void> SessionPool::recover(std::uint64_t generation, CkRv why) {
  if (!module().usable()) return token_failure(CKR_CRYPTOKI_NOT_INITIALIZED, "cannot log in anew");
  Lock lock(mutex_);
  if (const CkRv suspect = suspect_.load(); suspect != 0) return token_failure(suspect, "cannot log in anew");
  if (generation_.load() != generation) {  // another thread's work: its outcome is ours
    changed_.wait_for(lock, acquire_timeout_, [this] { return state_ != State::recovering; });
    if (state_ == State::ready) return {};
    if (state_ == State::lost) return Unexpected{last_failure_};
    return fail(Errc::busy, Origin::token, "the token is being logged in to anew: try again");
  }

  state_ = State::recovering;
  generation_.store(next_generation(), std::memory_order_release);
  idle_.swap(stale_);
  open_ -= stale_.size();
  stale_.push_back(std::exchange(login_session_.handle, CK_INVALID_HANDLE));
  lock.unlock();
  reclaim_all();
  lock.lock();
  changed_.wait_for(lock, kDrain, [this] { return lent_ == 0 && parked_ == 0; });
  lock.unlock();

  for (const CK_SESSION_HANDLE handle : stale_) close_handle(handle);
  stale_.clear();
  auto opened = login_->open();

  lock.lock();
  learned_.reset();
  if (opened) {
    login_session_ = std::move(*opened);
    state_ = State::ready;
  } else {
    state_ = State::lost;
    last_failure_ = std::move(opened.error());
    retry_at_ = now() + kLoginPause;
  }
  changed_.notify_all();  // before anything that may throw
  if (state_ == State::lost) return Unexpected{last_failure_};
  log::info("logged in to the token \"{}\" anew after {}", login_session_.token.label, ck_rv_name(why));
  return {};
}

void SessionPool::mark_suspect(CkRv why) noexcept {
  CkRv none = 0;
  suspect_.compare_exchange_strong(none, why);
  login_->module()->mark_suspect();
  {
    const Lock lock(mutex_);
  }  // nobody is between a look at suspect_ and the wait
  changed_.notify_all();
}

bool SessionPool::note(Session& session, CkRv rv) noexcept {
  const std::uint64_t generation = session.generation();
  session.discard();
  if (rv == CKR_CRYPTOKI_NOT_INITIALIZED || rv == CKR_OPERATION_NOT_INITIALIZED) mark_suspect(rv);
  if (!is_session_loss(rv)) return false;
  try {
    return recover(generation, rv).has_value();
  } catch (...) {  // out of memory
    return false;
  }
}

void Session::give_back(bool keep) noexcept {
  if (pool_ != nullptr) std::exchange(pool_, nullptr)->release(handle_, generation_, parked_, keep);
}

void SessionPool::release(CK_SESSION_HANDLE handle, std::uint64_t generation, bool parked, bool keep) noexcept {
  if (module().inherited()) return;
  if (!keep) close_handle(handle);
  const Lock lock(mutex_);
  if (keep && generation == generation_.load(std::memory_order_relaxed) && state_ == State::ready) {
    idle_.push_back(handle);
  } else {
    --open_;
    if (keep) close_handle(handle);
  }
  --(parked ? parked_ : lent_);
  if (state_ == State::recovering || exiting()) {
    changed_.notify_all();
  } else {
    changed_.notify_one();
  }
}

void SessionPool::drain() noexcept {
  reclaim_all();
  Lock lock(mutex_);
  changed_.notify_all();
  changed_.wait_for(lock, kDrain, [this] { return lent_ == 0 && parked_ == 0 && state_ != State::recovering; });
}

// close_handle spares the handles of a module that somebody else reset or shares: the number may be a stranger's session by now.
void SessionPool::close_handle(CK_SESSION_HANDLE handle) const noexcept {
  if (handle == CK_INVALID_HANDLE || suspect_.load() != 0 || !module().usable()) return;
  module().functions().C_CloseSession(handle);
}

TokenFacts SessionPool::token() const {
  const Lock lock(mutex_);
  return login_session_.token;
}

PoolCounts SessionPool::counts() const {
  const Lock lock(mutex_);
  PoolCounts counts;
  counts.open = open_ + (login_session_.handle == CK_INVALID_HANDLE ? 0 : 1);
  if (learned_) counts.limit = *learned_ + 1;
  return counts;
}

}  // namespace custos::hsm
