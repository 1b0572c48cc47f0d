// OwnThread: a thread that Custos starts in a host's process, because the host asked for one.
#pragma once

#include <pthread.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "custos/result.h"

namespace custos {

// OwnThread blocks all signals: handlers of the host run on its own threads, and a broken pipe of a module is an error code.
class OwnThread {
 public:
  // start runs `body`, which does not throw, on a thread with that name (at most 15 bytes), on CPU `cpu` only where one is given.
  // Errors: bad_input (the process may not run on that CPU), system.
  static Result<OwnThread> start(const char* name, std::function<void()> body, std::optional<int> cpu = {});

  OwnThread(OwnThread&&) noexcept = default;
  OwnThread& operator=(OwnThread&&) = delete;
  ~OwnThread() { end({}); }

  // end waits until `until` for the body to return. Where it does not, since a module can hang (devices.md 1.13), the thread is
  // left behind, with all that its body holds. Nothing to be done in a forked child, which has no such thread.
  void end(std::chrono::steady_clock::time_point until) noexcept;

 private:
  struct Task;
  explicit OwnThread(std::shared_ptr<Task> task) noexcept;
  static void* run(void* argument) noexcept;

  std::shared_ptr<Task> task_;  // empty: moved from or ended
  pthread_t thread_{};
  std::uint64_t fork_count_;
};

}  // namespace custos
