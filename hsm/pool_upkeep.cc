// SessionPool, the part that looks after the device: its thread, keep-alives, and the device's own log.
#include <algorithm>
#include <array>
#include <utility>

#include "base/attempt.h"
#include "base/log.h"
#include "hsm/cold_call.h"
#include "hsm/key_search.h"
#include "hsm/session_pool.h"

namespace custos::hsm {
namespace {

using std::chrono::steady_clock;

// kKeepAliveTime is what a keep-alive waits for a session: when all are lent, the device is not idle.
constexpr std::chrono::seconds kKeepAliveTime{1};
// kSlow is when an answer to a harmless question is late.
constexpr std::chrono::seconds kSlow{1};
constexpr std::chrono::minutes kDrainPause{1};
// kPersonsPause is between the tries that persons ask for, of a PIN that was refused.
constexpr std::chrono::seconds kPersonsPause{10};
// kLogPause is between the questions whether the log has been drained.
constexpr std::chrono::seconds kLogPause{1};

}  // namespace

// wake_thread tells whether there is a thread, which is started when it is first wanted. The caller has the lock.
bool SessionPool::wake_thread() noexcept {
  if (!options_.threads) return false;
  attempt([this] {
    if (thread_ != nullptr || exiting()) return;
    auto started = DeviceThread::start([weak = weak_from_this()]() -> std::optional<TimePoint> {
      const auto pool = weak.lock();
      return pool != nullptr ? pool->attend() : std::nullopt;
    });
    if (started) thread_ = std::move(*started);
  });
  if (thread_ != nullptr) thread_->wake();
  return thread_ != nullptr;
}

std::chrono::milliseconds SessionPool::keep_alive_pause() const noexcept {
  if (!options_.threads || profile_.keep_alive == KeepAlive::none) return {};
  return std::chrono::milliseconds(profile_.idle_limit) / kKeepAlivesInIdleLimit;
}

// attend is the thread's work.
std::optional<SessionPool::TimePoint> SessionPool::attend() noexcept {
  const auto keep_alive_pause = this->keep_alive_pause();
  const bool keeps_alive = keep_alive_pause.count() != 0;
  Lock lock(mutex_);
  if (!usable() || suspect()) return std::nullopt;
  if (state_ != State::ready && !stopped_ && !at_work_ && is_due(steady_clock::now())) recover(lock);
  if (drains() && steady_clock::now() >= drain_at_) {
    lock.unlock();
    drain_log();
    lock.lock();
  }
  if (keeps_alive && state_ == State::ready && steady_clock::now() >= keep_alive_at_) {
    lock.unlock();
    static_cast<void>(keep_alive(steady_clock::now() + kKeepAliveTime));  // health tells
    lock.lock();
    keep_alive_at_ = steady_clock::now() + keep_alive_pause;
  }
  TimePoint next = TimePoint::max();
  if (state_ != State::ready && !stopped_ && !at_work_) next = due_at();
  if (keeps_alive && state_ == State::ready) next = keep_alive_at_;
  return drains() ? std::min(next, drain_at_) : next;
}

// InDevice tells those who wait for a recovery that the thread which is to make it is inside the device.
class SessionPool::InDevice {
 public:
  explicit InDevice(SessionPool& pool) : pool_(pool) {
    const Lock lock(pool_.mutex_);
    if (pool_.thread_ == nullptr || !pool_.thread_->is_caller()) return;
    pool_.in_device_since_ = steady_clock::now();
    is_thread_ = true;
  }
  ~InDevice() {
    if (!is_thread_) return;
    const Lock lock(pool_.mutex_);
    pool_.in_device_since_.reset();
    pool_.hangs_ = false;
  }
  InDevice(const InDevice&) = delete;
  InDevice& operator=(const InDevice&) = delete;

