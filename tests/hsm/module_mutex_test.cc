#include "hsm/module_mutex.h"

#include <gtest/gtest.h>

#include <mutex>
#include <thread>
#include <vector>

namespace custos::hsm {
namespace {

TEST(ModuleMutex, LetsOneThreadInAtATime) {
  ModuleMutex mutex;
  long count = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20000; ++i) {
        mutex.lock();
        ++count;
        mutex.unlock();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(count, 80000);
}

TEST(ModuleMutex, WakesAThreadThatSleeps) {
  ModuleMutex mutex;
  mutex.lock();
  std::thread waiter([&] {
    mutex.lock();
    mutex.unlock();
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(100));  // longer than it spins
  EXPECT_TRUE(mutex.unlock());
  waiter.join();
}

TEST(ModuleMutex, SaysThatItWasNotLocked) {
  ModuleMutex mutex;
  EXPECT_FALSE(mutex.unlock());
}

TEST(ModuleMutex, CallbacksAnswerAsPkcs11Wants) {
  const CK_C_INITIALIZE_ARGS args = mutex_callbacks();
  EXPECT_EQ(args.flags, CKF_OS_LOCKING_OK);
  EXPECT_EQ(args.pReserved, nullptr);
  void* mutex = nullptr;
  ASSERT_EQ(args.CreateMutex(&mutex), CKR_OK);
  EXPECT_EQ(args.LockMutex(mutex), CKR_OK);
  EXPECT_EQ(args.UnlockMutex(mutex), CKR_OK);
  EXPECT_EQ(args.UnlockMutex(mutex), CKR_MUTEX_NOT_LOCKED);
  EXPECT_EQ(args.DestroyMutex(mutex), CKR_OK);
  EXPECT_EQ(args.LockMutex(nullptr), CKR_MUTEX_BAD);
}

}  // namespace
}  // namespace custos::hsm
