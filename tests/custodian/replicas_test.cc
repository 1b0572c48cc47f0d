#include "custodian/replicas.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "key/hmac_secret.h"
#include "key/key_material.h"
#include "software/engine.h"

namespace custos {
namespace {

using namespace std::chrono_literals;

constexpr key::KeyUse kUse = key::Algorithm::hmac_sha256;
constexpr SignStatus kGone{Errc::device_gone, Origin::token, 0x32};
constexpr SignStatus kBusy{Errc::busy, Origin::key, 0};

SecretBytes secret() { return *SecretBytes::copy_of(as_bytes(std::string(32, 's'))); }

class FakeHealth final : public key::DeviceHealth {
 public:
  [[nodiscard]] TokenHealth tell() const override { return {}; }
  using DeviceHealth::set_state;
};

// FakeDevice is a key in a device that does what a test tells it: fail, be late, be another key, sign in a thread.
class FakeDevice final : public key::PreparedKey {
 public:
  FakeDevice() {
    auto context = software::OpenSslContext::open({});
    if (!context) std::abort();
    auto engine = software::make_engine(*context, kUse, secret());
    if (!engine) std::abort();
    engine_ = *std::move(engine);
  }

  using PreparedKey::sign;
  SignStatus sign(ByteView message, std::span<std::uint8_t> out, key::SignCall& call) noexcept override {
    ++asked;
    deadline = call.deadline;
    if (hangs) {
      std::this_thread::sleep_until(call.deadline.value_or(std::chrono::steady_clock::now()));
      return {Errc::deadline_exceeded, Origin::token, 0};
    }
    if (!status.ok()) return status;
    if (takes > 0ms) std::this_thread::sleep_for(takes);
    const SignStatus made = engine_->sign(message, out);
    if (is_another) out[0] ^= 1U;
    return made;
  }

  key::PendingSign* begin_sign(ByteView message, key::SignCall& call, Waker& waker) noexcept override {
    if (!threaded) return nullptr;
    ++begun;
    pending_.begin(*this, message, call, waker);
    if (!holds_back) pending_.finish();
    return &pending_;
  }
  // finish ends what was held back.
  void finish() { pending_.finish(); }
  [[nodiscard]] int abandoned() const { return pending_.abandoned; }

  [[nodiscard]] bool ends_on_time() const noexcept override { return threaded; }
  [[nodiscard]] bool spreads() const noexcept override { return spreading; }
  [[nodiscard]] std::shared_ptr<const key::DeviceHealth> health() const noexcept override { return state; }
  std::size_t rearm(std::size_t most) noexcept override {
    armed += most > 0 ? 1 : 0;
    return most > 0 ? 1 : 0;
  }
  void disarm() noexcept override { armed = 0; }
  [[nodiscard]] std::size_t shelf() const noexcept override { return armed; }
  SignStatus exists(key::Deadline) noexcept override { return status.code == Errc::busy ? SignStatus{} : status; }
  [[nodiscard]] std::uint64_t generation() const noexcept override { return generation_; }
  void close() noexcept override {}
  void new_generation() { ++generation_; }

  SignStatus status;
  std::atomic<int> asked{0}, begun{0};
  std::atomic<bool> hangs{false}, is_another{false}, holds_back{false};
  bool threaded = false, spreading = false;
  std::chrono::milliseconds takes{0};
  key::Deadline deadline;
  std::size_t armed = 0;
  std::shared_ptr<FakeHealth> state = std::make_shared<FakeHealth>();

 private:
  class Pending final : public key::PendingSign {
   public:
    void begin(FakeDevice& device, ByteView message, key::SignCall& call, Waker& waker) {
      device_ = &device, call_ = &call, waker_ = &waker;
      message_.assign(message.begin(), message.end());
      done_ = false;
    }
    void finish() {
      answer_ = device_->sign(message_, mac_, *call_);
      done_ = true;
      waker_->wake();
    }
    [[nodiscard]] bool done() const noexcept override { return done_; }
    SignStatus take(std::span<std::uint8_t> out) noexcept override {
      std::ranges::copy(mac_, out.begin());
      return answer_;
    }
    void abandon() noexcept override { ++abandoned; }
    std::atomic<int> abandoned{0};

   private:
    FakeDevice* device_ = nullptr;
    key::SignCall* call_ = nullptr;
    Waker* waker_ = nullptr;
    Bytes message_;
    std::array<std::uint8_t, 32> mac_{};
    SignStatus answer_;
    std::atomic<bool> done_{false};
  };

  std::unique_ptr<software::Engine> engine_;
  Pending pending_;
  std::atomic<std::uint64_t> generation_{1};
};

class ReplicasTest : public ::testing::Test {
 protected:
  ReplicasTest() {
    view_.key.token = "a";
    view_.key.name = "main";
    view_.key.check_salt.fill(7);
    view_.key.check_value = *key::software_check_value(secret(), kUse.algorithm, view_.key.check_salt);
    for (const char* token : {"a", "b"}) view_.copies.push_back({"", token, "", "device", 0});
  }

