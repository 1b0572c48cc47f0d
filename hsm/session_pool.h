// SessionPool: the sessions of one logged-in token.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/process_life.h"
#include "base/retry_pacer.h"
#include "custos/request.h"
#include "custos/result.h"
#include "hsm/ck_rv.h"
#include "hsm/device_thread.h"
#include "hsm/login.h"
#include "hsm/profile.h"
#include "hsm/recovery_step.h"
#include "hsm/session.h"
#include "hsm/session_holder.h"
#include "hsm/token_health.h"
#include "key/backend.h"

namespace custos::hsm {

// PoolCounts is what `token show` tells.
struct PoolCounts {
  std::size_t open = 0;              // with the login session
  std::optional<std::size_t> limit;  // learned from the token, with the login session
};

// next_generation is unique in the process, so that generations of two pools never compare equal.
[[nodiscard]] std::uint64_t next_generation() noexcept;

// PoolOptions say what a pool may do by itself.
struct PoolOptions {
  bool threads = false;                   // start a thread when there is something to be done in it
  std::function<Result<void>()> drain{};  // reads and empties the device's own log; absent: a person does
};

// SessionPool opens sessions on demand, up to the profile's or the token's own limit, and keeps them. Its generation counts the
// recoveries: when the token loses sessions, the login or its module, new ones are made, and handles of the old ones are worth
// nothing. That happens in the pool's DeviceThread, or, where Custos may start no threads, in a thread that met the loss or wants
// a session. Thread-safe. Acquiring and returning allocate nothing of ours.
class SessionPool : public std::enable_shared_from_this<SessionPool> {
 public:
  // open logs in. Errors: as Login::open.
  static Result<std::shared_ptr<SessionPool>> open(std::unique_ptr<Login> login, const Profile& profile,
                                                   std::chrono::milliseconds acquire_timeout,
                                                   std::shared_ptr<HealthMonitor> health, PoolOptions options = {});
  ~SessionPool();
  SessionPool(const SessionPool&) = delete;
  SessionPool& operator=(const SessionPool&) = delete;

  // acquire waits for a session until `deadline`, or the pool's own time-out without one; a recovery is waited for as well.
  // Status: busy, deadline_exceeded, device_gone, authentication (a recovery failed), integrity (suspect).
  [[nodiscard]] SignStatus acquire(Session& out, key::Deadline deadline) noexcept;

  // park lends a session that `holder` keeps between operations, within the token's budget. When the budget is used up, the
  // holder that has been idle longest gives up its sessions, if it has been idle longer than `patience_ns`. Never waits for a
  // session, but makes a recovery that is due where there is no thread for it. Status: busy, and those of acquire.
  [[nodiscard]] SignStatus park(Session& out, const SessionHolder& holder, std::int64_t patience_ns) noexcept;

  // add_holder makes `holder` one that may be asked for its sessions, until remove_holder.
  void add_holder(SessionHolder& holder);
  void remove_holder(SessionHolder& holder) noexcept;

  // note draws the consequences of a failed call on `session`, which is discarded, and answers them. With a recovery generation()
  // is another one by then, and whoever acquires waits for the outcome.
  Step note(Session& session, CkRv rv) noexcept;

  // mark_suspect says that somebody reset the module, so that handles may mean other keys (devices.md 1.4): its instance is left
  // alone for good, and a fresh one made. A module that strangers share has no other: the pool ends.
  void mark_suspect(CkRv why) noexcept;
  // suspect tells of such an end.
  [[nodiscard]] bool suspect() const noexcept { return suspect_.load() != 0; }

  // leave_behind gives up an instance of the module that hangs: nothing of it is closed or finalized, and where the profile
  // allows a restart and the instance is private, another one is made.
  void leave_behind(CkRv why) noexcept;

  // note_hanging counts the sessions in which a call hangs. Others may be opened in their place, as far as the profile's limit is
  // concerned, and nobody waits for them.
  void note_hanging(int change) noexcept;

  // answered notes, on a cold path, that the device did what it was asked.
  void answered() noexcept;

  // keep_alive asks the device something harmless. Status: as acquire; what the device answered.
  SignStatus keep_alive(key::Deadline deadline) noexcept;

