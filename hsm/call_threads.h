// CallThreads: the threads in which calls of one token may hang.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>

#include "base/bytes.h"
#include "base/process_life.h"
#include "base/waker.h"
#include "custos/request.h"
#include "custos/result.h"
#include "hsm/profile.h"
#include "hsm/token_health.h"
#include "key/backend.h"

namespace custos::hsm {

class SessionPool;

// CallThreads makes calls in threads of Custos, because a device that blocks cannot be interrupted (devices.md 1.13): the caller
// goes when his time is over, and what the module still reads and writes is a slot of ours. A thread is started when none is
// idle, and kept. When calls hang, further ones are refused, but for one a second (Breaker); when none comes back the module's
// instance is left behind, where that helps. Thread-safe. The calls allocate nothing of ours, but for messages beyond kInline
// bytes.
class CallThreads {
 public:
  static constexpr std::size_t kMost = 64;
  static constexpr std::size_t kInline = 16 * 1024;
  static constexpr std::chrono::seconds kLetGo{2};

  // Work is made in a thread, on what the slot has of the caller's. It sets what `call` tells.
  using Work = SignStatus (*)(void* subject, ByteView input, std::span<std::uint8_t> out, key::SignCall& call) noexcept;

  // make starts no thread yet. At most min(profile.sessions, kMost) calls are under way at once.
  static std::shared_ptr<CallThreads> make(const Profile& profile, std::shared_ptr<HealthMonitor> health);
  // Threads that are idle end; others are waited for as long as kLetGo, but not those in which a call hangs.
  ~CallThreads();
  CallThreads(const CallThreads&) = delete;
  CallThreads& operator=(const CallThreads&) = delete;

  // watch names the pool whose sessions the calls use: it is told what hangs.
  void watch(const std::shared_ptr<SessionPool>& pool);

  // call makes one call and waits for it, until the deadline or as long as the profile's operation_timeout, whichever comes
  // first. `subject` is kept until the module has returned. Status: that of the work; deadline_exceeded; busy, when no thread was
  // free in time; device_gone, while the breaker is open; system.
  SignStatus call(std::shared_ptr<void> subject, Work work, ByteView input, std::span<std::uint8_t> out,
                  key::SignCall& call) noexcept;

  // begin is the half of call that does not wait, for an answer of `size` bytes. nullptr where call would answer busy or
  // device_gone at once.
  key::PendingSign* begin(std::shared_ptr<void> subject, Work work, ByteView input, std::size_t size, key::SignCall& call,
                          Waker& waker) noexcept;

  // submit has work done that nobody waits for. False: it is not done.
  bool submit(std::shared_ptr<void> subject, Work work) noexcept;

  // run is call for cold work, a function that answers a Result and owns all that it touches: when its time is over it goes on
  // without its caller. `goes_on`, asked then, may give it as much time again.
  template <class F>
  std::invoke_result_t<F&> run(F work, std::chrono::milliseconds patience, const std::function<bool()>& goes_on = {}) {
    struct Cold {
      F work;
      std::optional<std::invoke_result_t<F&>> answer{};
    };
    auto cold = std::make_shared<Cold>(Cold{std::move(work)});
    const Work in_thread = [](void* subject, ByteView, std::span<std::uint8_t>, key::SignCall&) noexcept -> SignStatus {
      auto& mine = *static_cast<Cold*>(subject);
      try {
        const auto& answer = mine.answer.emplace(mine.work());
        return answer ? SignStatus{} : SignStatus{answer.error().code, answer.error().origin, answer.error().native};
      } catch (...) {  // out of memory
        return kThrew;
      }
    };
    const Waited waited = run_cold(cold, in_thread, patience, goes_on);
    if (waited.done && cold->answer) return *std::move(cold->answer);
    return failure_of(waited.status);
  }

  // let_go ends what is the last reference to things of the module, in a thread: closing may hang as well. Waits for it as long
  // as kLetGo.
  void let_go(std::shared_ptr<void> last) noexcept;

  [[nodiscard]] std::chrono::milliseconds operation_timeout() const noexcept { return operation_timeout_; }

 private:
  struct Order;
  struct Slot;
  struct State;
  struct Waited {
    bool done = false;  // else `status` says why not
    SignStatus status;
  };
  static constexpr SignStatus kThrew{Errc::system, Origin::system, 0};

  CallThreads(const Profile& profile, std::shared_ptr<HealthMonitor> health);
  Slot* enter(Order order, Waker* waker, std::optional<std::chrono::steady_clock::time_point> until, SignStatus& why) noexcept;
  Waited run_cold(std::shared_ptr<void> subject, Work work, std::chrono::milliseconds patience,
                  const std::function<bool()>& goes_on) noexcept;
  Waited wait_for(Order order, std::chrono::milliseconds patience, const std::function<bool()>& goes_on) noexcept;
  [[nodiscard]] static Unexpected failure_of(SignStatus status);
  [[nodiscard]] bool inherited() const noexcept { return fork_count() != fork_count_; }

  const std::chrono::milliseconds operation_timeout_;
  const std::uint64_t fork_count_ = fork_count();
  const std::shared_ptr<State> state_;  // the threads have it too
};

}  // namespace custos::hsm