  Result<std::shared_ptr<Replicas>> try_open() {
    const KeySource source = [this](const registry::KeyRow&, const registry::CopyRow& copy, key::KeyUse,
                                    std::size_t) -> Result<std::shared_ptr<key::PreparedKey>> {
      const std::size_t i = copy.token == "a" ? 0 : 1;
      ++opened_[i];
      if (!refuses_[i].ok()) return fail(refuses_[i].code, refuses_[i].origin, "not now", refuses_[i].native);
      return std::shared_ptr<key::PreparedKey>(devices_[i]);
    };
    return Replicas::open(source, view_, {.shelf = 4, .hedge_after = hedge_after_, .counts = counts_}, kUse);
  }
  void open() {
    auto opened = try_open();
    ASSERT_TRUE(opened) << opened.error().detail;
    replicas_ = *std::move(opened);
    forget();
  }
  // open_first_faster makes a the copy that is asked first.
  void open_first_faster() {
    b_->takes = 200ms;  // more than a slow machine delays a
    open();
    b_->takes = 0ms;
  }
  void forget() { a_->asked = b_->asked = 0; }

  // sign shows that a signature is the key's.
  SignStatus sign(key::Deadline deadline = {}) {
    std::array<std::uint8_t, 32> mac{};
    call_ = {.deadline = deadline};
    const auto status = replicas_->sign(as_bytes("message"), mac, call_);
    if (status.ok()) {
      EXPECT_EQ(Bytes(mac.begin(), mac.end()), right_mac());
    }
    return status;
  }
  static Bytes right_mac() {
    FakeDevice device;
    Bytes mac(32);
    key::SignCall call;
    EXPECT_TRUE(static_cast<key::PreparedKey&>(device).sign(as_bytes("message"), mac, call).ok());
    return mac;
  }
  static key::Deadline in(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }

