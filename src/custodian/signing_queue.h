// SigningQueue::Impl: the slots of a queue, and the threads that sign in them.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <vector>

#include "base/own_thread.h"
#include "base/ring.h"
#include "custodian/request_copy.h"
#include "custodian/request_signer.h"
#include "custos/signing_queue.h"

namespace custos {

// Completion::Operation is one slot. It is free while neither the caller (from submit until the completion's release) nor a
// thread of the queue (from submit until sign returned) has it.
struct Completion::Operation {
  explicit Operation(std::size_t request_capacity) : request(request_capacity), answer(4 * request_capacity) {}

  [[nodiscard]] bool is_free() const noexcept { return !with_caller && !with_thread; }

  RequestCopy request;
  SignedRequest answer;  // of the thread while it has the slot
  std::shared_ptr<RequestSigner::Impl> signer;
  std::uint64_t tag = 0;
  SignStatus status;      // once it is finished
  bool finished = false;  // its completion stands
  bool given_up = false;  // it was finished by its deadline, whatever the thread does
  bool with_caller = false;
  bool with_thread = false;
};

// SigningQueue::Impl is kept alive by its threads and by the completions. Its threads wait for work, its callers for completions.
struct SigningQueue::Impl : std::enable_shared_from_this<SigningQueue::Impl> {
  using Operation = Completion::Operation;
  using TimePoint = std::chrono::steady_clock::time_point;

  explicit Impl(const SigningQueueOptions& options);

  Result<void> start_threads(std::size_t count);
  void end() noexcept;

  SignStatus submit(std::shared_ptr<RequestSigner::Impl> signer, const RequestView& request, std::uint64_t tag,
                    const SignOptions& options) noexcept;
  std::size_t collect(std::span<Completion> out, TimePoint until) noexcept;
  void release(Operation& operation) noexcept;

  const SignedRequest nothing{0};  // the answer of operations that were given up

 private:
  using Lock = std::unique_lock<std::mutex>;

  void run() noexcept;
  void sign(Lock& lock, Operation& operation) noexcept;
  void finish(Operation& operation, const SignStatus& status) noexcept;
  void put_down(Operation& operation, bool Operation::* holder) noexcept;
  void give_up_late(TimePoint now) noexcept;
  [[nodiscard]] Operation* next_late() noexcept;
  [[nodiscard]] bool forked() const noexcept;

  const std::uint64_t fork_count_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable work_, completion_;
  std::vector<Operation> operations_;
  Ring<Operation*> free_, waiting_, finished_;
  std::size_t deadlines_ = 0;  // of unfinished operations
  bool ending_ = false;

  std::vector<OwnThread> threads_;  // of start_threads and end
};

}  // namespace custos
