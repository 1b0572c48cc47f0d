#include <dlfcn.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <thread>

#include "hsm/cryptoki.h"
#include "process_life/shapes.h"

namespace custos::life {
namespace {

// The handlers and threads of exit use these; nobody destroys the second kind.
std::shared_ptr<hsm::TokenBackend> g_backend;
const CK_FUNCTION_LIST* g_stranger = nullptr;

template <class Value>
Value& left_behind(Value value) {
  return *new Value(std::move(value));
}

// sign_for_ever starts four threads that sign, and returns when each has.
void sign_for_ever(const Subject& subject) {
  auto& backend = left_behind(subject.open());
  auto& key = left_behind(subject.prepare(*backend, 8));
  static std::array<std::atomic<int>, 4> made{};
  for (auto& own : made) {
    std::thread([&key, &own] {
      for (;;) {
        if (try_sign(*key).ok()) ++own;
        key->rearm(2);
      }
    }).detach();
  }
  for (auto& own : made) {
    while (own < 5) std::this_thread::yield();
  }
}

// lose_the_login has a thread meet the loss of all sessions, under `rules` besides; in_threads: as with devices that may hang.
void lose_the_login(const Subject& subject, std::string_view rules, std::string_view sign_of_it, bool in_threads = false) {
  auto& scripted = left_behind(Scripted(subject));
  auto config = scripted.config();
  config.threads = in_threads;
  if (in_threads) config.deadlines = "threaded";
  auto& backend = left_behind(subject.open(config));
  auto& key = left_behind(subject.prepare(*backend, 2));
  scripted.write("lose_sessions once before=C_Sign\n" + std::string(rules));
  std::thread([&key] {
    for (;;) (void)try_sign(*key);
  }).detach();
  scripted.wait_for(sign_of_it);
}

// start_as_stranger initialises the module as another part of the process does.
const CK_FUNCTION_LIST* start_as_stranger() {
  void* library = dlopen(SOFTHSM2_MODULE, RTLD_NOW | RTLD_LOCAL);
  must(library != nullptr, "the module loads");
  auto* get_list = reinterpret_cast<CK_C_GetFunctionList>(dlsym(library, "C_GetFunctionList"));
  CK_FUNCTION_LIST* functions = nullptr;
  must(get_list != nullptr && get_list(&functions) == CKR_OK, "the module has functions");
  CK_C_INITIALIZE_ARGS arguments{};
  arguments.flags = CKF_OS_LOCKING_OK;
  must(functions->C_Initialize(&arguments) == CKR_OK, "the stranger starts the module");
  return functions;
}

}  // namespace

void held_by_a_static(const Subject& subject) {
  g_backend = subject.open();
  must_sign(*subject.prepare(*g_backend, 4), "it signs");
}

void dropped_by_an_early_handler(const Subject& subject) {
  std::atexit([] { g_backend.reset(); });
  held_by_a_static(subject);
}

void dropped_by_a_late_handler(const Subject& subject) {
  held_by_a_static(subject);
  std::atexit([] { g_backend.reset(); });
}

void threads_sign(const Subject& subject) { sign_for_ever(subject); }

void threads_sign_at_quick_exit(const Subject& subject) {
  sign_for_ever(subject);
  std::quick_exit(0);
}

void threads_sign_at_underscore_exit(const Subject& subject) {
  sign_for_ever(subject);
  _exit(0);
}

void a_recovery_is_under_way(const Subject& subject) {
  lose_the_login(subject, "C_OpenSession delay_ms=30\nC_Login delay_ms=30", "C_Sign CKR_SESSION_HANDLE_INVALID");
}

void a_recovery_hangs(const Subject& subject) { lose_the_login(subject, "C_Login hang", "HANGS C_Login"); }

void a_call_hangs(const Subject& subject) { lose_the_login(subject, "C_SignInit hang", "HANGS C_SignInit"); }

void a_call_hangs_in_a_thread(const Subject& subject) { lose_the_login(subject, "C_SignInit hang", "HANGS C_SignInit", true); }

void a_recovery_hangs_in_a_thread(const Subject& subject) { lose_the_login(subject, "C_Login hang", "HANGS C_Login", true); }

void a_stranger_finalizes(const Subject& subject) {
  g_stranger = start_as_stranger();
  std::atexit([] { g_stranger->C_Finalize(nullptr); });
  held_by_a_static(subject);
}

// While one token recovers, another one signs, and a stranger resets the module that both copied.
void two_tokens_and_a_stranger(const Subject& subject) {
  const auto* stranger = start_as_stranger();
  const Scripted scripted(subject);
  const auto first = subject.open(scripted.config());
  const auto second = subject.open();
  const auto recovering = subject.prepare(*first, 2), quick = subject.prepare(*second, 2);
  scripted.write("lose_sessions once before=C_Sign\nC_Login hang");
  std::thread meets_the_loss([&] { (void)try_sign(*recovering); });
  scripted.wait_for("HANGS C_Login");
  for (int round = 0; round < 3; ++round) {
    must_sign(*quick, "the other token signs");
    must(stranger->C_Finalize(nullptr) == CKR_OK && stranger->C_Initialize(nullptr) == CKR_OK, "the stranger resets his module");
    must_sign(*quick, "the other token signs after the reset");
  }
  scripted.write("");
  meets_the_loss.join();
  must_sign(*recovering, "the token signs after its recovery");
  must(stranger->C_Finalize(nullptr) == CKR_OK, "the stranger's module was his alone");
}

}  // namespace custos::life