  registry::KeyView view_;
  std::array<std::shared_ptr<FakeDevice>, 2> devices_{std::make_shared<FakeDevice>(), std::make_shared<FakeDevice>()};
  std::shared_ptr<FakeDevice> a_ = devices_[0], b_ = devices_[1];
  std::array<SignStatus, 2> refuses_{};
  std::array<int, 2> opened_{};
  std::optional<std::chrono::nanoseconds> hedge_after_;
  std::shared_ptr<ReplicaCounts> counts_ = std::make_shared<ReplicaCounts>();
  std::shared_ptr<Replicas> replicas_;
  key::SignCall call_;
};

TEST_F(ReplicasTest, OneCopyIsAskedAloneWhateverItAnswers) {
  view_.copies.pop_back();
  open();
  ASSERT_TRUE(sign().ok());
  a_->status = kGone;
  EXPECT_EQ(sign().code, Errc::device_gone);
  EXPECT_EQ(counts_->failovers.total(), 0U);
}

TEST_F(ReplicasTest, TheNextCopySignsWhenOneFails) {
  for (const SignStatus& failure :
       {kGone, SignStatus{Errc::authentication, Origin::token, 0xa0}, SignStatus{Errc::system, Origin::token, 2}}) {
    open_first_faster();
    a_->status = failure;
    EXPECT_TRUE(sign().ok());
    EXPECT_EQ(a_->asked, 1);
    EXPECT_TRUE(sign().ok());
    EXPECT_EQ(a_->asked, 1) << "it is left alone for a while";
    a_->status = SignStatus{};
  }
  EXPECT_EQ(counts_->failovers.total(), 3U);
}

TEST_F(ReplicasTest, ABusyCopyIsPassedOverAndAskedAgain) {
  open_first_faster();
  a_->status = kBusy;
  EXPECT_TRUE(sign().ok());
  a_->status = SignStatus{};
  b_->status = kBusy;
  EXPECT_TRUE(sign().ok()) << "having no session armed is no failure of the device";
}

TEST_F(ReplicasTest, AnAnswerOfTheDeviceIsFinal) {
  open_first_faster();
  a_->status = SignStatus{Errc::refused, Origin::token, 0x200};
  EXPECT_EQ(sign().code, Errc::refused);
  EXPECT_EQ(b_->asked, 0);
}

TEST_F(ReplicasTest, OnlyWhenAllAreAwayTheDeviceIsGone) {
  open();
  a_->status = b_->status = kGone;
  EXPECT_EQ(sign().code, Errc::device_gone);
  EXPECT_EQ(a_->asked, 1);
  EXPECT_EQ(b_->asked, 1);
  b_->status = SignStatus{Errc::authentication, Origin::token, 0xa0};
  EXPECT_EQ(sign().code, Errc::authentication) << "that device is there";
}

TEST_F(ReplicasTest, TheHealthOfADeviceIsObeyed) {
  open_first_faster();
  a_->state->set_state(TokenState::down);
  EXPECT_TRUE(sign().ok());
  EXPECT_EQ(a_->asked, 0);
  b_->state->set_state(TokenState::down);
  a_->state->set_state(TokenState::recovering);
  EXPECT_TRUE(sign().ok());
  EXPECT_EQ(a_->asked, 1);
}

TEST_F(ReplicasTest, ACopyThatLostItsHandlesComesAfterAProvedOne) {
  open_first_faster();
  a_->new_generation();
  EXPECT_TRUE(sign().ok());
  EXPECT_EQ(a_->asked, 0);
}

TEST_F(ReplicasTest, ADeviceThatHangsGetsASliceOfTheTime) {
  a_->threaded = b_->threaded = true;
  open_first_faster();
  a_->hangs = true;
  const auto began = std::chrono::steady_clock::now();
  EXPECT_TRUE(sign(in(2000ms)).ok());
  EXPECT_LT(std::chrono::steady_clock::now() - began, 1900ms);
  EXPECT_EQ(counts_->failovers.total(), 1U);
  EXPECT_TRUE(sign(in(2000ms)).ok());
  EXPECT_EQ(a_->asked, 1) << "it has failed by hanging";
  b_->hangs = true;
  EXPECT_EQ(sign(in(20ms)).code, Errc::deadline_exceeded);
}

TEST_F(ReplicasTest, ADeviceThatDoesNotComeBackOnTimeGetsAll) {
  open_first_faster();
  const auto deadline = in(10'000ms);
  EXPECT_TRUE(sign(deadline).ok());
  EXPECT_EQ(a_->deadline, deadline);
}

TEST_F(ReplicasTest, CopiesThatSignMoreTogetherTakeTurns) {
  a_->spreading = b_->spreading = true;
  open();
  int best = 0;
  const auto patience = std::chrono::steady_clock::now() + 30s;
  while (best < 20 && std::chrono::steady_clock::now() < patience) {  // until both are as fast as each other
    ASSERT_TRUE(sign().ok());
    best = std::min<int>(a_->asked, b_->asked);
  }
  EXPECT_GE(best, 20);
}

TEST_F(ReplicasTest, AnotherKeyIsOutUntilItIsProved) {
  open_first_faster();
  a_->is_another = true;
  a_->new_generation();
  b_->new_generation();
  ASSERT_TRUE(sign().ok());
  ASSERT_TRUE(sign().ok());
  b_->status = kGone;
  EXPECT_EQ(sign().code, Errc::integrity);
  a_->is_another = false;
  EXPECT_TRUE(sign().ok());
}

TEST_F(ReplicasTest, AKeyThatIsGoneFromOneCopyStopsAll) {
  open_first_faster();
  a_->status = SignStatus{Errc::not_found, Origin::token, 0};
  EXPECT_EQ(sign().code, Errc::revoked);
  a_->status = SignStatus{};
  EXPECT_EQ(sign().code, Errc::revoked) << "until it is prepared anew";
  EXPECT_EQ(b_->asked, 0);
  EXPECT_EQ(replicas_->rearm(4), 0U);
}

TEST_F(ReplicasTest, OneCopyIsEnoughToOpen) {
  refuses_[0] = kGone;
  open();
  EXPECT_TRUE(sign().ok());
  EXPECT_EQ(devices_[1]->asked, 1);
}

TEST_F(ReplicasTest, WithoutAnyItSaysWhatIsWorst) {
  refuses_ = {kGone, kGone};
  EXPECT_EQ(try_open().error().code, Errc::device_gone);
  refuses_[1] = {Errc::authentication, Origin::token, 0xa0};
  EXPECT_EQ(try_open().error().code, Errc::authentication);
  refuses_ = {SignStatus{}, {Errc::not_found, Origin::token, 0}};
  const auto opened = try_open();
  EXPECT_EQ(opened.error().code, Errc::revoked);
  EXPECT_NE(opened.error().detail.find("custos key withdraw a:main --from b"), std::string::npos) << opened.error().detail;
}

TEST_F(ReplicasTest, ACopyThatWasAwayIsOpenedByRearm) {
  refuses_[0] = kGone;
  open();
  refuses_[0] = SignStatus{};
  const auto patience = std::chrono::steady_clock::now() + 30s;
  while (opened_[0] == 1 && std::chrono::steady_clock::now() < patience) replicas_->rearm(1);
  ASSERT_EQ(opened_[0], 2) << "it waits for its turn";
  EXPECT_EQ(replicas_->rearm(2), 2U) << "both are armed";
  devices_[1]->status = kGone;
  EXPECT_TRUE(sign().ok());
}

TEST_F(ReplicasTest, ACopyThatWasAwayIsOpenedWhenNoOtherSigns) {
  refuses_[0] = kGone;
  open();
  refuses_[0] = SignStatus{};
  devices_[1]->status = kGone;
  const auto patience = std::chrono::steady_clock::now() + 30s;
  while (!sign().ok() && std::chrono::steady_clock::now() < patience) std::this_thread::yield();
  EXPECT_TRUE(sign().ok());
}

TEST_F(ReplicasTest, AFailedCopyIsProvedWhenItsTurnComes) {
  open_first_faster();
  a_->status = kGone;
  ASSERT_TRUE(sign().ok());
  a_->status = SignStatus{};
  forget();
  const auto patience = std::chrono::steady_clock::now() + 30s;
  while (a_->asked == 0 && std::chrono::steady_clock::now() < patience) ASSERT_TRUE(sign().ok());
  b_->status = kGone;
  EXPECT_TRUE(sign().ok());
}

TEST_F(ReplicasTest, DisarmSparesWhatASuccessorSignsWith) {
  open();
  replicas_->rearm(4);
  replicas_->rearm(4);
  EXPECT_EQ(replicas_->shelf(), 4U);
  view_.copies.pop_back();
  auto successor = try_open();
  ASSERT_TRUE(successor);
  replicas_->disarm(successor->get());
  EXPECT_EQ(devices_[0]->armed, 2U);
  EXPECT_EQ(devices_[1]->armed, 0U);
}

// HedgedTest: both devices sign in threads, and a second copy is asked after 20 ms.
class HedgedTest : public ReplicasTest {
 protected:
  HedgedTest() {
    a_->threaded = b_->threaded = true;
    hedge_after_ = 20ms;
  }
};

TEST_F(HedgedTest, ACopyThatIsOnTimeSignsAlone) {
  open_first_faster();
  a_->begun = b_->begun = 0;
  EXPECT_TRUE(sign(in(5000ms)).ok());
  EXPECT_EQ(a_->begun, 1);
  EXPECT_EQ(b_->begun, 0);
  EXPECT_EQ(counts_->hedged.total(), 0U);
}

TEST_F(HedgedTest, ASecondOneSignsWhenTheFirstIsLate) {
  open_first_faster();
  a_->holds_back = true;
  EXPECT_TRUE(sign(in(5000ms)).ok());
  EXPECT_EQ(counts_->hedged.total(), 1U);
  EXPECT_EQ(counts_->failovers.total(), 0U) << "none has failed";
  EXPECT_EQ(a_->abandoned(), 1);
}

TEST_F(HedgedTest, TheFirstMaySignAfterAll) {
  open_first_faster();
  a_->holds_back = b_->holds_back = true;
  b_->begun = 0;
  std::thread device([this] {
    while (b_->begun == 0) std::this_thread::yield();
    a_->finish();
  });
  EXPECT_TRUE(sign(in(5000ms)).ok());
  device.join();
  EXPECT_EQ(counts_->hedged.total(), 1U);
  EXPECT_EQ(b_->abandoned(), 1);
}

TEST_F(HedgedTest, AFirstThatFailsIsFollowedAtOnce) {
  open_first_faster();
  a_->status = kGone;
  EXPECT_TRUE(sign(in(5000ms)).ok());
  EXPECT_EQ(counts_->hedged.total(), 0U);
  EXPECT_EQ(counts_->failovers.total(), 1U);
}

TEST_F(HedgedTest, BothTooLateIsToldOnTime) {
  open_first_faster();
  a_->holds_back = b_->holds_back = true;
  EXPECT_EQ(sign(in(500ms)).code, Errc::deadline_exceeded);
  EXPECT_EQ(a_->abandoned() + b_->abandoned(), 2);
}

TEST_F(HedgedTest, WithoutThreadsItSignsAsEver) {
  a_->threaded = b_->threaded = false;
  open();
  EXPECT_TRUE(sign().ok());
  EXPECT_EQ(counts_->hedged.total(), 0U);
}

TEST(LatencyEstimate, FollowsWhatItObserves) {
  LatencyEstimate estimate;
  EXPECT_EQ(estimate.mean(), 0U);
  estimate.observe(1000);
  EXPECT_EQ(estimate.mean(), 1000U);
  for (int i = 0; i < 100; ++i) estimate.observe(5000);
  EXPECT_NEAR(static_cast<double>(estimate.mean()), 5000, 100);
  EXPECT_LT(estimate.late(), 5500U);
  for (int i = 0; i < 100; ++i) estimate.observe(i % 2 == 0 ? 4000 : 6000);
  EXPECT_GT(estimate.late(), 6000U);
}

}  // namespace
}  // namespace custos
