// Devices that hang: calls end on time, what the module still touches is ours, and the token comes back when the device does.
#include "hsm/remote_key.h"

#include <p11-kit/pkcs11.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include "faults/faulty_token.h"

namespace custos::test {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::string_view kHang = "C_Sign hang";
// A shared machine may be late by so much; a call that is not abandoned would be late for good.
constexpr auto kGrace = 5s;
// Of the tests in which a call ends for want of a deadline: what goes before must be done within it.
constexpr auto kShort = 1s;

class RemoteKey : public FaultyToken {
 protected:
  void SetUp() override {
    FaultyToken::SetUp();
    token_.config.threads = true;
    token_.config.deadlines = "threaded";
    token_.config.operation_timeout = 20s;
  }

  static key::Deadline in(std::chrono::milliseconds time) { return steady_clock::now() + time; }
  [[nodiscard]] TokenHealth health() const { return backend_->health()->tell(); }

  // give_up_a_call has a signature hang, as the script must say, and abandons it inside the device.
  void give_up_a_call(key::PreparedKey& key) const {
    Waker waker;
    key::SignCall call{.deadline = in(1h)};
    auto* pending = key.begin_sign(as_bytes("message"), call, waker);
    ASSERT_NE(pending, nullptr);
    fault_.wait_for_a_hang("C_Sign");
    pending->abandon();
  }

