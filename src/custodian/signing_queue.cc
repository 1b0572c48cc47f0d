#include "custodian/signing_queue.h"

#include <algorithm>
#include <cerrno>
#include <new>
#include <utility>

#include "base/process_life.h"
#include "exchange/reason.h"

namespace custos {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kMaxThreads = 1024;
constexpr std::size_t kMaxOperations = 4096;
constexpr std::size_t kMaxRequest = std::size_t{16} << 20;
// kPatience bounds the end's wait for operations in a module that hangs (devices.md 1.13).
constexpr std::chrono::seconds kPatience{2};

bool in_range(std::size_t value, std::size_t most) noexcept { return value >= 1 && value <= most; }

}  // namespace

SigningQueue::SigningQueue(std::shared_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
SigningQueue::~SigningQueue() {
  if (impl_) impl_->end();
}
SigningQueue::SigningQueue(SigningQueue&&) noexcept = default;
SigningQueue& SigningQueue::operator=(SigningQueue&& other) noexcept {
  if (this == &other) return *this;
  if (impl_) impl_->end();
  impl_ = std::move(other.impl_);
  return *this;
}

Result<SigningQueue> SigningQueue::start(const SigningQueueOptions& options) {
  if (!in_range(options.threads, kMaxThreads) || !in_range(options.operations, kMaxOperations) ||
      !in_range(options.request_capacity, kMaxRequest)) {
    return fail(Errc::bad_input, Origin::none,
                "a signing queue has 1 to 1024 threads and 1 to 4096 operations of 1 byte to 16 MiB each");
  }
  try {
    SigningQueue queue(std::make_shared<Impl>(options));
    if (auto started = queue.impl_->start_threads(options.threads); !started) return started.failure();
    return queue;
  } catch (const std::bad_alloc&) {
    return fail(Errc::system, Origin::system, "there is no memory for a signing queue of that size", ENOMEM);
  }
}

SignStatus SigningQueue::submit(const RequestSigner& signer, const RequestView& request, std::uint64_t tag,
                                const SignOptions& options) const noexcept {
  return impl_->submit(signer.impl(), request, tag, options);
}
std::size_t SigningQueue::collect(std::span<Completion> out, steady_clock::time_point until) const noexcept {
  return impl_->collect(out, until);
}

Completion::Completion(std::shared_ptr<SigningQueue::Impl> queue, Operation& operation) noexcept
    : queue_(std::move(queue)), operation_(&operation) {}
Completion::Completion(Completion&& other) noexcept
    : queue_(std::move(other.queue_)), operation_(std::exchange(other.operation_, nullptr)) {}
Completion& Completion::operator=(Completion&& other) noexcept {
  Completion taken(std::move(other));
  std::swap(queue_, taken.queue_);
  std::swap(operation_, taken.operation_);
  return *this;
}

std::uint64_t Completion::tag() const noexcept { return operation_->tag; }
const SignStatus& Completion::status() const noexcept { return operation_->status; }
const SignedRequest& Completion::signed_request() const noexcept {
  return operation_->given_up ? queue_->nothing : operation_->answer;
}
void Completion::release() noexcept {
  if (operation_ != nullptr) queue_->release(*std::exchange(operation_, nullptr));
  queue_.reset();
}

SigningQueue::Impl::Impl(const SigningQueueOptions& options)
    : fork_count_(fork_count()), free_(options.operations), waiting_(options.operations), finished_(options.operations) {
  operations_.reserve(options.operations);
  for (std::size_t i = 0; i < options.operations; ++i) free_.push(&operations_.emplace_back(options.request_capacity));
}

Result<void> SigningQueue::Impl::start_threads(std::size_t count) {
  threads_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    auto thread = OwnThread::start("custos-sign", [self = shared_from_this()] { self->run(); });
    if (!thread) return thread.failure();
    threads_.push_back(*std::move(thread));
  }
  return {};
}

void SigningQueue::Impl::end() noexcept {
  if (forked()) return;
  {
    const Lock lock(mutex_);
    ending_ = true;
    while (!waiting_.empty()) waiting_.pop()->signer.reset();
    work_.notify_all();
  }
  const auto until = steady_clock::now() + kPatience;
  for (OwnThread& thread : threads_) thread.end(until);
}

