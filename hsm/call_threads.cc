#include "hsm/call_threads.h"

#include <sodium.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <utility>
#include <vector>

#include "base/attempt.h"
#include "base/own_thread.h"
#include "base/process_life.h"
#include "hsm/breaker.h"
#include "hsm/cold_call.h"
#include "hsm/session_pool.h"

namespace custos::hsm {
namespace {

using std::chrono::steady_clock;
using TimePoint = steady_clock::time_point;
using Lock = std::unique_lock<std::mutex>;

constexpr SignStatus kLate{Errc::deadline_exceeded, Origin::token, 0};
constexpr SignStatus kHangs{Errc::device_gone, Origin::token, 0};
constexpr SignStatus kNoThread{Errc::busy, Origin::token, 0};
constexpr SignStatus kNoMemory{Errc::system, Origin::system, 0};
constexpr SignStatus kInherited{Errc::device_gone, Origin::token, CKR_CRYPTOKI_NOT_INITIALIZED};
constexpr SignStatus kTooLarge{Errc::internal, Origin::token, CKR_BUFFER_TOO_SMALL};

// A call has so much less time in its thread than its caller gives it, so that the end of a wait for a session is told in time.
constexpr int kEarlier = 16;

// met_the_device tells an answer that came from the device from the end of a wait for a session of it.
bool met_the_device(const SignStatus& status) noexcept {
  return status.code != Errc::deadline_exceeded && status.code != Errc::busy;
}

}  // namespace

// Order is what a slot is to do.
struct CallThreads::Order {
  std::shared_ptr<void> subject;
  Work work;
  ByteView input;
  std::size_t size;
  key::SignCall* call;  // of a signature, and of what else is quick
  bool probes = true;   // it may be the one that is tried while calls hang
};

// Slot is the place of one call. Its caller has it until take or abandon, and its thread until it has done with the subject; when
// both have let go it is idle again.
struct CallThreads::Slot final : key::PendingSign {
  explicit Slot(State& all) noexcept : state(all) {}

  [[nodiscard]] bool done() const noexcept override { return is_done.load(std::memory_order_acquire); }
  SignStatus take(std::span<std::uint8_t> to) noexcept override;
  void abandon() noexcept override;

  [[nodiscard]] bool put_input(ByteView bytes) noexcept;
  [[nodiscard]] ByteView input() const noexcept {
    return size <= inline_input.size() ? ByteView(inline_input).first(size) : ByteView(large_input);
  }
  void wipe_input() noexcept;

  State& state;
  std::optional<OwnThread> thread;
  std::condition_variable given;

  // Written by who has the slot alone.
  std::shared_ptr<void> subject;
  Work work = nullptr;
  std::size_t size = 0, out_size = 0;
  std::array<std::uint8_t, kInline> inline_input;
  Bytes large_input;
  std::array<std::uint8_t, key::kMaxSignature> out{};
  key::SignCall call;             // the thread's
  key::SignCall* told = nullptr;  // the caller's
  TimePoint begun{};

  // Guarded by the state's mutex.
  std::atomic<bool> is_done{false};  // changed with the mutex held, read without
  SignStatus status;
  Waker* waker = nullptr;  // while the caller has the slot and wants to be woken
  int holders = 0;
  bool to_do = false, under_way = false, is_quick = false;
  bool abandoned = false;  // and not come back
  bool counted = false;    // by the breaker, as one that hangs
  bool left_behind = false;
};

// State outlives the CallThreads as long as a call hangs.
struct CallThreads::State {
  State(const Profile& profile, std::shared_ptr<HealthMonitor> monitor)
      : most(std::clamp<std::size_t>(profile.sessions, 1, kMost)), health(std::move(monitor)), breaker(most) {
    slots.reserve(most);
    idle.reserve(most);
    left.reserve(most);
  }

