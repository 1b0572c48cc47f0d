#include "base/waker.h"

#include <gtest/gtest.h>

#include <thread>

namespace custos {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

TEST(Waker, KeepsAWakeThatCameBeforeTheWait) {
  Waker waker;
  waker.wake();
  EXPECT_TRUE(waker.wait(steady_clock::now() + 10s));
}

TEST(Waker, TellsThatNobodyWokeInTime) {
  Waker waker;
  EXPECT_FALSE(waker.wait(steady_clock::now() + 1ms));
}

TEST(Waker, ForgetsAWakeOnceItWasWaitedFor) {
  Waker waker;
  waker.wake();
  waker.wake();
  ASSERT_TRUE(waker.wait(std::nullopt));
  EXPECT_FALSE(waker.wait(steady_clock::now() + 1ms));
}

TEST(Waker, IsWokenByAnotherThread) {
  Waker waker;
  std::thread other([&] { waker.wake(); });
  EXPECT_TRUE(waker.wait(std::nullopt));
  other.join();
}

// The thread sanitizer and the address sanitizer see a waker that is used after its end.
TEST(Waker, MayEndAsSoonAsItsWaitReturned) {
  for (int round = 0; round < 200; ++round) {
    auto waker = std::make_unique<Waker>();
    std::thread other([&waker = *waker] { waker.wake(); });
    EXPECT_TRUE(waker->wait(std::nullopt));
    waker.reset();
    other.join();
  }
}

}  // namespace
}  // namespace custos
