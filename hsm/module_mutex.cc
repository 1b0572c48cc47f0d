#include "hsm/module_mutex.h"

#include <pthread.h>

#include <algorithm>
#include <cstdlib>
#include <new>

#include "base/cpu_pause.h"

namespace custos::hsm {
namespace {

// kSpins bounds the wait without a system call to some tens of microseconds: longer than SoftHSM2 reads a token object under its
// lock (devices.md 3), so that a thread sleeps only where the holder was taken off its CPU. With 200, two threads lost up to a
// quarter of one thread's rate; 500 to 2,000 were alike (seen).
constexpr int kSpins = 1000;

// Modules call these from C code: they answer a CK_RV and never throw.
//
// A mutex lives in zeroed malloc memory of a pthread_mutex_t's size, because SoftHSM2's static destructors hand some of ours to
// its own pthread_mutex_destroy and free (seen, under AddressSanitizer).
CK_RV create_mutex(void** mutex) noexcept {
  if (mutex == nullptr) return CKR_ARGUMENTS_BAD;
  void* memory = std::calloc(1, std::max(sizeof(ModuleMutex), sizeof(pthread_mutex_t)));
  if (memory == nullptr) return CKR_HOST_MEMORY;
  *mutex = new (memory) ModuleMutex;
  return CKR_OK;
}

CK_RV destroy_mutex(void* mutex) noexcept {
  if (mutex == nullptr) return CKR_MUTEX_BAD;
  static_cast<ModuleMutex*>(mutex)->~ModuleMutex();
  std::free(mutex);
  return CKR_OK;
}

CK_RV lock_mutex(void* mutex) noexcept {
  if (mutex == nullptr) return CKR_MUTEX_BAD;
  static_cast<ModuleMutex*>(mutex)->lock();
  return CKR_OK;
}

CK_RV unlock_mutex(void* mutex) noexcept {
  if (mutex == nullptr) return CKR_MUTEX_BAD;
  return static_cast<ModuleMutex*>(mutex)->unlock() ? CKR_OK : CKR_MUTEX_NOT_LOCKED;
}

}  // namespace

// The three states are those of Drepper, "Futexes Are Tricky" (2011), mutex 3: a holder wakes a sleeper only when there is one.
void ModuleMutex::lock() noexcept {
  for (int spin = 0; spin < kSpins; ++spin) {
    int expected = kFree;
    if (state_.load(std::memory_order_relaxed) == kFree &&
        state_.compare_exchange_weak(expected, kHeld, std::memory_order_acquire, std::memory_order_relaxed)) {
      return;
    }
    cpu_pause();
  }
  while (state_.exchange(kContended, std::memory_order_acquire) != kFree) state_.wait(kContended, std::memory_order_relaxed);
}

bool ModuleMutex::unlock() noexcept {
  const int before = state_.exchange(kFree, std::memory_order_release);
  if (before == kContended) state_.notify_one();
  return before != kFree;
}

CK_C_INITIALIZE_ARGS mutex_callbacks() noexcept {
  CK_C_INITIALIZE_ARGS args{};
  args.CreateMutex = create_mutex;
  args.DestroyMutex = destroy_mutex;
  args.LockMutex = lock_mutex;
  args.UnlockMutex = unlock_mutex;
  args.flags = CKF_OS_LOCKING_OK;
  return args;
}

}  // namespace custos::hsm
