#include "hsm/session_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <set>
#include <thread>

#include "hsm/secret_keys.h"
#include "hsm/token_key.h"
#include "mac.h"
#include "support/softhsm_fixture.h"

namespace custos::hsm {
namespace {

using namespace std::chrono_literals;
using test::secret_text;
using test::SoftHsmToken;

constexpr Profile kNarrow{.name = "narrow", .arming = Arming::off, .sessions = 3, .threads_at_once = 3, .keys_in_process = true};
constexpr Profile kSerial{.name = "serial", .arming = Arming::off, .sessions = 8, .threads_at_once = 1, .keys_in_process = true};
constexpr Profile kWide{.name = "wide", .arming = Arming::off, .sessions = 64, .threads_at_once = 64, .keys_in_process = true};

auto in(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }

class SessionPoolTest : public ::testing::Test {
 protected:
  SoftHsmToken token_ = SoftHsmToken::make();
  std::string secret_ = std::string(32, 'k');
  key::KeyTemplate key_{key::KeyId::random(), "pool#1", key::Algorithm::hmac_sha256};
  int pins_asked_ = 0;

  std::shared_ptr<Module> module() {
    auto opened = Module::open({token_.config.module, token_.config.environment, false});
    EXPECT_TRUE(opened) << opened.error().detail;
    return *opened;
  }

  std::shared_ptr<SessionPool> pool(const Profile& profile, std::chrono::milliseconds acquire_timeout = 2s) {
    auto login = std::make_unique<Login>(
        module(), *TokenUri::parse(token_.config.uri),
        [this]() -> Result<SecretBytes> {
          ++pins_asked_;
          return secret_text(token_.pin);
        },
        PinGuard(token_.config.pin_guard));
    auto opened = SessionPool::open(std::move(login), profile, acquire_timeout, std::make_shared<HealthMonitor>("test", nullptr));
    EXPECT_TRUE(opened) << opened.error().detail;
    return *opened;
  }

  void import_key() {
    const auto made = token_.open()->import_key(key_, secret_text(secret_));
    ASSERT_TRUE(made) << made.error().detail;
  }

  std::shared_ptr<TokenKey> signer(const std::shared_ptr<SessionPool>& pool) {
    auto key = TokenKey::prepare(pool, key_.id, key_.algorithm);
    EXPECT_TRUE(key) << key.error().detail;
    return *key;
  }

