#include <gmock/gmock.h>
#include <sched.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "support/home_fixture.h"

namespace custos {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

class Rearming : public test::HomeFixture {
 protected:
  static constexpr std::size_t kShelf = 8;

  void SetUp() override {
    HomeFixture::SetUp();
    custodian_ = open();
    add_documented(*custodian_);
    PrepareOptions options;
    options.shelf = kShelf;
    auto signer = custodian_->prepare_request_signer("binance-main", options);
    ASSERT_TRUE(signer) << signer.error().detail;
    signer_ = *std::move(signer);
  }

  static Rearmer start(RearmerOptions options = {}) {
    auto rearmer = Rearmer::start(std::move(options));
    if (!rearmer) {
      ADD_FAILURE() << rearmer.error().detail;
      std::abort();
    }
    return *std::move(rearmer);
  }

  // spend uses up the shelf.
  void spend() {
    SignedRequest out;
    SignOptions options;
    options.no_fallback = true;
    while (signer_->sign(documented_order(), out, options).ok()) EXPECT_EQ(out.signature(), test::kDocumentedSignature);
  }

  bool fills() const {
    const auto patience = steady_clock::now() + 30s;
    while (signer_->stats().shelf < kShelf && steady_clock::now() < patience) std::this_thread::sleep_for(1ms);
    return signer_->stats().shelf == kShelf;
  }

  std::optional<Custodian> custodian_;
  std::optional<RequestSigner> signer_;
};

TEST_F(Rearming, KeepsTheShelfFullWhileAnotherThreadSigns) {
  const auto rearmer = start();
  rearmer.add(*signer_);
  std::thread signing([&] {
    SignedRequest out;
    SignOptions options;
    options.no_fallback = true;
    for (int signatures = 0; signatures < 500;) {
      const auto status = signer_->sign(documented_order(), out, options);
      ASSERT_TRUE(status.ok() || status.code == Errc::busy) << signer_->explain(status, out);
      if (status.ok()) {
        ++signatures;
        EXPECT_EQ(out.signature(), test::kDocumentedSignature);
      } else {
        std::this_thread::yield();
      }
    }
  });
  signing.join();
  EXPECT_TRUE(fills());
  EXPECT_EQ(signer_->stats().armed, 500U);
  EXPECT_EQ(signer_->stats().fallback, 0U);
}

TEST_F(Rearming, FillsTheShelfWithEachIdleStrategy) {
  std::vector<std::unique_ptr<IdleStrategy>> strategies;
  strategies.push_back(std::make_unique<BusySpinIdle>());
  strategies.push_back(std::make_unique<YieldingIdle>());
  strategies.push_back(std::make_unique<SleepingIdle>(2ms));
  strategies.push_back(std::make_unique<BackoffIdle>(BackoffIdle::Limits{1, 1, 1us, 5ms}));
  for (auto& strategy : strategies) {
    spend();
    const auto rearmer = start({.cpu = {}, .idle = std::move(strategy)});
    rearmer.add(*signer_);
    rearmer.add(*signer_);
    EXPECT_TRUE(fills());
  }
}

// Rounds counts the rounds that were ended.
class Rounds final : public IdleStrategy {
 public:
  explicit Rounds(std::atomic<int>& count) : count_(count) {}
  void idle(std::size_t) noexcept override {
    ++count_;
    std::this_thread::sleep_for(1ms);
  }

 private:
  std::atomic<int>& count_;
};

TEST_F(Rearming, EndsForASignerThatIsRemovedAndForAllWhenItStops) {
  std::atomic<int> ended{0};
  const auto wait_for_rounds = [&](int rounds) {
    for (const int so_far = ended; ended < so_far + rounds;) std::this_thread::yield();
  };
  auto rearmer = start({.cpu = {}, .idle = std::make_unique<Rounds>(ended)});
  rearmer.add(*signer_);
  wait_for_rounds(2);
  rearmer.remove(*signer_);
  wait_for_rounds(1);  // the one that it may be in
  spend();
  wait_for_rounds(3);
  EXPECT_EQ(signer_->stats().shelf, 0U);

  rearmer.add(*signer_);
  EXPECT_TRUE(fills());
  rearmer.stop();
  rearmer.stop();
  spend();
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(signer_->stats().shelf, 0U);
  rearmer = start();
  rearmer.add(*signer_);
  EXPECT_TRUE(fills());
}

TEST_F(Rearming, OutlivesItsSignersAndTheirHome) {
  const auto rearmer = start();
  rearmer.add(*signer_);
  spend();
  signer_.reset();
  custodian_.reset();
  std::this_thread::sleep_for(20ms);
}

// Witness tells where its thread runs.
class Witness final : public IdleStrategy {
 public:
  explicit Witness(std::atomic<int>& cpu) : cpu_(cpu) {}
  void idle(std::size_t work) noexcept override {
    if (work == 0) cpu_ = sched_getcpu();
    std::this_thread::sleep_for(1ms);
  }

 private:
  std::atomic<int>& cpu_;
};

TEST_F(Rearming, RunsOnItsCpuWithTheHostsOwnIdleStrategy) {
  const int here = sched_getcpu();
  std::atomic<int> seen{-1};
  const auto rearmer = start({.cpu = here, .idle = std::make_unique<Witness>(seen)});
  const auto patience = steady_clock::now() + 30s;
  while (seen < 0 && steady_clock::now() < patience) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(seen, here);
}

TEST_F(Rearming, RefusesACpuThatIsNotThere) {
  const auto rearmer = Rearmer::start({.cpu = 1000, .idle = {}});
  ASSERT_FALSE(rearmer);
  EXPECT_EQ(rearmer.error().code, Errc::bad_input);
  EXPECT_THAT(rearmer.error().detail, ::testing::HasSubstr("CPU 1000"));
}

}  // namespace
}  // namespace custos