  // ask_again asks the device now, for a person, and makes a recovery that is to come at once; one that a PIN stopped at most
  // every ten seconds. A full log of the device is drained first. Errors: what came out.
  [[nodiscard]] Result<void> ask_again();

  // drain waits for lent sessions to come back, once exit has begun and none is lent any more.
  void drain() noexcept;

  [[nodiscard]] std::uint64_t generation() const noexcept { return generation_.load(std::memory_order_acquire); }
  // usable is false in a forked child and once exit has begun; inherited in a child alone, where not even the pool's locks may be
  // touched. Two loads, and one.
  [[nodiscard]] bool usable() const noexcept { return !inherited() && !exiting(); }
  [[nodiscard]] bool inherited() const noexcept { return fork_count() != fork_count_; }
  // ready is false while something is lost, and made anew.
  [[nodiscard]] bool ready() const noexcept;
  // shared tells whether strangers in this process may reset the module.
  [[nodiscard]] bool shared() const noexcept;
  [[nodiscard]] HealthMonitor& health() const noexcept { return *health_; }
  [[nodiscard]] TokenFacts token() const;
  [[nodiscard]] PoolCounts counts() const;
  [[nodiscard]] const Profile& profile() const noexcept { return profile_; }

 private:
  friend class Session;
  enum class State : unsigned char { ready, recovering, lost };
  // kDrain bounds the wait, of a recovery and at exit, for lent sessions; one that hangs in the module is left behind
  // (devices.md 1.13).
  static constexpr std::chrono::milliseconds kDrain{2000};
  // kFewSessions, with the login's, are so few that it is told.
  static constexpr std::size_t kFewSessions = 3;
  // kReserve sessions are never parked: for keys without armed sessions, and for administration.
  static constexpr std::size_t kReserve = 2;
  using Lock = std::unique_lock<std::mutex>;
  using TimePoint = std::chrono::steady_clock::time_point;

  // LeftBehind is an instance of the module that was given up while sessions of it were lent. It lives until they come back.
  struct LeftBehind {
    std::shared_ptr<Module> module;
    std::size_t sessions = 0;
  };

  SessionPool(std::unique_ptr<Login> login, const Profile& profile, std::chrono::milliseconds acquire_timeout,
              std::shared_ptr<HealthMonitor> health, PoolOptions options, LoginSession first);
  static void close(SessionPool* last) noexcept;

  // session_pool.cc: sessions.
  [[nodiscard]] SignStatus look_for_session(Lock& lock, Session& out) noexcept;
  [[nodiscard]] SignStatus take_session(Lock& lock, Session& out, bool parked) noexcept;
  [[nodiscard]] SignStatus open_session(Lock& lock, Session& out, bool parked) noexcept;
  [[nodiscard]] bool is_starved() const noexcept { return parked_ > 0 && lent_ < std::min(kReserve, profile_.threads_at_once); }
  [[nodiscard]] std::size_t budget() const noexcept;
  [[nodiscard]] bool may_open() const noexcept;
  bool reclaim(const SessionHolder* not_this, std::int64_t patience_ns) noexcept;
  void reclaim_all() noexcept;
  void release(const Module& module, CK_SESSION_HANDLE handle, std::uint64_t generation, bool parked, bool keep) noexcept;
  // come_back counts a session of an instance that was left behind, and answers the instance when it was the last.
  [[nodiscard]] std::shared_ptr<Module> come_back(const Module& module) noexcept;
  void close_handle(const Module& module, CK_SESSION_HANDLE handle) const noexcept;
  // module is the instance in which sessions are opened; absent while it is started anew.
  [[nodiscard]] const Module* module() const noexcept { return login_->module().get(); }