  [[nodiscard]] Bytes expected(std::string_view message) const {
    return test::openssl_hmac(key_.algorithm, as_bytes(secret_), as_bytes(message));
  }
};

TEST_F(SessionPoolTest, LendsDifferentSessions) {
  const auto all = pool(kNarrow);
  std::array<Session, 3> sessions;
  std::set<CK_SESSION_HANDLE> handles;
  for (Session& session : sessions) {
    ASSERT_TRUE(all->acquire(session, std::nullopt).ok());
    handles.insert(session.handle());
  }
  EXPECT_EQ(handles.size(), 3U);
  EXPECT_EQ(all->counts().open, 4U) << "three lent and the login's";
}

TEST_F(SessionPoolTest, LendsAReturnedSessionAgain) {
  const auto all = pool(kNarrow);
  CK_SESSION_HANDLE first = 0;
  for (int round = 0; round < 4; ++round) {
    Session session;
    ASSERT_TRUE(all->acquire(session, std::nullopt).ok());
    if (round == 0) first = session.handle();
    EXPECT_EQ(session.handle(), first);
  }
  EXPECT_EQ(all->counts().open, 2U);
}

TEST_F(SessionPoolTest, ClosesADiscardedSession) {
  const auto all = pool(kNarrow);
  Session session;
  ASSERT_TRUE(all->acquire(session, std::nullopt).ok());
  const CK_SESSION_HANDLE handle = session.handle();
  session.discard();
  EXPECT_EQ(all->counts().open, 1U);
  CK_SESSION_INFO info{};
  EXPECT_EQ(module()->functions().C_GetSessionInfo(handle, &info), CKR_SESSION_HANDLE_INVALID);
}

TEST_F(SessionPoolTest, AnswersBusyWhenNoSessionComesBackInItsTime) {
  const auto all = pool(kSerial, 50ms);
  Session held;
  ASSERT_TRUE(all->acquire(held, std::nullopt).ok());
  Session wanted;
  EXPECT_EQ(all->acquire(wanted, std::nullopt).code, Errc::busy);
}

TEST_F(SessionPoolTest, AnswersDeadlineExceededWhenTheCallersTimeIsOver) {
  const auto all = pool(kNarrow, 10s);
  std::array<Session, 3> held;
  for (Session& session : held) ASSERT_TRUE(all->acquire(session, std::nullopt).ok());
  Session wanted;
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(all->acquire(wanted, in(50ms)).code, Errc::deadline_exceeded);
  EXPECT_LT(std::chrono::steady_clock::now() - before, 5s);
  EXPECT_EQ(all->acquire(wanted, in(-1ms)).code, Errc::deadline_exceeded) << "a deadline that is already over";
}

TEST_F(SessionPoolTest, GivesAWaiterTheSessionThatComesBack) {
  const auto all = pool(kSerial, 10s);
  Session held;
  ASSERT_TRUE(all->acquire(held, std::nullopt).ok());
  auto waiter = std::async(std::launch::async, [&] {
    Session session;
    return all->acquire(session, std::nullopt);
  });
  std::this_thread::sleep_for(50ms);
  held = Session();
  EXPECT_TRUE(waiter.get().ok());
}

TEST_F(SessionPoolTest, NeverLendsMoreAtOnceThanTheDeviceBears) {
  const auto all = pool(kSerial, 10s);
  std::atomic<int> lent{0};
  std::atomic<int> most{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        Session session;
        if (!all->acquire(session, std::nullopt).ok()) return;
        const int now = ++lent;
        if (now > most) most = now;
        --lent;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(most, 1);
}

TEST_F(SessionPoolTest, SignsRightlyFromManyThreads) {
  import_key();
  const auto all = pool(kWide);
  const auto key = signer(all);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 1000; ++i) {
        const std::string message = "thread " + std::to_string(t) + " message " + std::to_string(i);
        Bytes mac(32);
        if (!key->sign(as_bytes(message), mac, std::nullopt).ok() || mac != expected(message)) ++wrong;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0) << "of 8000";
  EXPECT_LE(all->counts().open, 9U);
}

TEST_F(SessionPoolTest, SharesFewSessionsAmongManyThreads) {
  import_key();
  const auto all = pool(kNarrow, 10s);
  const auto key = signer(all);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        Bytes mac(32);
        if (!key->sign(as_bytes("m"), mac, in(10s)).ok() || mac != expected("m")) ++wrong;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0) << "of 1600";
  EXPECT_LE(all->counts().open, 4U);
}

// The module is one instance for all its users in the process, so that a test can do to the pool's sessions what a device does.

TEST_F(SessionPoolTest, LogsInAnewWhenTheTokenClosedItsSessionsAndChangesTheGeneration) {
  import_key();
  const auto all = pool(kWide);
  const auto key = signer(all);
  const std::uint64_t before = key->generation();
  module()->functions().C_CloseAllSessions(all->token().slot);

  Bytes mac(32);
  const SignStatus lost = key->sign(as_bytes("m"), mac, std::nullopt);
  EXPECT_EQ(lost.code, Errc::device_gone) << "nothing is signed before the key is proved again";
  EXPECT_NE(key->generation(), before);
  EXPECT_TRUE(key->sign(as_bytes("m"), mac, std::nullopt).ok());
  EXPECT_EQ(mac, expected("m"));
  EXPECT_EQ(pins_asked_, 2);
}

TEST_F(SessionPoolTest, LogsInAnewAfterAStrangersLogout) {
  import_key();
  const auto all = pool(kWide);
  const auto key = signer(all);
  const std::uint64_t before = key->generation();
  {
    Session session;
    ASSERT_TRUE(all->acquire(session, std::nullopt).ok());
    ASSERT_EQ(module()->functions().C_Logout(session.handle()), CKR_OK);
  }
  Bytes mac(32);
  EXPECT_EQ(key->sign(as_bytes("m"), mac, std::nullopt).code, Errc::device_gone);
  EXPECT_NE(key->generation(), before);
  EXPECT_TRUE(key->sign(as_bytes("m"), mac, std::nullopt).ok());
  EXPECT_EQ(mac, expected("m"));
}

TEST_F(SessionPoolTest, DoesNotTakeALogoutForADestroyedKey) {
  import_key();
  const auto backend = token_.open();
  const auto opened = module();
  const auto log_out = [&] {
    const auto all = pool(kNarrow);
    Session session;
    ASSERT_TRUE(all->acquire(session, std::nullopt).ok());
    ASSERT_EQ(opened->functions().C_Logout(session.handle()), CKR_OK);
  };
  const auto key = backend->prepare(key_.id, key_.algorithm, 0);
  ASSERT_TRUE(key);
  ASSERT_TRUE(backend->write_object("head", as_bytes("kept")));
  log_out();
  EXPECT_TRUE((*key)->exists(std::nullopt).ok());
  log_out();
  EXPECT_EQ(backend->list()->size(), 1U);
  log_out();
  EXPECT_TRUE(backend->read_object("head")->has_value());
  log_out();
  EXPECT_TRUE(backend->attest(key_.id));
  log_out();
  EXPECT_TRUE(backend->generate({key::KeyId::random(), "after#1", key_.algorithm}));
}

TEST_F(SessionPoolTest, RecoversOnceForManyThreads) {
  import_key();
  const auto all = pool(kWide);
  const auto key = signer(all);
  module()->functions().C_CloseAllSessions(all->token().slot);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      Bytes mac(32);
      for (int i = 0; i < 50; ++i) {
        const SignStatus status = key->sign(as_bytes("m"), mac, std::nullopt);
        if (status.ok() && mac != expected("m")) ++wrong;
        if (!status.ok() && status.code != Errc::device_gone) ++wrong;
      }
      if (!key->sign(as_bytes("m"), mac, std::nullopt).ok()) ++wrong;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(pins_asked_, 2);
}

TEST_F(SessionPoolTest, DoesNotTryThePinThatStoppedWorkingWhileItLogsInAnew) {
  import_key();
  const auto all = pool(kWide);
  const auto key = signer(all);
  token_.pin = "another" + token_.pin;
  module()->functions().C_CloseAllSessions(all->token().slot);
  Bytes mac(32);
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(key->sign(as_bytes("m"), mac, std::nullopt).ok());
  EXPECT_EQ(key->sign(as_bytes("m"), mac, std::nullopt).code, Errc::authentication);
  EXPECT_EQ(pins_asked_, 2) << "one login at open, one after the loss, none by the later signatures";
}

// devices.md 1.4: after a restart of the module by somebody else, handles may mean other keys.
TEST_F(SessionPoolTest, SignsNothingAfterTheModuleWasReset) {
  import_key();
  const auto all = pool(kWide);
  const auto key = signer(all);
  const auto opened = module();
  ASSERT_EQ(opened->functions().C_Finalize(nullptr), CKR_OK);
  Bytes mac(32);
  EXPECT_EQ(key->sign(as_bytes("m"), mac, std::nullopt).code, Errc::integrity);

  CK_C_INITIALIZE_ARGS args{};
  args.flags = CKF_OS_LOCKING_OK;
  ASSERT_EQ(opened->functions().C_Initialize(&args), CKR_OK);
  EXPECT_EQ(key->sign(as_bytes("m"), mac, std::nullopt).code, Errc::integrity);
  EXPECT_EQ(mac, Bytes(32));
  const auto backend = token_.open();
  auto anew = backend->prepare(key_.id, key_.algorithm, 0);
  ASSERT_TRUE(anew) << "opening anew gets another instance of the module";
  EXPECT_TRUE((*anew)->sign(as_bytes("m"), mac, std::nullopt).ok());
  EXPECT_EQ(mac, expected("m"));
}

TEST_F(SessionPoolTest, ASecondKeyWithTheSameIdIsRefusedInWords) {
  import_key();
  const auto all = pool(kWide);
  Session session;
  ASSERT_TRUE(all->acquire(session, std::nullopt).ok());
  ASSERT_TRUE(import_hmac_key(session.module(), session.handle(), kWide, key_, secret_text(std::string(32, 'x'))));
  const auto again = TokenKey::prepare(all, key_.id, key_.algorithm);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::integrity);
  EXPECT_EQ(again.error().native, 0U);
  EXPECT_THAT(again.error().detail, ::testing::HasSubstr("more than one key"));
}

TEST_F(SessionPoolTest, WithoutAnotherInstanceAResetModuleEndsItForGood) {
  const auto all = pool(kWide);
  all->mark_suspect(CKR_OPERATION_NOT_INITIALIZED);
  EXPECT_TRUE(all->suspect());
  Session session;
  const SignStatus status = all->acquire(session, std::nullopt);
  EXPECT_EQ(status.code, Errc::integrity);
  EXPECT_THAT(explain_status(status), ::testing::HasSubstr("open Custos anew"));
  const auto asked = all->ask_again();
  ASSERT_FALSE(asked);
  EXPECT_EQ(asked.error().code, Errc::integrity);
}

}  // namespace
}  // namespace custos::hsm
