#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "support/home_fixture.h"

namespace custos {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

class Queue : public test::HomeFixture {
 protected:
  void SetUp() override {
    HomeFixture::SetUp();
    custodian_ = open();
    add_documented(*custodian_);
    auto signer = custodian_->prepare_request_signer("binance-main");
    ASSERT_TRUE(signer) << signer.error().detail;
    signer_ = *std::move(signer);
  }

  static SigningQueue start(const SigningQueueOptions& options = {}) {
    auto queue = SigningQueue::start(options);
    if (!queue) {
      ADD_FAILURE() << queue.error().detail;
      std::abort();
    }
    return *std::move(queue);
  }

  // collect_one waits for one completion.
  static Completion collect_one(const SigningQueue& queue) {
    std::array<Completion, 1> one;
    EXPECT_EQ(queue.collect(one, steady_clock::now() + 30s), 1U);
    return std::move(one[0]);
  }

  std::optional<Custodian> custodian_;
  std::optional<RequestSigner> signer_;
};

TEST_F(Queue, SignsAndGivesTheTagBack) {
  const auto queue = start();
  ASSERT_TRUE(queue.submit(*signer_, documented_order(), 42).ok());
  const auto done = collect_one(queue);
  EXPECT_EQ(done.tag(), 42U);
  ASSERT_TRUE(done.status().ok());
  EXPECT_EQ(done.signed_request().signature(), test::kDocumentedSignature);
}

TEST_F(Queue, AFailureIsACompletionToo) {
  const auto queue = start();
  RequestView request = documented_order();
  request.method = "BREW";
  ASSERT_TRUE(queue.submit(*signer_, request, 1).ok());
  const auto done = collect_one(queue);
  EXPECT_EQ(done.status().code, Errc::bad_input);
  EXPECT_TRUE(done.signed_request().signature().empty());
  EXPECT_THAT(signer_->explain(done.status(), done.signed_request()), ::testing::HasSubstr("BREW"));
}

TEST_F(Queue, TheCallersMemoryMayBeFreedOnceSubmitReturns) {
  const auto queue = start();
  for (std::uint64_t tag = 0; tag < 20; ++tag) {
    auto texts = std::make_unique<std::vector<std::string>>();
    *texts = {"POST", "/api/v3/order", std::string(test::kDocumentedOrder), "X-Mine", "a value", "an actor of some length"};
    auto headers = std::make_unique<std::vector<NameValue>>();
    headers->push_back({(*texts)[3], (*texts)[4]});
    auto request = std::make_unique<RequestView>();
    request->method = (*texts)[0];
    request->path = (*texts)[1];
    request->body = (*texts)[2];
    request->headers = *headers;
    auto options = std::make_unique<SignOptions>();
    options->context.actor = (*texts)[5];
    ASSERT_TRUE(queue.submit(*signer_, *request, tag, *options).ok());
  }
  for (int i = 0; i < 20; ++i) {
    const auto done = collect_one(queue);
    ASSERT_TRUE(done.status().ok());
    EXPECT_EQ(done.signed_request().signature(), test::kDocumentedSignature);
  }
}

TEST_F(Queue, IsBusyUntilACompletionGivesItsSlotBack) {
  const auto queue = start({.threads = 1, .operations = 2});
  ASSERT_TRUE(queue.submit(*signer_, documented_order(), 1).ok());
  ASSERT_TRUE(queue.submit(*signer_, documented_order(), 2).ok());
  auto first = collect_one(queue), second = collect_one(queue);
  const auto status = queue.submit(*signer_, documented_order(), 3);
  EXPECT_EQ(status.code, Errc::busy);
  EXPECT_THAT(signer_->explain(status, SignedRequest()), ::testing::HasSubstr("collect"));
  EXPECT_EQ(first.signed_request().signature(), second.signed_request().signature());
  first = std::move(second);  // gives back what it held
  EXPECT_EQ(first.tag(), 2U);
  EXPECT_TRUE(queue.submit(*signer_, documented_order(), 3).ok());
  EXPECT_EQ(collect_one(queue).tag(), 3U);
}

TEST_F(Queue, RefusesARequestThatDoesNotFitAndKeepsTheSlot) {
  const auto queue = start({.threads = 1, .operations = 1, .request_capacity = 256});
  RequestView request = documented_order();
  const std::string large(300, 'a');
  request.body = large;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(queue.submit(*signer_, request, 1).code, Errc::bad_input);
  EXPECT_TRUE(queue.submit(*signer_, documented_order(), 2).ok());
  EXPECT_TRUE(collect_one(queue).status().ok());
}

TEST_F(Queue, WaitsForCompletionsNoLongerThanAsked) {
  const auto queue = start();
  std::array<Completion, 4> out;
  const auto before = steady_clock::now();
  EXPECT_EQ(queue.collect(out, before + 50ms), 0U);
  EXPECT_GE(steady_clock::now() - before, 50ms);
  EXPECT_EQ(queue.collect({}, before + 1h), 0U);
}

TEST_F(Queue, ArmsAgainWhatItSpent) {
  ASSERT_EQ(signer_->stats().shelf, 16U);
  const auto queue = start();
  for (std::uint64_t tag = 0; tag < 16; ++tag) ASSERT_TRUE(queue.submit(*signer_, documented_order(), tag).ok());
  for (int i = 0; i < 16; ++i) EXPECT_TRUE(collect_one(queue).status().ok());
  const auto patience = steady_clock::now() + 30s;
  while (signer_->stats().shelf < 16 && steady_clock::now() < patience) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(signer_->stats().shelf, 16U);
}

TEST_F(Queue, ManyThreadsSubmitAndCollect) {
  constexpr std::uint64_t kThreads = 4, kEach = 100;
  const auto queue = start({.threads = 3, .operations = 8});
  std::atomic<std::uint64_t> collected{0}, wrong{0};
  std::mutex mutex;
  std::set<std::uint64_t> tags;
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (std::uint64_t i = 0; i < kEach; ++i) {
        SignStatus status;
        while ((status = queue.submit(*signer_, documented_order(), t * kEach + i)).code == Errc::busy) std::this_thread::yield();
        if (!status.ok()) ++wrong;
      }
    });
  }
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] {
      std::array<Completion, 3> out;
      while (collected < kThreads * kEach) {
        const std::size_t count = queue.collect(out, steady_clock::now() + 20ms);
        for (const Completion& done : std::span(out).first(count)) {
          if (!done.status().ok() || done.signed_request().signature() != test::kDocumentedSignature) ++wrong;
          const std::lock_guard lock(mutex);
          tags.insert(done.tag());
        }
        collected += count;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0U);
  EXPECT_EQ(tags.size(), kThreads * kEach);
}

