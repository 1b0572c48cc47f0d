#include "hsm/call_threads.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace custos::hsm {
namespace {

using std::chrono::steady_clock;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

constexpr SignStatus kSaysNothing{Errc::busy, Origin::token, 0};

// Device is the subject of the calls. One that hangs does so until let_go.
class Device {
 public:
  explicit Device(bool hangs) : hangs_(hangs) {}

  void let_go() { go_.set_value(); }
  void wait_for_calls(int wanted) const {
    while (calls < wanted) std::this_thread::yield();
  }

  // work answers the input inverted, and keeps where it was and what it found in its output.
  static SignStatus work(void* subject, ByteView input, std::span<std::uint8_t> out, key::SignCall& call) noexcept {
    auto& mine = *static_cast<Device*>(subject);
    mine.input = input;
    mine.found_in_out.assign(out.begin(), out.end());
    ++mine.calls;
    if (mine.hangs_) mine.gone_.wait();
    std::ranges::transform(input.first(std::min(input.size(), out.size())), out.begin(),
                           [](std::uint8_t byte) { return static_cast<std::uint8_t>(~byte); });
    call.path = key::Path::armed;
    return {};
  }

  std::atomic<int> calls{0};
  ByteView input;
  Bytes found_in_out;

 private:
  const bool hangs_;
  std::promise<void> go_;
  const std::shared_future<void> gone_ = go_.get_future().share();
};

class CallThreadsTest : public ::testing::Test {
 protected:
  void make(std::size_t sessions, HealthSink sink = {}) {
    Profile profile{.name = "test", .sessions = sessions, .threads_at_once = sessions};
    profile.operation_timeout = 2s;
    health_ = std::make_shared<HealthMonitor>("test", std::move(sink));
    calls_ = CallThreads::make(profile, health_);
  }

  static key::Deadline in(std::chrono::milliseconds time) { return steady_clock::now() + time; }

  SignStatus call(const std::shared_ptr<Device>& device, key::Deadline deadline) {
    key::SignCall how{.deadline = deadline};
    out_.assign(32, 0);
    const SignStatus status = calls_->call(device, Device::work, message_, out_, how);
    path_ = how.path;
    return status;
  }

  // hang has a call hang, and abandons it. The thread of a call before may be about to become idle.
  std::shared_ptr<Device> hang() {
    auto device = std::make_shared<Device>(true);
    Waker waker;
    key::SignCall how{.deadline = in(1h)};
    key::PendingSign* pending = nullptr;
    const auto patience = steady_clock::now() + 10s;
    while ((pending = calls_->begin(device, Device::work, message_, 32, how, waker)) == nullptr &&
           steady_clock::now() < patience) {
      std::this_thread::yield();
    }
    if (pending == nullptr) {
      ADD_FAILURE() << "no thread";
      return device;
    }
    device->wait_for_calls(1);
    pending->abandon();
    return device;
  }

  // end lets a device go and waits for the thread to have done with it.
  static void end(std::shared_ptr<Device> device) {
    const std::weak_ptr<Device> gone = device;
    device->let_go();
    device.reset();
    while (!gone.expired()) std::this_thread::yield();
  }

