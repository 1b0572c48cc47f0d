// SessionPool: the sessions of one logged-in token.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "custos/request.h"
#include "custos/result.h"
#include "hsm/ck_rv.h"
#include "hsm/login.h"
#include "hsm/profile.h"
#include "hsm/session.h"
#include "hsm/session_holder.h"
#include "key/backend.h"

namespace custos::hsm {

// PoolCounts is what `token show` tells.
struct PoolCounts {
  std::size_t open = 0;              // with the login session
  std::optional<std::size_t> limit;  // learned from the token, with the login session
};

// SessionPool opens sessions on demand, up to the profile's or the token's own limit, and keeps them. Its generation counts the
// logins: when the token loses sessions or the login, recover() starts another one, and handles of the old one are worth nothing.
// Thread-safe. Acquiring and returning allocate nothing of ours.
class SessionPool {
 public:
  // open logs in. Errors: as Login::open.
  static Result<std::shared_ptr<SessionPool>> open(std::unique_ptr<Login> login, const Profile& profile,
                                                   std::chrono::milliseconds acquire_timeout);
  ~SessionPool();
  SessionPool(const SessionPool&) = delete;
  SessionPool& operator=(const SessionPool&) = delete;

  // acquire waits for a session until `deadline`, or the pool's own time-out without one. Status: busy, deadline_exceeded,
  // device_gone, authentication (a new login failed), integrity (suspect).
  [[nodiscard]] SignStatus acquire(Session& out, key::Deadline deadline) noexcept;

  // park lends a session that `holder` keeps between operations, within the token's budget. When the budget is used up, the
  // holder that has been idle longest gives up its sessions, if it has been idle longer than `patience_ns`. Never waits for a
  // session. Status: busy, and those of acquire.
  [[nodiscard]] SignStatus park(Session& out, const SessionHolder& holder, std::int64_t patience_ns) noexcept;

  // add_holder makes `holder` one that may be asked for its sessions, until remove_holder.
  void add_holder(SessionHolder& holder);
  void remove_holder(SessionHolder& holder) noexcept;

  // recover logs in anew, unless somebody did since `generation`. The caller has no session of the pool. Errors: as Login::open.
  [[nodiscard]] Result<void> recover(std::uint64_t generation, CkRv why);

  // mark_suspect ends the pool: somebody reset the module, so that handles may mean other keys (devices.md 1.4).
  void mark_suspect(CkRv why) noexcept;
  [[nodiscard]] bool suspect() const noexcept { return suspect_.load() != 0; }

  // note draws the consequences of a failed call on `session`, which is discarded: a suspect module or a new login. True when
  // there was a session loss and the pool has recovered, so that trying again may help.
  bool note(Session& session, CkRv rv) noexcept;

  // drain waits for lent sessions to come back, once exit has begun and none is lent any more.
  void drain() noexcept;

  [[nodiscard]] std::uint64_t generation() const noexcept { return generation_.load(std::memory_order_acquire); }
  [[nodiscard]] const Module& module() const noexcept { return *login_->module(); }
  [[nodiscard]] TokenFacts token() const;
  [[nodiscard]] PoolCounts counts() const;
  [[nodiscard]] const Profile& profile() const noexcept { return profile_; }

 private:
  friend class Session;
  enum class State : unsigned char { ready, recovering, lost };
  // kReserve sessions are never parked: for keys without armed sessions, and for administration.
  static constexpr std::size_t kReserve = 2;
  using Lock = std::unique_lock<std::mutex>;
  using TimePoint = std::chrono::steady_clock::time_point;

  SessionPool(std::unique_ptr<Login> login, const Profile& profile, std::chrono::milliseconds acquire_timeout,
              LoginSession first);
  [[nodiscard]] SignStatus look_for_session(Lock& lock, Session& out) noexcept;
  [[nodiscard]] SignStatus take_session(Lock& lock, Session& out, bool parked) noexcept;
  [[nodiscard]] SignStatus open_session(Lock& lock, Session& out, bool parked) noexcept;
  [[nodiscard]] bool is_starved() const noexcept { return parked_ > 0 && lent_ < std::min(kReserve, profile_.threads_at_once); }
  [[nodiscard]] std::size_t budget() const noexcept;
  bool reclaim(const SessionHolder* not_this, std::int64_t patience_ns) noexcept;
  void reclaim_all() noexcept;
  [[nodiscard]] SignStatus retry_login(Lock& lock) noexcept;
  [[nodiscard]] bool may_open() const noexcept;
  void release(CK_SESSION_HANDLE handle, std::uint64_t generation, bool parked, bool keep) noexcept;
  void close_handle(CK_SESSION_HANDLE handle) const noexcept;

  std::unique_ptr<Login> login_;
  const Profile profile_;
  const std::chrono::milliseconds acquire_timeout_;
  std::atomic<std::uint64_t> generation_;
  std::atomic<CkRv> suspect_{0};

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  State state_ = State::ready;
  LoginSession login_session_;
  std::vector<CK_SESSION_HANDLE> idle_;   // capacity for all from the start
  std::vector<CK_SESSION_HANDLE> stale_;  // likewise; of the thread that logs in anew
  std::size_t open_ = 0;                  // idle, lent, parked or being opened
  std::size_t lent_ = 0;                  // for one operation, and operations on parked ones where the profile limits threads
  std::size_t parked_ = 0;                // kept by holders
  std::optional<std::size_t> learned_;    // sessions that the token allowed us when it last said CKR_SESSION_COUNT
  TimePoint learned_until_{};
  Error last_failure_;
  TimePoint retry_at_{};

  std::timed_mutex holders_mutex_;  // taken before mutex_, never after it
  std::vector<SessionHolder*> holders_;
};

}  // namespace custos::hsm