TEST_F(Queue, ACompletionOutlivesItsQueueAndSigner) {
  std::optional<SigningQueue> queue = start();
  ASSERT_TRUE(queue->submit(*signer_, documented_order(), 7).ok());
  signer_.reset();
  custodian_.reset();
  const auto done = collect_one(*queue);
  queue.reset();
  ASSERT_TRUE(done.status().ok());
  EXPECT_EQ(done.signed_request().signature(), test::kDocumentedSignature);
}

TEST_F(Queue, MayBeDestroyedWithOperationsInFlight) {
  for (int round = 0; round < 20; ++round) {
    const auto queue = start({.threads = 2, .operations = 16});
    for (std::uint64_t tag = 0; tag < 16; ++tag) ASSERT_TRUE(queue.submit(*signer_, documented_order(), tag).ok());
  }
  SignedRequest out;
  EXPECT_TRUE(signer_->sign(documented_order(), out).ok());
}

TEST_F(Queue, RefusesSizesOutOfRange) {
  for (const auto& options : {SigningQueueOptions{.threads = 0}, SigningQueueOptions{.threads = 1025},
                              SigningQueueOptions{.operations = 0}, SigningQueueOptions{.operations = SIZE_MAX},
                              SigningQueueOptions{.request_capacity = 0}, SigningQueueOptions{.request_capacity = SIZE_MAX}}) {
    const auto queue = SigningQueue::start(options);
    ASSERT_FALSE(queue);
    EXPECT_EQ(queue.error().code, Errc::bad_input);
  }
}

TEST_F(Queue, AForkedChildHasNoThreadsAndNeedsNone) {
  std::optional<SigningQueue> queue = start();
  ASSERT_TRUE(queue->submit(*signer_, documented_order(), 1).ok());
  std::optional<Completion> held = collect_one(*queue);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    std::array<Completion, 1> out;
    const bool away = queue->submit(*signer_, documented_order(), 2).code == Errc::device_gone &&
                      queue->collect(out, steady_clock::now() + 1h) == 0;
    held.reset();
    queue.reset();
    ::_exit(away ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

}  // namespace
}  // namespace custos