// forked is true in a child of the process that started the queue: the mutex may be held by a thread that is not there.
bool SigningQueue::Impl::forked() const noexcept { return fork_count() != fork_count_; }

SignStatus SigningQueue::Impl::submit(std::shared_ptr<RequestSigner::Impl> signer, const RequestView& request, std::uint64_t tag,
                                      const SignOptions& options) noexcept {
  if (forked()) return {Errc::device_gone, Origin::home, 0};
  Lock lock(mutex_);
  if (free_.empty()) return {Errc::busy, Origin::none, 0};
  Operation& operation = *free_.pop();
  lock.unlock();
  const bool fits = operation.request.take(request, options);
  if (fits) operation.signer = std::move(signer);
  operation.tag = tag;
  operation.finished = operation.given_up = false;

  lock.lock();
  if (!fits) {
    free_.push(&operation);
    return {Errc::bad_input, Origin::request, static_cast<std::uint32_t>(exchange::Reason::too_large)};
  }
  operation.with_caller = operation.with_thread = true;
  waiting_.push(&operation);
  work_.notify_one();
  if (options.deadline) {
    ++deadlines_;
    completion_.notify_all();  // who waits for completions waits for deadlines too
  }
  return {};
}

std::size_t SigningQueue::Impl::collect(std::span<Completion> out, TimePoint until) noexcept {
  for (Completion& completion : out) completion.release();
  if (out.empty() || forked()) return 0;
  Lock lock(mutex_);
  for (;;) {
    const TimePoint now = steady_clock::now();
    give_up_late(now);
    if (!finished_.empty() || now >= until) break;
    const Operation* next = next_late();
    completion_.wait_until(lock, next == nullptr ? until : std::min(until, *next->request.options().deadline));
  }
  std::size_t count = 0;
  while (count < out.size() && !finished_.empty()) out[count++] = Completion(shared_from_this(), *finished_.pop());
  return count;
}

void SigningQueue::Impl::release(Operation& operation) noexcept {
  if (forked()) return;
  const Lock lock(mutex_);
  put_down(operation, &Operation::with_caller);
}

void SigningQueue::Impl::run() noexcept {
  Lock lock(mutex_);
  for (;;) {
    work_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
    if (ending_) return;
    sign(lock, *waiting_.pop());
  }
}

void SigningQueue::Impl::sign(Lock& lock, Operation& operation) noexcept {
  const bool in_time = !operation.given_up;
  lock.unlock();
  auto signer = std::move(operation.signer);
  SignStatus status;
  if (in_time) status = signer->sign(operation.request.request(), operation.answer, operation.request.options());
  lock.lock();
  give_up_late(steady_clock::now());
  if (!operation.given_up) finish(operation, status);
  put_down(operation, &Operation::with_thread);

  // While nobody waits, what was spent is armed again.
  for (bool armed = true; armed && waiting_.empty() && !ending_;) {
    lock.unlock();
    armed = signer->rearm(1) > 0;
    lock.lock();
  }
  lock.unlock();
  signer.reset();  // maybe the last of it, and then it closes its sessions
  lock.lock();
}

void SigningQueue::Impl::finish(Operation& operation, const SignStatus& status) noexcept {
  if (operation.request.options().deadline) --deadlines_;
  operation.status = status;
  operation.finished = true;
  finished_.push(&operation);
  completion_.notify_one();
}

void SigningQueue::Impl::put_down(Operation& operation, bool Operation::* holder) noexcept {
  operation.*holder = false;
  if (operation.is_free()) free_.push(&operation);
}

// give_up_late finishes the operations whose deadline is over, earliest first.
void SigningQueue::Impl::give_up_late(TimePoint now) noexcept {
  for (Operation* late = next_late(); late != nullptr && *late->request.options().deadline <= now; late = next_late()) {
    late->given_up = true;
    finish(*late, {Errc::deadline_exceeded, Origin::none, 0});
  }
}

// next_late gives the unfinished operation with the earliest deadline.
Completion::Operation* SigningQueue::Impl::next_late() noexcept {
  if (deadlines_ == 0) return nullptr;
  Operation* next = nullptr;
  for (Operation& operation : operations_) {
    if (!operation.with_caller || operation.finished || !operation.request.options().deadline) continue;
    if (next == nullptr || *operation.request.options().deadline < *next->request.options().deadline) next = &operation;
  }
  return next;
}

}  // namespace custos