  const Bytes message_ = Bytes(32, 0x0f);
  const std::shared_ptr<Device> quick_ = std::make_shared<Device>(false);
  std::shared_ptr<HealthMonitor> health_;
  std::shared_ptr<CallThreads> calls_;
  Bytes out_;
  key::Path path_{};
};

TEST_F(CallThreadsTest, AnswerWhatTheWorkMade) {
  make(2);
  EXPECT_TRUE(call(quick_, std::nullopt).ok());
  EXPECT_THAT(out_, Each(0xf0));
  EXPECT_EQ(path_, key::Path::armed);
  EXPECT_NE(quick_->input.data(), message_.data()) << "the module reads a copy";
}

TEST_F(CallThreadsTest, DropAndWipeALateResult) {
  make(1);
  auto device = std::make_shared<Device>(true);
  EXPECT_EQ(call(device, in(200ms)).code, Errc::deadline_exceeded);
  EXPECT_EQ(path_, key::Path::none);
  EXPECT_EQ(health_->tell().abandoned, 1U);
  device->wait_for_calls(1);
  const ByteView input = device->input;
  EXPECT_THAT(input, Each(0x0f)) << "the module may still read it";
  end(std::move(device));
  EXPECT_THAT(out_, Each(0)) << "the caller's memory is his own";

  key::SignCall how{.deadline = in(10s)};
  EXPECT_TRUE(calls_->call(quick_, Device::work, {}, out_, how).ok());
  EXPECT_EQ(quick_->found_in_out.size(), 32U);
  EXPECT_THAT(quick_->found_in_out, Each(0)) << "the one thread's slot held the late result";
  EXPECT_THAT(input, Each(0)) << "and its input";
}

TEST_F(CallThreadsTest, TouchNothingOfACallerWhoAbandoned) {
  make(1);
  auto device = std::make_shared<Device>(true);
  auto waker = std::make_unique<Waker>();
  auto how = std::make_unique<key::SignCall>();
  auto* pending = calls_->begin(device, Device::work, message_, 32, *how, *waker);
  ASSERT_NE(pending, nullptr);
  device->wait_for_calls(1);
  EXPECT_FALSE(pending->done());
  pending->abandon();
  waker.reset();  // under AddressSanitizer, a late wake ends the test
  how.reset();
  end(std::move(device));
  EXPECT_TRUE(call(quick_, in(10s)).ok());
}

TEST_F(CallThreadsTest, TakeTheOutcomeOfADoneOneThatIsAbandoned) {
  make(1);
  Waker waker;
  key::SignCall how;
  auto* pending = calls_->begin(quick_, Device::work, message_, 32, how, waker);
  ASSERT_NE(pending, nullptr);
  while (!pending->done()) waker.wait(std::nullopt);
  pending->abandon();
  EXPECT_TRUE(call(quick_, in(10s)).ok());
  EXPECT_THAT(quick_->found_in_out, Each(0));
}

TEST_F(CallThreadsTest, DoWhatIsSubmittedWhereAThreadIsFree) {
  make(1);
  EXPECT_TRUE(calls_->submit(quick_, Device::work));
  quick_->wait_for_calls(1);
  auto device = hang();
  EXPECT_FALSE(calls_->submit(quick_, Device::work));
  end(std::move(device));
  while (!calls_->submit(quick_, Device::work)) std::this_thread::yield();
  quick_->wait_for_calls(2);
}

TEST_F(CallThreadsTest, RunColdWorkAndGiveItsAnswer) {
  make(1);
  const auto caller = std::this_thread::get_id();
  const auto here = calls_->run([&]() -> Result<bool> { return std::this_thread::get_id() == caller; }, 10s);
  ASSERT_TRUE(here);
  EXPECT_FALSE(*here);
  const auto failed = calls_->run([]() -> Result<int> { return fail(Errc::not_found, Origin::token, "no such thing"); }, 10s);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().detail, "no such thing");
  const auto threw = calls_->run([]() -> Result<int> { throw std::bad_alloc(); }, 10s);
  ASSERT_FALSE(threw);
  EXPECT_EQ(threw.error().code, Errc::system);
}

TEST_F(CallThreadsTest, LeaveColdWorkThatIsLateToItself) {
  make(1);
  std::promise<void> go;
  auto ended = std::make_shared<std::promise<int>>();
  auto late = ended->get_future();
  const auto answer = calls_->run(
      [going = go.get_future().share(), ended]() -> Result<int> {
        going.wait();
        ended->set_value(7);
        return 7;
      },
      20ms);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::deadline_exceeded);
  EXPECT_THAT(answer.error().detail, HasSubstr("whether it was done is not known"));
  go.set_value();
  EXPECT_EQ(late.get(), 7);
}

TEST_F(CallThreadsTest, WaitOnForColdWorkThatMayTakeLonger) {
  make(1);
  std::promise<void> go;
  int asked = 0;
  const auto answer = calls_->run(
      [going = go.get_future().share()]() -> Result<int> {
        going.wait();
        return 7;
      },
      20ms,
      [&] {
        if (++asked == 3) go.set_value();
        return true;
      });
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(*answer, 7);
  EXPECT_GE(asked, 3);
}

// EndsIn tells in which thread it ended.
class EndsIn {
 public:
  EndsIn(std::promise<std::thread::id>& where, std::shared_future<void> may) : where_(where), may_(std::move(may)) {}
  ~EndsIn() {
    if (may_.valid()) may_.wait();
    where_.set_value(std::this_thread::get_id());
  }
  EndsIn(const EndsIn&) = delete;
  EndsIn& operator=(const EndsIn&) = delete;

