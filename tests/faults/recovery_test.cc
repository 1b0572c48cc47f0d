// What is done when a token lost its sessions, its login or its module, and who waits for it.
#include <p11-kit/pkcs11.h>

#include <array>
#include <atomic>
#include <future>

#include "custodian/key_proof.h"
#include "custos/log.h"
#include "faults/pooled_token.h"

namespace custos::test {
namespace {

using hsm::Profile;
using hsm::Restart;
using std::chrono::steady_clock;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

auto in(std::chrono::milliseconds time) { return steady_clock::now() + time; }

class Recovery : public PooledToken {
 protected:
  void TearDown() override {
    set_log_sink({});
    pool_.reset();
  }
};

TEST_F(Recovery, ReopensUnderTheLoginThatStands) {
  open_pool(kPlain);
  const auto key = pooled_key();
  const auto logins = calls("C_Login");
  const auto generation = key->generation();
  script("C_SignInit rv=CKR_SESSION_CLOSED count=1");
  EXPECT_EQ(sign(*key).code, Errc::device_gone);
  EXPECT_NE(key->generation(), generation);
  expect_signs(*key);
  EXPECT_EQ(calls("C_Login"), logins);
  EXPECT_EQ(health().recoveries, 1U);
}

TEST_F(Recovery, LogsInWhereReopeningDidNotHelp) {
  open_pool(kPlain);
  const auto key = pooled_key();
  script("idle_expiry ms=3000 until=login");
  expect_signs(*key);
  std::this_thread::sleep_for(3500ms);
  EXPECT_EQ(sign(*key).code, Errc::device_gone);
  const auto patience = in(5s);
  while (!sign(*key).ok() && steady_clock::now() < patience) std::this_thread::yield();
  expect_signs(*key);
  EXPECT_EQ(health().restarts, 0U);
}

// The fault log shows what was called: C_Finalize only where the profile says that it helps.
TEST_F(Recovery, RestartsTheModuleOnlyWhereTheProfileSays) {
  int round = 0;
  for (const auto& [restart, login_fails, restarts] : {std::tuple{Restart::never, false, 0U},
                                                       {Restart::last, false, 0U},
                                                       {Restart::first, false, 1U},
                                                       {Restart::never, true, 0U},
                                                       {Restart::last, true, 1U}}) {
    SCOPED_TRACE(static_cast<int>(restart));
    script("");
    key_ = {key::KeyId::random(), "restart " + std::to_string(round++), key_.algorithm};
    Profile profile = kPlain;
    profile.restart = restart;
    open_pool(profile);
    const auto key = pooled_key();
    const auto finalized = calls("C_Finalize"), initialised = calls("C_Initialize");
    script(login_fails ? "C_SignInit rv=CKR_USER_NOT_LOGGED_IN count=1\nC_Login rv=CKR_DEVICE_REMOVED count=1"
                       : "C_SignInit rv=CKR_SESSION_CLOSED count=1");
    EXPECT_EQ(sign(*key).code, Errc::device_gone);
    EXPECT_EQ(calls("C_Finalize"), finalized + restarts);
    EXPECT_EQ(calls("C_Initialize"), initialised + restarts);
    EXPECT_EQ(health().restarts, restarts);
    if (restart != Restart::never || !login_fails) {
      expect_signs(*key);
    } else {
      EXPECT_EQ(to_string(health().state), "down");
    }
    pool_.reset();
  }
}

TEST_F(Recovery, MovesFromAResetModuleToAFreshInstanceAndLeavesTheOldAlone) {
  open_pool(kPlain);
  const auto key = pooled_key();
  const auto finalized = calls("C_Finalize"), initialised = calls("C_Initialize");
  const auto generation = key->generation();
  script("C_Sign rv=CKR_OPERATION_NOT_INITIALIZED count=1");
  EXPECT_EQ(sign(*key).code, Errc::integrity);
  script("");  // each copy of the scripted module counts for itself
  EXPECT_NE(key->generation(), generation);
  EXPECT_FALSE(pool_->suspect());
  expect_signs(*key);
  EXPECT_EQ(calls("C_Finalize"), finalized) << "a stranger may use it";
  EXPECT_EQ(calls("C_Initialize"), initialised + 1);
}

TEST_F(Recovery, BeginsWithTheThirdFailureThatSaysNothing) {
  open_pool(kPlain);
  const auto key = pooled_key();
  const auto generation = key->generation();
  script("C_Sign rv=CKR_DEVICE_ERROR count=3");
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(sign(*key).code, Errc::device_gone);
    EXPECT_EQ(key->generation(), generation) << "failure " << i;
    EXPECT_EQ(to_string(health().state), "degraded");
  }
  EXPECT_EQ(sign(*key).code, Errc::device_gone);
  EXPECT_NE(key->generation(), generation);
  expect_signs(*key);
  EXPECT_EQ(health().recoveries, 1U);
  EXPECT_EQ(health().failures, 3U);
}

TEST_F(Recovery, SignsOnceMoreWhatTheDeviceThrottled) {
  static constexpr std::array<hsm::CkRv, 1> kThrottled{CKR_OPERATION_ACTIVE};
  Profile profile = kPlain;
  profile.retryable = kThrottled;
  open_pool(profile);
  const auto key = pooled_key();
  const auto generation = key->generation();
  script("C_Sign rv=CKR_OPERATION_ACTIVE count=1");
  expect_signs(*key);
  EXPECT_EQ(to_string(health().state), "degraded");
  EXPECT_TRUE(key->exists(std::nullopt).ok());
  EXPECT_EQ(to_string(health().state), "healthy");
  script("C_Sign rv=CKR_OPERATION_ACTIVE count=2");
  EXPECT_EQ(sign(*key).native, CKR_OPERATION_ACTIVE) << "once";
  EXPECT_EQ(key->generation(), generation);
}

TEST_F(Recovery, HasCallersBackOnTimeWhileTheThreadIsAtWork) {
  open_pool(kPlain, {.threads = true});
  const auto key = pooled_key();
  script("lose_sessions once before=C_SignInit\nC_Login hang");
  const auto begun = steady_clock::now();
  EXPECT_EQ(sign(*key, in(100ms)).code, Errc::device_gone);
  fault_.wait_for_a_hang("C_Login");
  EXPECT_EQ(sign(*key, in(100ms)).code, Errc::deadline_exceeded);
  EXPECT_LT(steady_clock::now() - begun, 2s);
  EXPECT_EQ(to_string(health().state), "recovering");
  auto patient = std::async(std::launch::async, [&] { return sign(*key, in(10s)); });
  script("");
  EXPECT_TRUE(patient.get().ok()) << "a caller with time left goes on";
  expect_signs(*key);
}

// Otherwise every caller would wait his time, and none go to a replica.
TEST_F(Recovery, ThatHangsIsToldAfterASecondAndHealsWhenTheDeviceReturns) {
  int round = 0;
  for (const char* function : {"C_Login", "C_Finalize", "C_Initialize"}) {
    SCOPED_TRACE(function);
    script("");
    changes_.clear();
    key_ = {key::KeyId::random(), "hangs " + std::to_string(round++), key_.algorithm};
    Profile profile = kPlain;
    profile.restart = Restart::first;
    open_pool(profile, {.threads = true});
    const auto key = pooled_key();
    script("C_SignInit rv=CKR_SESSION_CLOSED count=1\n" + std::string(function) + " hang");
    auto begun = steady_clock::now();  // the thread may be inside as soon as the signature has failed
    EXPECT_EQ(sign(*key).code, Errc::device_gone);
    EXPECT_EQ(sign(*key, in(20s)).code, Errc::device_gone) << "with time left";
    EXPECT_GE(steady_clock::now() - begun, 1s);
    EXPECT_LT(steady_clock::now() - begun, 10s);
    EXPECT_EQ(to_string(health().state), "down");
    EXPECT_EQ(to_string(health().reason), "hanging");
    begun = steady_clock::now();
    for (int i = 0; i < 100; ++i) EXPECT_EQ(sign(*key).code, Errc::device_gone);
    EXPECT_LT(steady_clock::now() - begun, 10s) << "nobody waits any more";
    script("");
    expect_state(TokenState::healthy);
    expect_signs(*key);
    EXPECT_THAT(changes(), ElementsAre("degraded sessions_lost", "recovering sessions_lost", "down hanging", "healthy"));
    pool_.reset();
  }
}

// The thread that is to recover hangs in a keep-alive.
TEST_F(Recovery, ThatCannotBeginIsToldAfterASecond) {
  Profile profile = kPlain;
  profile.keep_alive = hsm::KeepAlive::random;
  profile.idle_limit = 1s;
  open_pool(profile, {.threads = true});
  const auto key = pooled_key();
  script("C_GenerateRandom hang\nC_SignInit rv=CKR_SESSION_CLOSED count=1");
  fault_.wait_for_a_hang("C_GenerateRandom");
  EXPECT_EQ(sign(*key).code, Errc::device_gone);
  const auto begun = steady_clock::now();
  EXPECT_EQ(sign(*key, in(20s)).code, Errc::device_gone) << "with time left";
  EXPECT_LT(steady_clock::now() - begun, 10s);
  EXPECT_EQ(to_string(health().reason), "hanging");
  script("");
  expect_state(TokenState::healthy);
  expect_signs(*key);
  EXPECT_EQ(health().recoveries, 1U);
}

TEST_F(Recovery, ThatHungAndFailedSaysAgainForWhatItWasBegun) {
  open_pool(kPlain, {.threads = true});
  const auto key = pooled_key();
  script("lose_sessions once before=C_SignInit\nC_Login rv=CKR_DEVICE_REMOVED delay_ms=2500");
  EXPECT_EQ(sign(*key).code, Errc::device_gone);
  EXPECT_EQ(sign(*key, in(20s)).code, Errc::device_gone);
  EXPECT_EQ(to_string(health().reason), "hanging");
  const auto says_so = [](const TokenHealth& told) {
    return told.failed_recoveries > 0 && told.state == TokenState::down && told.reason == TokenReason::sessions_lost &&
           told.next_try_in > 0ms;
  };
  const auto patience = in(30s);  // before one of the next tries, which hang and fail as well
  while (!says_so(health()) && steady_clock::now() < patience) std::this_thread::yield();
  EXPECT_LT(steady_clock::now(), patience);
}

// A sink that asks the token would wait for ever for a lock that is held while it is told.
TEST_F(Recovery, TellsTheHostWithoutALockHeld) {
  Profile profile = kPlain;
  profile.restart = Restart::never;
  open_pool(profile, {.threads = true});
  const auto key = pooled_key();
  std::atomic<int> asked{0};
  on_change_ = [&asked, weak = std::weak_ptr(pool_)] {
    const auto pool = weak.lock();
    if (pool != nullptr && pool->health().tell().failures > 0 && !pool->token().label.empty()) ++asked;
  };
  script("lose_sessions once before=C_SignInit\nC_Login rv=CKR_DEVICE_REMOVED count=1");
  EXPECT_EQ(sign(*key).code, Errc::device_gone);
  for (const auto patience = in(10s); asked < 5 && steady_clock::now() < patience;) std::this_thread::yield();
  EXPECT_THAT(changes(), ElementsAre("degraded sessions_lost", "recovering sessions_lost", "down sessions_lost",
                                     "recovering sessions_lost", "healthy"));
  EXPECT_EQ(asked, 5);
  expect_signs(*key);
}

TEST_F(Recovery, WaitsForUsersInFlightBeforeItRestarts) {
  Profile profile = kPlain;
  profile.restart = Restart::first;
  open_pool(profile, {.threads = true});
  const auto key = pooled_key();
  script("C_Sign delay_ms=400 count=1");
  auto slow = std::async(std::launch::async, [&] { return sign(*key); });
  while (pool_->counts().open < 2) std::this_thread::yield();
  std::this_thread::sleep_for(50ms);
  hsm::Session session;
  ASSERT_TRUE(pool_->acquire(session, std::nullopt).ok());
  EXPECT_EQ(pool_->note(session, CKR_SESSION_CLOSED), hsm::Step::restart);
  EXPECT_TRUE(slow.get().ok());
  expect_signs(*key);
  EXPECT_EQ(health().restarts, 1U);  // and the log has no VIOLATION finalize: FaultScript
}

// A thread that hangs longer than the drain comes back with a result of the instance that was left behind.
TEST_F(Recovery, DropsTheResultOfAnOldGeneration) {
  Profile profile = kPlain;
  profile.restart = Restart::first;
  open_pool(profile, {.threads = true});
  const auto key = pooled_key();
  registry::KeyView view;
  view.key.check_salt = key::CheckSalt{7};
  view.key.check_value = *computed_check_value(*key, key_.algorithm, view.key.check_salt);
  const auto proof = KeyProof::of(key, key_.algorithm, view);
  ASSERT_TRUE(proof);
  ASSERT_TRUE((*proof)->ensure(std::nullopt).ok());
  script("C_Sign hang count=1");
  const auto signatures = calls("C_Sign");
  Bytes mac(32);
  auto slow = std::async(std::launch::async, [&] {
    key::SignCall call{.deadline = in(20s)};
    return (*proof)->sign(as_bytes("message"), mac, call);
  });
  fault_.wait_for_a_hang("C_Sign");
  hsm::Session session;
  ASSERT_TRUE(pool_->acquire(session, std::nullopt).ok());
  pool_->note(session, CKR_SESSION_CLOSED);
  expect_state(TokenState::healthy);
  EXPECT_EQ(slow.wait_for(0s), std::future_status::timeout) << "it still hangs in the old instance";
  script("");
  EXPECT_TRUE(slow.get().ok());
  EXPECT_EQ(mac, openssl_hmac(key_.algorithm, as_bytes(secret_), as_bytes("message")));
  EXPECT_EQ(calls("C_Sign"), signatures + 3) << "the late one, a proof, and one of the new generation";
}

TEST_F(Recovery, StormsNoTokenThatStaysAway) {
  open_pool(kPlain, {.threads = true});
  const auto key = pooled_key();
  script("lose_sessions once before=C_SignInit\nC_Login rv=CKR_DEVICE_REMOVED");
  const auto logins = calls("C_Login");
  for (const auto end = in(10s); steady_clock::now() < end;) EXPECT_FALSE(sign(*key, in(1s)).ok());
  EXPECT_LE(calls("C_Login"), logins + 12);
  EXPECT_GE(calls("C_Login"), logins + 4) << "it is tried again";
  EXPECT_EQ(to_string(health().state), "down");
  EXPECT_GT(health().next_try_in, 0ms);
}

TEST_F(Recovery, StopsAtAPinThatIsRefused) {
  for (const bool threads : {false, true}) {
    script("");
    key_ = {key::KeyId::random(), threads ? "thread" : "caller", key_.algorithm};
    open_pool(kPlain, {.threads = threads});
    const auto key = pooled_key();
    script("lose_sessions once before=C_SignInit\nC_Login rv=CKR_PIN_INCORRECT");
    const auto logins = calls("C_Login");
    EXPECT_FALSE(sign(*key).ok());
    expect_state(TokenState::down);
    for (const auto end = in(1s); steady_clock::now() < end;) EXPECT_EQ(sign(*key).code, Errc::authentication);
    EXPECT_FALSE(pool_->ask_again()) << "a person may ask again ten seconds later";
    EXPECT_EQ(calls("C_Login"), logins + 1);
    EXPECT_EQ(to_string(health().reason), "pin_refused");
    EXPECT_EQ(health().next_try_in, 0ms);
    pool_.reset();
    std::filesystem::remove(token_.config.pin_guard);
  }
}

TEST_F(Recovery, TellsItsStatesToCallbackAndLog) {
  std::vector<std::string> lines;
  std::mutex mutex;
  open_pool(kPlain);
  const auto key = pooled_key();
  set_log_sink([&](LogLevel, std::string_view line) {
    const std::lock_guard lock(mutex);
    lines.emplace_back(line);
  });
  script("C_SignInit rv=CKR_SESSION_CLOSED count=1");
  EXPECT_FALSE(sign(*key).ok());
  EXPECT_THAT(changes(), ElementsAre("degraded sessions_lost", "recovering sessions_lost", "healthy"));
  EXPECT_THAT(lines, ElementsAre(HasSubstr("token dev: degraded, sessions_lost (CKR_SESSION_CLOSED)"),
                                 HasSubstr("token dev: recovering"), HasSubstr("token dev: healthy")));
}

TEST_F(Recovery, IsMadeNowWhenAPersonAsks) {
  open_pool(kPlain, {.threads = true});
  const auto key = pooled_key();
  script("lose_sessions once before=C_SignInit\nC_Login rv=CKR_DEVICE_REMOVED");
  EXPECT_FALSE(sign(*key).ok());
  TokenHealth told;
  while ((told = health()).failed_recoveries < 5 || told.next_try_in <= 1s) std::this_thread::yield();
  EXPECT_FALSE(sign(*key).ok());  // which waits for the end of that try: it is told before
  const auto begun = steady_clock::now();
  script("");
  const auto asked = pool_->ask_again();
  EXPECT_TRUE(asked) << asked.error().detail;
  EXPECT_LT(steady_clock::now() - begun, told.next_try_in);
  expect_signs(*key);
}

TEST_F(Recovery, OfATokenThatHangsDelaysNoOther) {
  open_pool(kPlain, {.threads = true});
  const auto key = pooled_key();
  FaultScript other_fault;
  other_fault.begin_apart(softhsm_folder(), "other");
  SoftHsmToken other = SoftHsmToken::make();
  other.config.module = FAULT_TOKEN_PATH;
  other.config.init_reserved = other_fault.settings();
  const auto other_pool = pool_of(other, kPlain, {.threads = true});
  script("lose_sessions once before=C_SignInit\nC_Login hang");
  EXPECT_FALSE(sign(*key, in(1s)).ok());
  fault_.wait_for_a_hang("C_Login");
  other_fault.write("C_FindObjectsInit rv=CKR_USER_NOT_LOGGED_IN count=1");
  EXPECT_FALSE(other_pool->keep_alive(in(5s)).ok());
  EXPECT_TRUE(other_pool->keep_alive(in(5s)).ok());
  EXPECT_EQ(other_pool->health().tell().recoveries, 1U);
  EXPECT_EQ(to_string(health().state), "recovering") << "the other one still hangs";
  script("");
  expect_state(TokenState::healthy);
}

TEST_F(Recovery, LeavesAnInstanceThatHangsForAFreshOne) {
  Profile profile = kPlain;
  profile.keep_alive = hsm::KeepAlive::random;
  open_pool(profile, {.threads = true});
  const auto key = pooled_key();
  const auto finalized = calls("C_Finalize");
  script("C_GenerateRandom hang");
  auto hung = std::async(std::launch::async, [&] { return pool_->keep_alive(std::nullopt); });
  fault_.wait_for_a_hang("C_GenerateRandom");
  pool_->note_hanging(1);
  EXPECT_EQ(health().quarantined, 1U);
  pool_->leave_behind(CKR_OK);
  expect_state(TokenState::healthy);
  expect_signs(*key);
  EXPECT_EQ(calls("C_Finalize"), finalized) << "which would hang as well";
  script("");
  static_cast<void>(hung.get());
  pool_->note_hanging(-1);
  EXPECT_EQ(calls("C_Finalize"), finalized + 1) << "the last call that came back lets go of it";
  EXPECT_EQ(health().quarantined, 0U);
}

TEST_F(Recovery, CountsNoHangingSessionAgainstTheProfile) {
  Profile profile = kPlain;
  profile.sessions = 2;
  open_pool(profile);
  std::array<hsm::Session, 2> held;
  for (auto& session : held) ASSERT_TRUE(pool_->acquire(session, std::nullopt).ok());
  hsm::Session another;
  EXPECT_FALSE(pool_->acquire(another, in(50ms)).ok());
  pool_->note_hanging(1);
  EXPECT_TRUE(pool_->acquire(another, in(10s)).ok());
  pool_->note_hanging(-1);
}

// The end of a device that hangs in C_Finalize stops neither its user nor the process's other modules.
TEST_F(Recovery, LetsGoOfADeviceThatHangsInTwoSeconds) {
  Profile profile = kPlain;
  profile.deadlines = hsm::Deadlines::threaded;
  open_pool(profile, {.threads = true});
  script("C_Finalize hang");
  const auto begun = steady_clock::now();
  pool_.reset();
  fault_.wait_for_a_hang("C_Finalize");
  FaultScript other_fault;
  other_fault.begin_apart(softhsm_folder(), "beside");
  SoftHsmToken other = SoftHsmToken::make();
  other.config.module = FAULT_TOKEN_PATH;
  other.config.init_reserved = other_fault.settings();
  EXPECT_TRUE(pool_of(other, kPlain, {})->keep_alive(std::nullopt).ok());
  EXPECT_LT(steady_clock::now() - begun, 20s) << "it hangs for good";
}

}  // namespace
}  // namespace custos::test