  // signs_again waits for the device to be asked again, and to answer.
  bool signs_again(key::PreparedKey& key) const {
    const auto patience = steady_clock::now() + 20s;
    while (steady_clock::now() < patience) {
      if (sign(key, in(100ms)).ok()) return true;
      std::this_thread::yield();
    }
    return false;
  }
  bool nothing_hangs() const {
    const auto patience = steady_clock::now() + 20s;
    while (health().quarantined != 0 && steady_clock::now() < patience) std::this_thread::yield();
    return health().quarantined == 0;
  }
  // expect_healthy waits for the thread that tells it, after its caller has the answer.
  void expect_healthy() const {
    const auto patience = steady_clock::now() + 20s;
    while (health().state != TokenState::healthy && steady_clock::now() < patience) std::this_thread::yield();
    EXPECT_EQ(health().state, TokenState::healthy);
  }
};

TEST_F(RemoteKey, SignsAsTheDeviceDoes) {
  const auto key = signer();
  EXPECT_TRUE(key->ends_on_time());
  expect_signs(*key);
  EXPECT_TRUE(key->exists(in(10s)).ok());
  Bytes mac(32);
  const Bytes large(100'000, 0x5a);  // more than a slot has of its own
  ASSERT_TRUE(key->sign(large, mac, in(10s)).ok());
  EXPECT_EQ(mac, openssl_hmac(key_.algorithm, as_bytes(secret_), large));
}

TEST_F(RemoteKey, IsTheCallersThreadWhereCustosMayStartNone) {
  token_.config.threads = false;
  const auto key = signer();
  EXPECT_FALSE(key->ends_on_time());
  expect_signs(*key);
}

TEST_F(RemoteKey, EndsOnTimeWhenTheDeviceHangs) {
  const auto key = signer();
  expect_signs(*key);
  script(kHang);
  const auto begun = steady_clock::now();
  const auto status = sign(*key, begun + 500ms);  // enough to reach the device
  const auto took = steady_clock::now() - begun;
  EXPECT_EQ(status.code, Errc::deadline_exceeded);
  EXPECT_GE(took, 500ms);
  EXPECT_LT(took, 500ms + kGrace);
  EXPECT_EQ(health().abandoned, 1U);
  EXPECT_EQ(health().quarantined, 1U);
}

TEST_F(RemoteKey, EndsAfterTheOperationTimeoutWithoutADeadline) {
  token_.config.operation_timeout = kShort;
  const auto key = signer();
  script(kHang);
  const auto begun = steady_clock::now();
  EXPECT_EQ(sign(*key).code, Errc::deadline_exceeded);
  EXPECT_GE(steady_clock::now() - begun, kShort);
  EXPECT_LT(steady_clock::now() - begun, kShort + kGrace);
}

TEST_F(RemoteKey, LooksForTheKeyOnTime) {
  const auto key = signer();
  script("C_FindObjectsInit hang");
  const auto begun = steady_clock::now();
  EXPECT_EQ(key->exists(begun + 50ms).code, Errc::deadline_exceeded);
  EXPECT_LT(steady_clock::now() - begun, 50ms + kGrace);
}

TEST_F(RemoteKey, AHundredCallsThatHangAreAllOnTimeAndThePoolIsNotDry) {
  const auto key = signer();
  expect_signs(*key);
  script(kHang);
  constexpr auto kDeadline = 20ms;
  std::vector<microseconds> late;
  std::size_t abandoned = 0, refused = 0;
  for (int call = 0; call < 100; ++call) {
    const auto begun = steady_clock::now();
    const auto status = sign(*key, begun + kDeadline);
    late.push_back(duration_cast<microseconds>(steady_clock::now() - begun - kDeadline));
    ++(status.code == Errc::deadline_exceeded ? abandoned : refused);
    EXPECT_TRUE(status.code == Errc::deadline_exceeded || status.code == Errc::device_gone) << to_string(status.code);
  }
  std::ranges::sort(late);
  std::printf("100 calls into a device that hangs: %zu abandoned, %zu refused at once; late by %lld us (p50), %lld us (worst)\n",
              abandoned, refused, static_cast<long long>(late[50].count()), static_cast<long long>(late.back().count()));
  EXPECT_LT(late.back(), kGrace);
  EXPECT_GT(abandoned, 10U);
  EXPECT_GT(refused, 10U) << "the breaker opened";
  EXPECT_EQ(health().state, TokenState::down);
  EXPECT_EQ(health().reason, TokenReason::hanging);
  script("");
  EXPECT_TRUE(signs_again(*key));
  EXPECT_TRUE(nothing_hangs());
  expect_healthy();
  expect_signs(*key);
}

TEST_F(RemoteKey, AHundredCallersAtOnceAreOnTime) {
  const auto key = signer();
  script(kHang);
  std::atomic<std::int64_t> worst_us{0};
  std::atomic<int> ended{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 100; ++i) {
    threads.emplace_back([&] {
      const auto until = steady_clock::now() + 300ms;
      ended += sign(*key, until).ok() ? 0 : 1;
      const std::int64_t late = duration_cast<microseconds>(steady_clock::now() - until).count();
      for (std::int64_t known = worst_us; late > known && !worst_us.compare_exchange_weak(known, late);) {
      }
    });
  }
  for (auto& thread : threads) thread.join();
  std::printf("100 callers at once: late by %lld us at worst\n", static_cast<long long>(worst_us.load()));
  EXPECT_EQ(ended, 100);
  EXPECT_LT(microseconds(worst_us), kGrace);
  script("");
  EXPECT_TRUE(signs_again(*key));
  EXPECT_TRUE(nothing_hangs());
}

TEST_F(RemoteKey, OneSessionThatHangsDoesNotStopTheOthers) {
  const auto key = signer();
  script("C_Sign hang count=1");
  give_up_a_call(*key);
  const auto later = steady_clock::now() + 1500ms;  // longer than the breaker's patience
  while (steady_clock::now() < later) ASSERT_TRUE(sign(*key, in(10s)).ok());
  EXPECT_EQ(health().quarantined, 1U);
  EXPECT_NE(health().state, TokenState::down);
}

TEST_F(RemoteKey, FailsAtOnceWhenACallHasHungForASecondButForOneTryASecond) {
  const auto key = signer();
  script(kHang);
  give_up_a_call(*key);
  const auto patience = steady_clock::now() + 10s;
  while (sign(*key, in(250ms)).code != Errc::device_gone && steady_clock::now() < patience) {
  }
  ASSERT_LT(steady_clock::now(), patience);
  const auto begun = steady_clock::now();
  const auto before = health().abandoned;
  int calls = 0;
  while (steady_clock::now() < begun + 2s) {
    EXPECT_FALSE(sign(*key, in(10ms)).ok());
    ++calls;
  }
  EXPECT_GE(health().abandoned, before + 1);
  EXPECT_LE(health().abandoned, before + 3);
  EXPECT_GT(calls, 100) << "the others do not wait";
}

// Nobody gave up: the caller has time.
TEST_F(RemoteKey, FailsAtOnceWhenTheDeviceAnsweredNobodyForTwoSeconds) {
  const auto key = signer();
  script(kHang);
  const auto begun = steady_clock::now();
  auto patient = std::async(std::launch::async, [&] { return sign(*key, in(20s)); });
  fault_.wait_for_a_hang("C_Sign");
  while (health().state != TokenState::down && steady_clock::now() < begun + 10s) key->rearm(0);  // which asks the device nothing
  EXPECT_GE(steady_clock::now() - begun, 2s);
  EXPECT_EQ(health().reason, TokenReason::hanging);
  EXPECT_EQ(health().abandoned, 0U);
  const auto patience = steady_clock::now() + 10s;
  while (sign(*key, in(20ms)).code != Errc::device_gone && steady_clock::now() < patience) {  // but for one try a second
  }
  EXPECT_LT(steady_clock::now(), patience);
  script("");
  EXPECT_TRUE(patient.get().ok());
  expect_healthy();
  expect_signs(*key);
}

// d1.13: a module's lock may be held by the call that hangs; only another copy of the library then helps.
TEST_F(RemoteKey, AnInstanceThatHangsForTenSecondsIsLeftForAFreshOne) {
  const auto key = signer();
  script(kHang);
  const auto started = calls("C_Initialize");
  const auto generation = key->generation();
  const auto patience = steady_clock::now() + 30s;
  while (key->generation() == generation && steady_clock::now() < patience) EXPECT_FALSE(sign(*key, in(20ms)).ok());
  EXPECT_NE(key->generation(), generation) << "nothing of the old instance passes for one of the new";
  while (calls("C_Initialize") == started && steady_clock::now() < patience) std::this_thread::yield();
  EXPECT_EQ(calls("C_Initialize"), started + 1);
  EXPECT_EQ(calls("C_Finalize"), 0U) << "in the old one nothing is closed";
  script("");
  EXPECT_TRUE(signs_again(*key));
  EXPECT_TRUE(nothing_hangs());
  expect_signs(*key);
}

TEST_F(RemoteKey, TheCallersMemoryIsHisOwnOnceTheCallReturned) {
  const auto key = signer();
  script(kHang);
  for (const std::size_t size : {std::size_t{40}, std::size_t{100'000}}) {
    auto message = std::make_unique<Bytes>(size, 0x41);
    auto mac = std::make_unique<Bytes>(32);
    EXPECT_EQ(key->sign(*message, *mac, in(20ms)).code, Errc::deadline_exceeded);
    message.reset();  // under AddressSanitizer, what the module reads or writes of it now ends the test
    mac.reset();
  }
  script("");
  EXPECT_TRUE(nothing_hangs());
  EXPECT_TRUE(signs_again(*key));
}

TEST_F(RemoteKey, ManyCallersAtOnceAreAllServed) {
  const auto key = signer();
  script("C_Sign delay_ms=1");
  std::atomic<int> signed_ones{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 100; ++i) {
    threads.emplace_back([&] { signed_ones += sign(*key, in(20s)).ok() ? 1 : 0; });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(signed_ones, 100);
}

TEST_F(RemoteKey, WaitsForASessionInTimeWhereTheDeviceHasOne) {
  token_.config.profile = "yubihsm2";  // one thread at a time
  const auto key = [&] {
    backend_ = token_.open();
    key_.algorithm = key::Algorithm::ecdsa_p256;
    EXPECT_TRUE(backend_->generate(key_));
    return *backend_->prepare(key_.id, key_.algorithm, 0);
  }();
  script("C_Sign hang count=1");
  std::array<std::uint8_t, 64> signature{};
  give_up_a_call(*key);
  const auto status = key->sign(as_bytes("m"), signature, in(6400ms));  // of which its thread has 400 ms less
  EXPECT_EQ(status.code, Errc::deadline_exceeded) << "no second thread enters the module";
  EXPECT_EQ(health().abandoned, 0U) << "it met no device, and is back in time";
  script("");
  EXPECT_TRUE(nothing_hangs());
  EXPECT_TRUE(key->sign(as_bytes("m"), signature, in(10s)).ok());
}

TEST_F(RemoteKey, ArmsItsSessionsWithoutMakingTheCallerWait) {
  backend_ = token_.open();
  ASSERT_TRUE(backend_->import_key(key_, secret_text(secret_)));
  const auto key = *backend_->prepare(key_.id, key_.algorithm, 4);
  const auto patience = steady_clock::now() + 10s;
  while (key->shelf() < 4 && steady_clock::now() < patience) EXPECT_EQ(key->rearm(4), 0U);
  ASSERT_EQ(key->shelf(), 4U);
  script("C_SignInit hang");  // before the first signature: a rearm that was asked for above may still be under way
  key::SignCall call{.deadline = in(10s), .no_fallback = true};
  Bytes mac(32);
  ASSERT_TRUE(key->sign(as_bytes("m"), mac, call).ok());
  EXPECT_EQ(call.path, key::Path::armed);
  EXPECT_EQ(mac, openssl_hmac(key_.algorithm, as_bytes(secret_), as_bytes("m")));

  key->rearm(1);
  while (fault_.hangs("C_SignInit") == 0) key->rearm(0);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(sign(*key, in(10s)).ok()) << "the armed ones go on";
    key->rearm(1);
  }
  EXPECT_EQ(key->shelf(), 0U);
  script("");
  for (const auto until = steady_clock::now() + 10s; key->shelf() < 4 && steady_clock::now() < until;) key->rearm(0);
  EXPECT_EQ(key->shelf(), 4U) << "what was asked for meanwhile is made";
  key->disarm();
  EXPECT_TRUE(signs_again(*key));
}

TEST_F(RemoteKey, BeginsASignatureAndIsWokenWhenItIsThere) {
  const auto key = signer();
  Waker waker;
  key::SignCall call{.deadline = in(10s)};
  auto* pending = key->begin_sign(as_bytes("m"), call, waker);
  ASSERT_NE(pending, nullptr);
  while (!pending->done()) ASSERT_TRUE(waker.wait(in(10s)));
  Bytes mac(32);
  EXPECT_TRUE(pending->take(mac).ok());
  EXPECT_EQ(call.path, key::Path::fallback);
  EXPECT_EQ(mac, openssl_hmac(key_.algorithm, as_bytes(secret_), as_bytes("m")));

  script(kHang);
  {
    Waker short_lived;
    key::SignCall of_this_block{.deadline = in(5s)};
    auto* hangs = key->begin_sign(as_bytes("m"), of_this_block, short_lived);
    ASSERT_NE(hangs, nullptr);
    EXPECT_FALSE(short_lived.wait(in(20ms)));
    hangs->abandon();
  }
  script("");
  EXPECT_TRUE(nothing_hangs());
  EXPECT_TRUE(signs_again(*key));
}

TEST_F(RemoteKey, AdministrationEndsOnTimeToo) {
  token_.config.operation_timeout = kShort;
  const auto key = signer();
  script("C_FindObjectsInit hang");
  const auto begun = steady_clock::now();
  const auto listed = backend_->list();
  ASSERT_FALSE(listed);
  EXPECT_EQ(listed.error().code, Errc::deadline_exceeded) << listed.error().detail;
  EXPECT_LT(steady_clock::now() - begun, kShort + kGrace);
}

TEST_F(RemoteKey, ALoginThatHangsEndsOnTimeAndLeavesThePinAlone) {
  token_.config.operation_timeout = kShort;
  script("C_Login hang");
  const auto begun = steady_clock::now();
  {
    int asked = 0;  // gone when the login goes on
    const auto opened = hsm::TokenBackend::open(token_.config, [&]() -> Result<SecretBytes> {
      ++asked;
      return secret_text(token_.pin);
    });
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::deadline_exceeded) << opened.error().detail;
    EXPECT_EQ(asked, 1);
  }
  EXPECT_LT(steady_clock::now() - begun, kShort + kGrace);
  script("");
  backend_ = token_.open();
  EXPECT_TRUE(backend_->list());
}

TEST_F(RemoteKey, ALoginThatHangsKeepsNoOtherTokenOfTheHomeWaiting) {
  token_.config.profile = "p11-kit-client";  // known to hang
  token_.config.operation_timeout = kShort;
  SoftHsmToken other = SoftHsmToken::make();
  other.config.pin_guard = token_.config.pin_guard;
  script("C_Login hang");
  auto opened =
      std::async(std::launch::async, [&] { return hsm::TokenBackend::open(token_.config, token_.provider()).has_value(); });
  fault_.wait_for_a_hang("C_Login");
  const auto begun = steady_clock::now();
  EXPECT_TRUE(other.open()->list());
  EXPECT_LT(steady_clock::now() - begun, 5s);
  EXPECT_FALSE(opened.get());
}

TEST_F(RemoteKey, AModuleThatHangsWhileItStartsIsGivenUpOnTime) {
  token_.config.profile = "softhsm2";
  token_.config.operation_timeout = kShort;
  script("C_Initialize hang");
  const auto begun = steady_clock::now();
  const auto opened = try_open(token_.pin);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::deadline_exceeded) << opened.error().detail;
  EXPECT_LT(steady_clock::now() - begun, kShort + kGrace);
}

TEST_F(RemoteKey, APersonMayTakeLongerToTypeThePinThanADeviceToAnswer) {
  token_.config.operation_timeout = kShort;
  const auto opened = hsm::TokenBackend::open(token_.config, [&]() -> Result<SecretBytes> {
    std::this_thread::sleep_for(2 * kShort);  // the person
    return secret_text(token_.pin);
  });
  EXPECT_TRUE(opened) << opened.error().detail;
}

TEST_F(RemoteKey, IsLetGoOnTimeWhileTheDeviceHangs) {
  auto key = signer();
  script("C_Sign hang\nC_CloseSession hang");
  give_up_a_call(*key);
  const auto begun = steady_clock::now();
  key.reset();
  backend_.reset();
  EXPECT_LT(steady_clock::now() - begun, 15s);  // of which the sessions, the key and the token may take two each
}

}  // namespace
}  // namespace custos::test
