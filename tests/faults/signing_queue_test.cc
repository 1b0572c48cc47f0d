// A signing queue on a device that is slow or hangs.
#include <gmock/gmock.h>

#include <array>
#include <thread>

#include "faults/faulty_home.h"

namespace custos::test {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

class SlowQueue : public FaultyHome {
 protected:
  void SetUp() override {
    FaultyHome::SetUp();
    custodian_ = open();
    add_documented(*custodian_);
    auto signer = custodian_->prepare_request_signer("binance-main");
    ASSERT_TRUE(signer) << signer.error().detail;
    signer_ = *std::move(signer);
  }

  void start(const SigningQueueOptions& options) {
    auto queue = SigningQueue::start(options);
    ASSERT_TRUE(queue) << queue.error().detail;
    queue_ = *std::move(queue);
  }

  SignStatus submit(std::uint64_t tag, std::optional<steady_clock::time_point> deadline = {}) {
    SignOptions options;
    options.deadline = deadline;
    return queue_->submit(*signer_, documented_order(), tag, options);
  }

  Completion collect_one() {
    std::array<Completion, 1> one;
    EXPECT_EQ(queue_->collect(one, steady_clock::now() + 30s), 1U);
    return std::move(one[0]);
  }

  void expect_signed(const Completion& done, std::uint64_t tag) {
    EXPECT_EQ(done.tag(), tag);
    EXPECT_TRUE(done.status().ok()) << signer_->explain(done.status(), done.signed_request());
    EXPECT_EQ(done.signed_request().signature(), kDocumentedSignature);
  }

  static void expect_given_up(const Completion& done, std::uint64_t tag) {
    EXPECT_EQ(done.tag(), tag);
    EXPECT_EQ(done.status().code, Errc::deadline_exceeded);
    EXPECT_TRUE(done.signed_request().signature().empty());
    EXPECT_TRUE(done.signed_request().url().empty());
  }