 private:
  SessionPool& pool_;
  bool is_thread_ = false;
};

SignStatus SessionPool::keep_alive(key::Deadline deadline) noexcept {
  Session session;
  if (const SignStatus status = acquire(session, deadline); !status.ok()) return status;
  const auto begun = steady_clock::now();
  const CkRv rv = [&] {
    const InDevice busy(*this);
    return ask(session, profile_.keep_alive);
  }();
  if (reason_of(rv, profile_) != TokenReason::none) {
    note(session, rv);
    return token_status(rv);
  }
  session = Session();
  if (steady_clock::now() - begun > kSlow) {
    health_->failed(TokenReason::slow, CKR_OK);
  } else {
    answered();
  }
  return {};
}

// ask has the device do something harmless. That it cannot do it is an answer, too.
CkRv SessionPool::ask(const Session& session, KeepAlive how) noexcept {
  if (how == KeepAlive::random) {
    std::array<CK_BYTE, 8> bytes{};
    return session.module().functions().C_GenerateRandom(session.handle(), bytes.data(), bytes.size());
  }
  CK_OBJECT_HANDLE handle = CK_INVALID_HANDLE;
  std::size_t count = 0;
  return find_key_by_id(session.module(), session.handle(), CKO_SECRET_KEY, key::KeyId{}, handle, count);
}

void SessionPool::answered() noexcept {
  if (inherited()) return;
  {
    const Lock lock(mutex_);
    if (log_full_) return;  // a device whose log is full may still answer what is not written down
  }
  health_->answered();
}

// stop notes that only a person helps, or the drain of the device's own log.
void SessionPool::stop(TokenReason reason, CkRv rv) noexcept {
  if (reason == TokenReason::audit_log_full) {
    const Lock lock(mutex_);
    log_full_ = true;
    if (drains()) static_cast<void>(wake_thread());
  }
  health_->stopped(reason, rv);
  if (reason == TokenReason::audit_log_full) answered();  // it may be drained by now, and that was told before
}

// look_at_log asks a device whose log was full, on a session that was just acquired, whether it writes again.
void SessionPool::look_at_log(const Session& session) noexcept {
  {
    const Lock lock(mutex_);
    if (steady_clock::now() < ask_log_at_) return;
    ask_log_at_ = steady_clock::now() + kLogPause;
  }
  if (ask(session, KeepAlive::random) != CKR_OK) return;
  {
    const Lock lock(mutex_);
    log_full_ = false;
  }
  health_->answered();
}

// drain_log calls the host's hook, at most once a minute. What it says is in the log; whether it helped, the device tells.
void SessionPool::drain_log() noexcept {
  {
    const Lock lock(mutex_);
    if (!drains() || steady_clock::now() < drain_at_) return;
    drain_at_ = steady_clock::now() + kDrainPause;
    ask_log_at_ = {};
  }
  attempt([this] {
    if (auto drained = options_.drain(); !drained) {
      log::warning("token {}: its own log was not drained: {}", health_->token(), drained.error().detail);
    }
  });
  Session session;  // acquire looks at the log
  static_cast<void>(acquire(session, steady_clock::now() + acquire_timeout_));
}

Result<void> SessionPool::ask_again() {
  if (!usable()) return token_failure(CKR_CRYPTOKI_NOT_INITIALIZED, "cannot ask the token");
  {
    const Lock lock(mutex_);
    if (state_ == State::lost && (!stopped_ || steady_clock::now() - last_try_ >= kPersonsPause)) {
      state_ = State::recovering;
      stopped_ = false;
      asked_ = true;
      static_cast<void>(wake_thread());
    }
    ask_log_at_ = {};
  }
  drain_log();
  const SignStatus status = keep_alive(std::nullopt);
  const Lock lock(mutex_);
  if (state_ == State::lost) return Unexpected{last_failure_};
  if (!status.ok()) return status_failure(status);
  if (log_full_) return token_failure(CKR_DEVICE_MEMORY, "the device's own log is full");
  return {};
}

}  // namespace custos::hsm
