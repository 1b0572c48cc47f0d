#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <thread>
#include <vector>

#include "process_life/shapes.h"

namespace custos::life {
namespace {

// in_child runs `live` in a child, which then exits as programs do, and gives its id.
template <class Live>
pid_t in_child(Live live) {
  const pid_t child = fork();
  must(child >= 0, "fork works");
  if (child != 0) return child;
  alarm(60);  // a child's is off
  live();
  std::exit(0);
}

void must_end_well(pid_t child, std::string_view what) {
  int status = 0;
  must(waitpid(child, &status, 0) == child && status == 0, what);
}

void must_refuse(key::PreparedKey& key) {
  must(try_sign(key).code == Errc::device_gone, "what a child inherited does not sign");
  must(key.rearm(4) == 0, "what a child inherited does not arm");
  key.disarm();
}

// Event is a pipe that one process closes and another waits for.
class Event {
 public:
  Event() { must(pipe(ends_) == 0, "there is a pipe"); }
  void signal() const {
    const char byte = 0;
    must(write(ends_[1], &byte, 1) == 1, "the pipe takes a byte");
  }
  void wait() const {
    char byte = 0;
    must(read(ends_[0], &byte, 1) == 1, "the other process lives");
  }

 private:
  int ends_[2]{};
};

}  // namespace

void child_only_exits(const Subject& subject) {
  const auto backend = subject.open();
  const auto key = subject.prepare(*backend, 4);
  must_end_well(in_child([] {}), "the child exits cleanly");
  for (int i = 0; i < 6; ++i) must_sign(*key, "the parent signs on, armed and not");
}

void child_uses_what_it_inherited(const Subject& subject) {
  auto backend = subject.open();
  auto key = subject.prepare(*backend, 4);
  const pid_t child = in_child([&] {
    must_refuse(*key);
    must(!backend->list().has_value(), "what a child inherited does not list");
    key.reset();
    backend.reset();
  });
  must_end_well(child, "the child exits cleanly");
  for (int i = 0; i < 6; ++i) must_sign(*key, "the parent signs on, armed and not");
}

void child_opens_anew(const Subject& subject) {
  const auto backend = subject.open();
  const auto key = subject.prepare(*backend, 8);
  std::atomic<bool> is_over{false};
  std::atomic<int> made{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      while (!is_over) {
        must_sign(*key, "the parent's threads sign");
        key->rearm(2);
        ++made;
      }
    });
  }
  while (made < 20) std::this_thread::yield();
  const pid_t child = in_child([&] {
    const auto own = subject.open();
    must_sign(*subject.prepare(*own, 2), "the child signs with what it opened");
  });
  must_end_well(child, "the child exits cleanly");
  const int before = made;
  while (made < before + 20) std::this_thread::yield();
  is_over = true;
  for (auto& thread : threads) thread.join();
}

void child_of_a_recovery(const Subject& subject) {
  const Scripted scripted(subject);
  const auto backend = subject.open(scripted.config());
  const auto key = subject.prepare(*backend);
  scripted.write("lose_sessions once before=C_SignInit\nC_Login hang");
  const Event has_tried;
  std::thread recovers([&] { (void)try_sign(*key); });
  scripted.wait_for("HANGS C_Login");
  pid_t child = 0;
  std::thread forks([&] {
    child = in_child([&] {
      must_refuse(*key);
      has_tried.signal();
      const pid_t grandchild = in_child([&] {
        must_sign(*subject.prepare(*subject.open()), "the grandchild signs with what it opened");
        execl("/proc/self/exe", "life", "sign_once", subject.uri.c_str(), subject.pin.c_str(), subject.key.text().c_str(),
              subject.folder.c_str(), nullptr);
        must(false, "exec works");
      });
      must_end_well(grandchild, "the grandchild ends well");
    });
  });
  forks.join();
  has_tried.wait();
  scripted.write("");
  recovers.join();
  must_sign(*key, "the parent signs after its recovery");
  must_end_well(child, "the child exits cleanly");
}

void sign_once(const Subject& subject) { must_sign(*subject.prepare(*subject.open()), "a process signs"); }

}  // namespace custos::life