  std::optional<Custodian> custodian_;
  std::optional<RequestSigner> signer_;
  std::optional<SigningQueue> queue_;
};

TEST_F(SlowQueue, KeepsAsManyOperationsInFlightAsItHasThreads) {
  start({.threads = 4});
  script("C_Sign hang count=3");
  for (std::uint64_t tag = 0; tag < 3; ++tag) ASSERT_TRUE(submit(tag).ok());
  fault_.wait_for_a_hang("C_Sign", 3);  // three threads are inside; the fourth signs all others meanwhile
  for (std::uint64_t tag = 3; tag < 11; ++tag) ASSERT_TRUE(submit(tag).ok());
  for (std::uint64_t tag = 3; tag < 11; ++tag) expect_signed(collect_one(), tag);
  script("");
  for (int slow = 0; slow < 3; ++slow) EXPECT_LT(collect_one().tag(), 3U);
}

TEST_F(SlowQueue, AnswersInTheOrderInWhichOperationsFinish) {
  start({.threads = 2});
  script("C_Sign hang count=1");
  ASSERT_TRUE(submit(1).ok());
  fault_.wait_for_a_hang("C_Sign");
  for (std::uint64_t tag = 2; tag <= 6; ++tag) ASSERT_TRUE(submit(tag).ok());
  for (std::uint64_t tag = 2; tag <= 6; ++tag) expect_signed(collect_one(), tag);
  script("");
  expect_signed(collect_one(), 1);
}

TEST_F(SlowQueue, GivesUpAtTheDeadlineDropsTheLateResultAndUsesTheSlotAgain) {
  start({.threads = 1, .operations = 1});
  script("C_Sign hang count=1");
  const auto begin = steady_clock::now();
  ASSERT_TRUE(submit(1, begin + 1s).ok());
  fault_.wait_for_a_hang("C_Sign");
  {
    const auto done = collect_one();  // before the module returns
    EXPECT_GE(steady_clock::now() - begin, 1s);
    expect_given_up(done, 1);
  }
  EXPECT_EQ(submit(2).code, Errc::busy) << "the slot is the module's until it returns";
  script("");
  std::array<Completion, 1> out;
  EXPECT_EQ(queue_->collect(out, steady_clock::now() + 1s), 0U) << "the late result is dropped";
  SignStatus status;
  const auto patience = steady_clock::now() + 30s;
  while ((status = submit(2)).code == Errc::busy && steady_clock::now() < patience) std::this_thread::yield();
  ASSERT_TRUE(status.ok());
  expect_signed(collect_one(), 2);
  EXPECT_EQ(signer_->stats().late, 1U);
}

TEST_F(SlowQueue, ACollectorThatWaitsAlreadyHearsOfANewDeadline) {
  start({.threads = 1});
  script("C_Sign hang");
  std::thread submitting([&] {
    std::this_thread::sleep_for(100ms);
    EXPECT_TRUE(submit(1, steady_clock::now() + 100ms).ok());
  });
  const auto begin = steady_clock::now();
  expect_given_up(collect_one(), 1);
  EXPECT_LT(steady_clock::now() - begin, 10s) << "the device never answers";
  submitting.join();
  script("");
}

TEST_F(SlowQueue, GivesUpWhatStillWaitsForAThreadEarliestDeadlineFirst) {
  start({.threads = 1});
  script("C_Sign hang count=1");
  ASSERT_TRUE(submit(1).ok());
  fault_.wait_for_a_hang("C_Sign");
  const auto now = steady_clock::now();
  ASSERT_TRUE(submit(2, now + 300ms).ok());
  ASSERT_TRUE(submit(3, now + 100ms).ok());
  ASSERT_TRUE(submit(4, now + 1h).ok());
  std::this_thread::sleep_for(400ms);
  expect_given_up(collect_one(), 3);
  expect_given_up(collect_one(), 2);
  const auto signatures = calls("C_Sign");
  script("");
  expect_signed(collect_one(), 1);
  expect_signed(collect_one(), 4);
  EXPECT_EQ(calls("C_Sign"), signatures + 2) << "what was given up before it began asks the token nothing";
}

TEST_F(SlowQueue, WaitsForOperationsInFlightWhenItEnds) {
  start({.threads = 2});
  script("C_Sign hang count=2");
  const auto signatures = calls("C_Sign");
  for (std::uint64_t tag = 0; tag < 8; ++tag) ASSERT_TRUE(submit(tag).ok());
  fault_.wait_for_a_hang("C_Sign", 2);
  std::thread device([&] {
    std::this_thread::sleep_for(1s);  // the queue is being ended by then
    script("");
  });
  queue_.reset();
  device.join();
  EXPECT_EQ(calls("C_Sign"), signatures + 2) << "what had not begun is dropped";
  SignedRequest out;
  EXPECT_TRUE(signer_->sign(documented_order(), out).ok());
}

TEST_F(SlowQueue, AHangingOperationIsLeftBehindWithAllThatItNeeds) {
  start({.threads = 1, .operations = 1});
  script("C_Sign hang");
  const auto signatures = calls("C_Sign");
  ASSERT_TRUE(submit(1).ok());
  fault_.wait_for_a_hang("C_Sign");
  const auto begin = steady_clock::now();
  queue_.reset();
  signer_.reset();
  custodian_.reset();
  EXPECT_LT(steady_clock::now() - begin, 10s) << "the device never answers";
  EXPECT_EQ(calls("C_Sign"), signatures);
  script("");
  while (calls("C_Finalize") == 0 && steady_clock::now() < begin + 30s) std::this_thread::sleep_for(10ms);
  EXPECT_EQ(calls("C_Sign"), signatures + 1);
  EXPECT_EQ(calls("C_Finalize"), 1U) << "the last to need the module ends it";
}

}  // namespace
}  // namespace custos::test