  [[nodiscard]] Slot* admit(Lock& lock, const std::shared_ptr<State>& self, bool probes, SignStatus& why) noexcept;
  [[nodiscard]] Slot* idle_slot(const std::shared_ptr<State>& self, SignStatus& why) noexcept;
  void begin(Lock& lock, Slot& slot, int holders) noexcept;
  void serve(Slot& slot) noexcept;
  void finish(Lock& lock, Slot& slot, SignStatus status) noexcept;
  void let_go(Slot& slot) noexcept;
  void count(Slot& slot);
  void count_late(TimePoint now);
  void note_hanging(int change) const noexcept;
  void leave_behind(Lock& lock, const std::shared_ptr<State>& self) noexcept;

  const std::size_t most;
  const std::shared_ptr<HealthMonitor> health;

  std::mutex mutex;                 // taken before the pool's; guards what follows
  std::condition_variable changed;  // a slot is idle
  std::vector<std::unique_ptr<Slot>> slots, left;
  std::vector<Slot*> idle;
  std::vector<std::shared_ptr<void>> leftovers;  // to be ended in a thread, when one comes back
  std::weak_ptr<SessionPool> pool;
  bool may_leave_behind = false;
  Breaker breaker;
  TimePoint answered_at{};
  bool stopped = false;  // the token was said to be down
  bool ending = false;
};

bool CallThreads::Slot::put_input(ByteView bytes) noexcept {
  try {
    if (bytes.size() > inline_input.size()) {
      large_input.assign(bytes.begin(), bytes.end());
    } else {
      std::ranges::copy(bytes, inline_input.begin());
    }
    size = bytes.size();
    return true;
  } catch (...) {  // out of memory
    return false;
  }
}

void CallThreads::Slot::wipe_input() noexcept {
  ::sodium_memzero(inline_input.data(), std::min(size, inline_input.size()));
  ::sodium_memzero(large_input.data(), large_input.size());
  if (!large_input.empty()) large_input = Bytes();
  size = 0;
}

SignStatus CallThreads::Slot::take(std::span<std::uint8_t> to) noexcept {
  const SignStatus outcome = status;
  if (outcome.ok()) std::copy_n(out.begin(), std::min(to.size(), out_size), to.begin());
  if (told != nullptr) {
    told->path = call.path;
    told->recovery_id = call.recovery_id;
  }
  const Lock lock(state.mutex);
  state.let_go(*this);
  return outcome;
}

void CallThreads::Slot::abandon() noexcept {
  const Lock lock(state.mutex);
  waker = nullptr;
  told = nullptr;
  if (!is_done.load(std::memory_order_relaxed)) {
    abandoned = true;
    state.count(*this);
    state.note_hanging(+1);
  }
  state.let_go(*this);
}

// note_hanging is called under the mutex, so that +1 comes before -1, and while the call's subject keeps the pool alive.
void CallThreads::State::note_hanging(int change) const noexcept {
  if (const auto watched = pool.lock()) watched->note_hanging(change);
}

// let_go of one of the holders, with the mutex held.
void CallThreads::State::let_go(Slot& slot) noexcept {
  if (--slot.holders > 0) return;
  ::sodium_memzero(slot.out.data(), slot.out.size());
  if (slot.left_behind) return;
  idle.push_back(&slot);
  changed.notify_all();
}

// count has the breaker count a call that hangs.
void CallThreads::State::count(Slot& slot) {
  if (!std::exchange(slot.counted, true)) breaker.hangs(slot.begun);
}

// count_late counts the calls that hang though their callers still wait: the device answers nobody. A recovery has a watch of its
// own (SessionPool::await_work).
void CallThreads::State::count_late(TimePoint now) {
  const TimePoint before = now - Breaker::kSilence;
  if (answered_at > before) return;
  const auto is_late = [&](const auto& slot) {
    return slot->under_way && slot->is_quick && !slot->counted && slot->begun > answered_at && slot->begun <= before;
  };
  if (std::ranges::none_of(slots, is_late)) return;
  if (const auto watched = pool.lock(); watched == nullptr || !watched->ready()) return;  // kept alive by what is under way
  for (const auto& slot : slots) {
    if (is_late(slot)) count(*slot);
  }
}

// admit gives a slot for a call, unless the breaker is open. `probes` asks for the one call that may try nevertheless.
CallThreads::Slot* CallThreads::State::admit(Lock& lock, const std::shared_ptr<State>& self, bool probes,
                                             SignStatus& why) noexcept {
  const auto now = steady_clock::now();
  count_late(now);
  if (breaker.is_open(now)) {
    if (breaker.gives_up(now) && may_leave_behind) {
      leave_behind(lock, self);
    } else if (!stopped) {
      stopped = true;
      lock.unlock();
      health->stopped(TokenReason::hanging, CKR_OK);
      lock.lock();
      if (!stopped) health->answered();  // came back meanwhile, and said so before
    }
    if (breaker.is_open(now) && (!probes || !breaker.may_probe(now))) {
      why = kHangs;
      return nullptr;
    }
  }
  return idle_slot(self, why);
}

// idle_slot starts another thread where none is idle. nullptr: all are at work.
CallThreads::Slot* CallThreads::State::idle_slot(const std::shared_ptr<State>& self, SignStatus& why) noexcept {
  if (!idle.empty()) {
    Slot* slot = idle.back();
    idle.pop_back();
    return slot;
  }
  why = kNoThread;
  if (slots.size() >= most) return nullptr;
  try {
    auto made = std::make_unique<Slot>(*this);
    auto thread = OwnThread::start("custos-call", [self, slot = made.get()] { self->serve(*slot); });
    if (!thread) {
      why = {thread.error().code, thread.error().origin, thread.error().native};
      return nullptr;
    }
    made->thread.emplace(*std::move(thread));
    slots.push_back(std::move(made));
    return slots.back().get();
  } catch (...) {  // out of memory
    why = kNoMemory;
    return nullptr;
  }
}

void CallThreads::State::begin(Lock& lock, Slot& slot, int holders) noexcept {
  slot.is_done.store(false, std::memory_order_relaxed);
  slot.begun = steady_clock::now();
  slot.holders = holders;
  slot.abandoned = slot.counted = false;
  slot.to_do = slot.under_way = true;
  lock.unlock();
  slot.given.notify_one();
}

void CallThreads::State::serve(Slot& slot) noexcept {
  Lock lock(mutex);
  for (;;) {
    slot.given.wait(lock, [&] { return slot.to_do || ending; });
    if (!slot.to_do) return;
    slot.to_do = false;
    lock.unlock();
    const SignStatus status =
        exiting() ? kInherited : slot.work(slot.subject.get(), slot.input(), std::span(slot.out).first(slot.out_size), slot.call);
    slot.wipe_input();
    lock.lock();
    finish(lock, slot, status);
    auto last = std::exchange(leftovers, {});
    lock.unlock();
    slot.subject.reset();  // not under the lock, and not before the caller was told: it may close sessions, which may hang
    last.clear();
    lock.lock();
    let_go(slot);
    if (!slot.left_behind) continue;
    std::erase_if(left, [&slot](const auto& one) { return one.get() == &slot; });
    return;
  }
}

// finish tells the outcome. What comes back, though late, shows that the device answers.
void CallThreads::State::finish(Lock& lock, Slot& slot, SignStatus status) noexcept {
  slot.status = status;
  slot.is_done.store(true, std::memory_order_release);
  slot.under_way = false;
  if (slot.waker != nullptr) std::exchange(slot.waker, nullptr)->wake();
  if (slot.abandoned) note_hanging(-1);
  if (slot.left_behind) return;
  if (!met_the_device(status)) {
    if (slot.counted) breaker.returned(slot.begun);
    return;
  }
  breaker.answered();
  answered_at = steady_clock::now();
  if (!std::exchange(stopped, false)) return;
  lock.unlock();
  health->answered();
  lock.lock();
}

// leave_behind forgets the threads in which calls hang, and has the pool go to another instance of the module.
void CallThreads::State::leave_behind(Lock& lock, const std::shared_ptr<State>& self) noexcept {
  const auto watched = pool.lock();
  if (watched == nullptr) return;
  const auto first_left =
      std::ranges::stable_partition(slots, [](const auto& slot) { return !slot->abandoned || slot->is_done; });
  for (auto& slot : first_left) {
    slot->left_behind = true;
    left.push_back(std::move(slot));
  }
  slots.erase(first_left.begin(), first_left.end());
  breaker.answered();
  stopped = false;
  SignStatus why;
  Slot* slot = idle_slot(self, why);
  if (slot == nullptr) return;
  slot->subject = watched;
  slot->is_quick = false;
  slot->work = [](void* subject, ByteView, std::span<std::uint8_t>, key::SignCall&) noexcept {
    static_cast<SessionPool*>(subject)->leave_behind(CKR_OK);
    return kNoThread;  // says nothing of the device
  };
  slot->out_size = 0;
  begin(lock, *slot, 1);
  lock.lock();
}

std::shared_ptr<CallThreads> CallThreads::make(const Profile& profile, std::shared_ptr<HealthMonitor> health) {
  return std::shared_ptr<CallThreads>(new CallThreads(profile, std::move(health)));
}

CallThreads::CallThreads(const Profile& profile, std::shared_ptr<HealthMonitor> health)
    : operation_timeout_(profile.operation_timeout), state_(std::make_shared<State>(profile, std::move(health))) {}

CallThreads::~CallThreads() {
  if (inherited()) return;
  std::vector<Slot*> waited_for;
  {
    const Lock lock(state_->mutex);
    state_->ending = true;
    for (const auto& slot : state_->slots) {
      slot->given.notify_one();
      if (!slot->abandoned || slot->is_done) waited_for.push_back(slot.get());
    }
  }
  const auto until = steady_clock::now() + kLetGo;
  for (Slot* slot : waited_for) slot->thread->end(until);
}

void CallThreads::watch(const std::shared_ptr<SessionPool>& pool) {
  const bool may_leave = pool->profile().restart != Restart::never && !pool->shared();
  const Lock lock(state_->mutex);
  state_->pool = pool;
  state_->may_leave_behind = may_leave;
}

// enter gives the call to a thread, for which it waits until `until`. nullptr: `why` says why not.
CallThreads::Slot* CallThreads::enter(Order order, Waker* waker, std::optional<TimePoint> until, SignStatus& why) noexcept {
  Lock lock(state_->mutex);
  Slot* slot = nullptr;
  while ((slot = state_->admit(lock, state_, order.probes, why)) == nullptr) {
    if (why.code != Errc::busy || !until) return nullptr;
    if (state_->changed.wait_until(lock, *until) == std::cv_status::timeout) return nullptr;
  }
  if (!slot->put_input(order.input)) {
    why = kNoMemory;
    slot->holders = 1;
    state_->let_go(*slot);
    return nullptr;
  }
  slot->subject = std::move(order.subject);
  slot->work = order.work;
  slot->out_size = order.size;
  slot->waker = waker;
  slot->is_quick = order.call != nullptr;
  slot->told = order.call;
  slot->call = order.call == nullptr ? key::SignCall{} : *order.call;
  if (auto& deadline = slot->call.deadline) *deadline -= (*deadline - steady_clock::now()) / kEarlier;
  state_->begin(lock, *slot, waker == nullptr ? 1 : 2);
  return slot;
}

SignStatus CallThreads::call(std::shared_ptr<void> subject, Work work, ByteView input, std::span<std::uint8_t> out,
                             key::SignCall& call) noexcept {
  if (inherited()) return kInherited;
  if (out.size() > key::kMaxSignature) return kTooLarge;
  if (key::is_over(call.deadline)) return {Errc::deadline_exceeded, Origin::key, 0};
  const auto limit = steady_clock::now() + operation_timeout_;
  const auto until = std::min(call.deadline.value_or(limit), limit);
  Waker waker;
  SignStatus why;
  Slot* slot = enter({std::move(subject), work, input, out.size(), &call}, &waker, until, why);
  if (slot == nullptr) return why.code == Errc::busy && call.deadline ? kLate : why;
  while (!slot->done() && waker.wait(until)) {
  }
  if (slot->done()) return slot->take(out);
  slot->abandon();
  state_->health->abandoned();
  return kLate;
}

key::PendingSign* CallThreads::begin(std::shared_ptr<void> subject, Work work, ByteView input, std::size_t size,
                                     key::SignCall& call, Waker& waker) noexcept {
  if (inherited() || size > key::kMaxSignature || key::is_over(call.deadline)) return nullptr;
  SignStatus why;
  return enter({std::move(subject), work, input, size, &call}, &waker, std::nullopt, why);
}

bool CallThreads::submit(std::shared_ptr<void> subject, Work work) noexcept {
  if (inherited()) return false;
  SignStatus why;
  return enter({std::move(subject), work, {}, 0, nullptr, false}, nullptr, std::nullopt, why) != nullptr;
}

CallThreads::Waited CallThreads::run_cold(std::shared_ptr<void> subject, Work work, std::chrono::milliseconds patience,
                                          const std::function<bool()>& goes_on) noexcept {
  return wait_for({std::move(subject), work, {}, 0, nullptr}, patience, goes_on);
}

CallThreads::Waited CallThreads::wait_for(Order order, std::chrono::milliseconds patience,
                                          const std::function<bool()>& goes_on) noexcept {
  if (inherited()) return {false, kInherited};
  auto until = steady_clock::now() + patience;
  Waker waker;
  SignStatus why;
  Slot* slot = enter(std::move(order), &waker, until, why);
  if (slot == nullptr) return {false, why};
  while (!slot->done()) {
    if (waker.wait(until) || slot->done()) continue;
    if (!goes_on || !goes_on()) break;
    until += patience;
  }
  if (slot->done()) return {true, slot->take({})};
  slot->abandon();
  state_->health->abandoned();
  return {false, kLate};
}

void CallThreads::let_go(std::shared_ptr<void> last) noexcept {
  if (inherited()) return;  // what a child lets go of touches nothing
  using Held = std::shared_ptr<void>;
  const Work end = [](void* subject, ByteView, std::span<std::uint8_t>, key::SignCall&) noexcept {
    static_cast<Held*>(subject)->reset();
    return kNoThread;  // says nothing of the device
  };
  attempt([&] {  // out of memory it ends here
    auto held = std::make_shared<Held>(last);
    {
      const Lock lock(state_->mutex);
      state_->leftovers.reserve(state_->leftovers.size() + 1);
    }
    last.reset();
    const Waited waited = wait_for({held, end, {}, 0, nullptr, false}, kLetGo, {});
    if (waited.done || held.use_count() > 1) return;
    const Lock lock(state_->mutex);
    state_->leftovers.push_back(std::move(held));
  });
}

Unexpected CallThreads::failure_of(SignStatus status) {
  if (status.code == kLate.code) {
    return fail(status.code, status.origin,
                "the token did not answer in time: the call was given up, and whether it was done is not known");
  }
  if (status.code == kHangs.code && status.native == kHangs.native)
    return fail(status.code, status.origin, "calls of the token hang: restart the device or its service");
  if (status.code == Errc::system) return fail(status.code, status.origin, "no memory left", status.native);
  return status_failure(status);
}

}  // namespace custos::hsm
