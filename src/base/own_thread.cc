#include "base/own_thread.h"

#include <sched.h>

#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <string>
#include <system_error>
#include <utility>

#include "base/process_life.h"

namespace custos {
namespace {

// SignalsBlocked keeps signals from the calling thread while it lives: a thread begins with the mask of its creator.
class SignalsBlocked {
 public:
  SignalsBlocked() noexcept {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

// Attributes say where a thread begins.
class Attributes {
 public:
  Attributes() noexcept { ::pthread_attr_init(&attributes_); }
  ~Attributes() { ::pthread_attr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;

  void pin_to(int cpu) noexcept {
    cpu_set_t only;
    CPU_ZERO(&only);
    CPU_SET(static_cast<std::size_t>(cpu), &only);
    ::pthread_attr_setaffinity_np(&attributes_, sizeof only, &only);
  }
  [[nodiscard]] const pthread_attr_t* get() const noexcept { return &attributes_; }

 private:
  pthread_attr_t attributes_;
};

Unexpected no_such_cpu(int cpu) {
  return fail(Errc::bad_input, Origin::system,
              "this process may not run a thread on CPU " + std::to_string(cpu) +
                  ": Cpus_allowed_list in /proc/self/status and lscpu tell which there are");
}

}  // namespace

struct OwnThread::Task {
  const char* name;
  std::function<void()> body;

  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
};

OwnThread::OwnThread(std::shared_ptr<Task> task) noexcept : task_(std::move(task)), fork_count_(fork_count()) {}

void* OwnThread::run(void* argument) noexcept {
  const std::unique_ptr<std::shared_ptr<Task>> holder(static_cast<std::shared_ptr<Task>*>(argument));
  Task& task = **holder;
  ::pthread_setname_np(::pthread_self(), task.name);
  task.body();
  task.body = nullptr;
  const std::lock_guard lock(task.mutex);
  task.done = true;
  task.changed.notify_all();
  return nullptr;
}

Result<OwnThread> OwnThread::start(const char* name, std::function<void()> body, std::optional<int> cpu) {
  Attributes attributes;
  if (cpu && (*cpu < 0 || *cpu >= CPU_SETSIZE)) return no_such_cpu(*cpu);
  if (cpu) attributes.pin_to(*cpu);
  OwnThread started(std::make_shared<Task>(name, std::move(body)));
  auto argument = std::make_unique<std::shared_ptr<Task>>(started.task_);
  const SignalsBlocked blocked;
  if (const int error = ::pthread_create(&started.thread_, attributes.get(), run, argument.get()); error != 0) {
    started.task_.reset();
    if (cpu && error == EINVAL) return no_such_cpu(*cpu);
    return fail(Errc::system, Origin::system,
                "cannot start the thread " + std::string(name) + ": " + std::generic_category().message(error),
                static_cast<std::uint32_t>(error));
  }
  static_cast<void>(argument.release());
  return started;
}

void OwnThread::end(std::chrono::steady_clock::time_point until) noexcept {
  const auto task = std::exchange(task_, nullptr);
  if (!task || fork_count() != fork_count_) return;
  std::unique_lock lock(task->mutex);
  const bool done = task->changed.wait_until(lock, until, [&] { return task->done; });
  lock.unlock();
  if (done) {
    ::pthread_join(thread_, nullptr);
  } else {
    ::pthread_detach(thread_);
  }
}

}  // namespace custos