  // pool_recovery.cc: what is done when the token lost something. recover, await_* and begin_recovery let go of the lock
  // meanwhile; try_steps and what it calls are for the one thread that is at work, without the lock.
  [[nodiscard]] Step step_after(CkRv rv) noexcept;
  void distrust(const Module& module) noexcept;
  void begin_recovery(Lock& lock, Step step, CkRv why, TokenReason reason) noexcept;
  [[nodiscard]] SignStatus await_recovery(Lock& lock, TimePoint until, bool has_deadline) noexcept;
  [[nodiscard]] SignStatus await_work(Lock& lock, TimePoint until, bool has_deadline) noexcept;  // pool_waiting.cc
  void recover(Lock& lock) noexcept;
  [[nodiscard]] TimePoint due_at() const noexcept;
  [[nodiscard]] bool is_due(TimePoint now) const noexcept { return now >= due_at(); }
  // recovers_itself: for want of a thread the recovery is made by whoever comes when it is due.
  [[nodiscard]] bool recovers_itself() const noexcept { return thread_ == nullptr && !at_work_ && !stopped_; }
  [[nodiscard]] Result<void> try_steps() noexcept;
  [[nodiscard]] bool reopen() noexcept;
  [[nodiscard]] Result<void> log_in() noexcept;
  [[nodiscard]] Result<void> restart() noexcept;
  [[nodiscard]] std::shared_ptr<Module> give_up_module(bool hangs) noexcept;
  [[nodiscard]] bool can_restart() const noexcept;

  // pool_upkeep.cc: what is done by the thread, or when somebody asks.
  class InDevice;
  [[nodiscard]] bool wake_thread() noexcept;
  [[nodiscard]] std::chrono::milliseconds keep_alive_pause() const noexcept;
  [[nodiscard]] std::optional<TimePoint> attend() noexcept;
  [[nodiscard]] static CkRv ask(const Session& session, KeepAlive how) noexcept;
  void stop(TokenReason reason, CkRv rv) noexcept;
  void look_at_log(const Session& session) noexcept;
  void drain_log() noexcept;
  [[nodiscard]] bool drains() const noexcept { return log_full_ && options_.drain != nullptr; }

  std::unique_ptr<Login> login_;
  const Profile profile_;
  const std::chrono::milliseconds acquire_timeout_;
  const std::shared_ptr<HealthMonitor> health_;
  const PoolOptions options_;
  const std::uint64_t fork_count_ = fork_count();
  std::atomic<std::uint64_t> generation_;
  std::atomic<CkRv> suspect_{0};

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  State state_ = State::ready;
  LoginSession login_session_;
  std::vector<CK_SESSION_HANDLE> idle_;   // capacity for all from the start
  std::vector<CK_SESSION_HANDLE> stale_;  // likewise; of the thread that recovers
  std::size_t open_ = 0;                  // idle, lent, parked or being opened, of this instance of the module
  std::size_t lent_ = 0;                  // for one operation, and operations on parked ones where the profile limits threads
  std::size_t parked_ = 0;                // kept by holders
  std::size_t hanging_ = 0;               // of lent_ and parked_: a call hangs in them
  std::optional<std::size_t> learned_;    // sessions that the token allowed us when it last said CKR_SESSION_COUNT
  TimePoint learned_until_{};
  std::vector<LeftBehind> left_behind_;  // capacity for kMostCopies
  std::size_t hanging_left_ = 0;         // sessions of left_behind_ in which a call hangs

  // Of the recovery that is being made or is to come.
  bool at_work_ = false;  // a thread makes it now
  bool tried_ = false;    // and it failed
  bool hangs_ = false;    // it has been at work for long, and that was told
  bool asked_ = false;    // somebody wants it now
  bool stopped_ = false;  // no other try unless somebody asks
  Step begin_with_ = Step::none;
  CkRv why_ = 0;
  TokenReason reason_ = TokenReason::none;
  RetryPacer pacer_;
  Error last_failure_;
  TimePoint last_try_{}, recovered_at_{};
  std::optional<TimePoint> in_device_since_{};  // the thread that is at work calls the device
  unsigned quick_losses_ = 0;                   // recoveries, each soon after the one before
  unsigned failures_in_row_ = 0;                // those that say nothing
  TimePoint row_began_{};

  bool log_full_ = false;  // the device's own log
  TimePoint keep_alive_at_{}, drain_at_{}, ask_log_at_{};
  std::unique_ptr<DeviceThread> thread_;

  std::timed_mutex holders_mutex_;  // taken before mutex_, never after it
  std::vector<SessionHolder*> holders_;
};

}  // namespace custos::hsm