 private:
  std::promise<std::thread::id>& where_;
  const std::shared_future<void> may_;
};

TEST_F(CallThreadsTest, LetGoInAThread) {
  make(1);
  std::promise<std::thread::id> where;
  calls_->let_go(std::make_shared<EndsIn>(where, std::shared_future<void>()));
  auto ended = where.get_future();
  ASSERT_EQ(ended.wait_for(0s), std::future_status::ready) << "it waits";
  EXPECT_NE(ended.get(), std::this_thread::get_id());
}

TEST_F(CallThreadsTest, AreNotKeptByAnEndThatHangs) {
  make(1);
  std::promise<std::thread::id> where;
  std::promise<void> go;
  const auto begun = steady_clock::now();
  calls_->let_go(std::make_shared<EndsIn>(where, go.get_future().share()));
  EXPECT_GE(steady_clock::now() - begun, CallThreads::kLetGo);
  EXPECT_LT(steady_clock::now() - begun, CallThreads::kLetGo + 10s) << "it hangs for good";
  go.set_value();
  where.get_future().wait();
}

TEST_F(CallThreadsTest, LetGoWhenAThreadComesBackWhereAllHang) {
  make(1);
  auto device = hang();
  std::promise<std::thread::id> where;
  auto ended = where.get_future();
  calls_->let_go(std::make_shared<EndsIn>(where, std::shared_future<void>()));
  EXPECT_EQ(ended.wait_for(0s), std::future_status::timeout) << "not on the caller's thread, where it could hang";
  end(std::move(device));
  EXPECT_NE(ended.get(), std::this_thread::get_id());
}

TEST_F(CallThreadsTest, AreBusyWhileTheOnlyOneHangs) {
  make(1);
  auto device = hang();
  EXPECT_EQ(call(quick_, std::nullopt).code, Errc::busy) << "after the operation's timeout";
  EXPECT_EQ(call(quick_, in(20ms)).code, Errc::deadline_exceeded);
  EXPECT_EQ(quick_->calls, 0);
  end(std::move(device));
  EXPECT_TRUE(call(quick_, in(10s)).ok());
}

TEST_F(CallThreadsTest, FailAtOnceWhenAllHangAndComeBackWithTheDevice) {
  make(2);
  auto first = hang(), second = hang();
  EXPECT_EQ(call(quick_, in(20ms)).code, Errc::deadline_exceeded) << "the one a second that may try: no thread is free";
  EXPECT_EQ(to_string(health_->tell().state), "down");
  EXPECT_EQ(to_string(health_->tell().reason), "hanging");
  const auto begun = steady_clock::now();
  EXPECT_EQ(call(quick_, in(10s)).code, Errc::device_gone);
  EXPECT_LT(steady_clock::now() - begun, 2s);
  const auto cold = calls_->run([]() -> Result<int> { return 1; }, 20ms);
  ASSERT_FALSE(cold);
  EXPECT_THAT(cold.error().detail, HasSubstr("calls of the token hang"));
  EXPECT_EQ(quick_->calls, 0);

  end(std::move(first));
  EXPECT_EQ(to_string(health_->tell().state), "healthy") << "one answer shows that the device is back";
  EXPECT_TRUE(call(quick_, in(10s)).ok());
  end(std::move(second));
}

// A host's sink may take what time it likes and ask how the token fares: no lock is held meanwhile.
TEST_F(CallThreadsTest, TellTheHostWithoutALockHeld) {
  std::mutex mutex;
  std::vector<std::string> told;
  make(2, [&](const TokenHealthChange& change) {
    EXPECT_EQ(health_->tell().state, change.after);
    calls_->submit(quick_, [](void*, ByteView, std::span<std::uint8_t>, key::SignCall&) noexcept { return kSaysNothing; });
    const std::lock_guard lock(mutex);
    told.emplace_back(to_string(change.after));
  });
  auto first = hang(), second = hang();
  EXPECT_FALSE(call(quick_, in(20ms)).ok());
  end(std::move(first));
  end(std::move(second));
  const std::lock_guard lock(mutex);
  EXPECT_THAT(told, ElementsAre("down", "healthy"));
}

}  // namespace
}  // namespace custos::hsm
