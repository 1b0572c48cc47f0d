// SigningQueue: many signatures at the same time, for network devices whose one operation takes milliseconds.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "custos/custodian.h"
#include "custos/export.h"
#include "custos/request.h"
#include "custos/result.h"

namespace custos {

class Completion;

// SigningQueueOptions size a queue. It allocates all of it when it is started; a slot takes 5 times its capacity, and 12 KiB.
struct SigningQueueOptions {
  std::size_t threads = 4;              // operations inside the device at the same time, 1 to 1024
  std::size_t operations = 64;          // slots: operations that wait, are inside or whose completion is held, 1 to 4096
  std::size_t request_capacity = 4096;  // bytes of text in one request and its context, at most 16 MiB
};

// SigningQueue signs on threads of its own, named "custos-sign", which block all signals. Starting one is the opt-in: the library
// has no such threads otherwise. Each operation lives in a slot that belongs to the queue, so that one that hangs in a module
// harms nobody who gave it up. Thread-safe.
class CUSTOS_EXPORT SigningQueue {
 public:
  struct CUSTOS_INTERNAL Impl;  // internal
  explicit SigningQueue(std::shared_ptr<Impl> impl) noexcept;

  // start starts the threads. Errors: bad_input (a size is out of range), system.
  static Result<SigningQueue> start(const SigningQueueOptions& options = {});

  // The end drops what has not begun, without a completion, and waits at most two seconds for what has. A thread that hangs in a
  // module longer than that is left behind with its slot, signer and session, until the module returns. No other call of the
  // queue may run. Completions that are held stay valid.
  ~SigningQueue();
  SigningQueue(SigningQueue&&) noexcept;
  SigningQueue& operator=(SigningQueue&&) noexcept;

  // submit has `signer` sign a copy of `request`: when it returns, the caller's memory is no longer needed, and neither is the
  // signer. `tag` comes back with the completion. A deadline in `options` bounds the whole operation. Never waits; allocates
  // nothing. Errors: busy (every slot is taken), bad_input (the request does not fit into a slot), device_gone (forked child).
  SignStatus submit(const RequestSigner& signer, const RequestView& request, std::uint64_t tag,
                    const SignOptions& options = {}) const noexcept;

  // collect first gives back what `out` holds, then waits until `until` for at least one completion and answers how many it put
  // into `out`, in the order in which they finished. An operation is finished at its deadline at the latest: what a module
  // answers later is dropped. Allocates nothing.
  std::size_t collect(std::span<Completion> out, std::chrono::steady_clock::time_point until) const noexcept;

 private:
  std::shared_ptr<Impl> impl_;
};

// Completion is the outcome of one operation. It holds the operation's slot until it is destroyed, released, handed to collect
// again or assigned to; an empty one holds none. One thread at a time.
class CUSTOS_EXPORT Completion {
 public:
  struct CUSTOS_INTERNAL Operation;  // internal

  Completion() noexcept = default;
  Completion(std::shared_ptr<SigningQueue::Impl> queue, Operation& operation) noexcept;  // internal
  ~Completion() { release(); }
  Completion(Completion&& other) noexcept;
  Completion& operator=(Completion&& other) noexcept;

  // What follows wants a completion that is not empty. status is what RequestSigner::sign answered, or deadline_exceeded.
  // signed_request holds a signature where the status is ok; its views are valid while the completion holds its slot.
  [[nodiscard]] std::uint64_t tag() const noexcept;
  [[nodiscard]] const SignStatus& status() const noexcept;
  [[nodiscard]] const SignedRequest& signed_request() const noexcept;

  void release() noexcept;

 private:
  std::shared_ptr<SigningQueue::Impl> queue_;
  Operation* operation_ = nullptr;
};

}  // namespace custos
