// Lost, few and late sessions.
#include <p11-kit/pkcs11.h>

#include <cerrno>
#include <exception>
#include <future>
#include <new>
#include <thread>
#include <vector>

#include "faults/faulty_token.h"

namespace custos::test {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

using Sessions = FaultyToken;

TEST_F(Sessions, ASignatureThatMeetsALossFailsAndTheNextIsRight) {
  const auto key = signer();
  expect_signs(*key);
  for (const auto* where : {"C_SignInit", "C_Sign"}) {
    const auto generation = key->generation();
    script(std::string("lose_sessions once before=") + where);
    EXPECT_EQ(sign(*key).code, Errc::device_gone) << where;
    EXPECT_NE(key->generation(), generation) << where << ": the custodian must prove the key again";
    expect_signs(*key);
  }
}

TEST_F(Sessions, AdministrationDoesNotNoticeALoss) {
  const auto key = signer();
  script("lose_sessions once");
  const auto keys = backend_->list();
  ASSERT_TRUE(keys) << keys.error().detail;
  EXPECT_EQ(keys->size(), 1U);
  EXPECT_TRUE(key->exists(std::nullopt).ok());
}

TEST_F(Sessions, ManyThreadsRecoverFromOneLossWithOneLogin) {
  const auto key = signer();
  const auto logins = calls("C_Login");
  script("lose_sessions once before=C_Sign after=20");
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      const auto expected = openssl_hmac(key_.algorithm, as_bytes(secret_), as_bytes("message"));
      for (int n = 0; n < 50; ++n) {
        Bytes mac(32);
        const auto status = key->sign(as_bytes("message"), mac, std::nullopt);
        if (status.ok() ? mac != expected : status.code != Errc::device_gone) ++wrong;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(calls("C_Login"), logins + 1);
  expect_signs(*key);
}

TEST_F(Sessions, TheCapIsLearnedAndThreadsShareWhatThereIs) {
  const auto key = signer();
  script("session_cap 3\nC_Sign delay_ms=100");
  std::vector<std::future<SignStatus>> signing;
  for (int i = 0; i < 8; ++i) signing.push_back(std::async(std::launch::async, [&] { return sign(*key); }));
  for (auto& one : signing) {
    const auto status = one.get();
    EXPECT_TRUE(status.ok()) << to_string(status.code);
  }
  const auto described = backend_->describe();
  ASSERT_TRUE(described) << described.error().detail;
  EXPECT_EQ(described->session_cap, 3U);
  EXPECT_LE(described->sessions_open, 3U);
}

TEST_F(Sessions, ATokenWithoutAnySessionLeftIsBusyNotGone) {
  token_.config.acquire_timeout = 100ms;
  script("session_cap 1");
  const auto backend = token_.open();
  const auto keys = backend->list();
  ASSERT_FALSE(keys);
  EXPECT_EQ(keys.error().code, Errc::busy);
  EXPECT_EQ(keys.error().native, CKR_SESSION_COUNT);
  script("");
  EXPECT_TRUE(backend->list()) << "sessions came back";
}

TEST_F(Sessions, WaitingForASessionEndsAtTheDeadline) {
  const auto key = signer();
  script("session_cap 2\nC_Sign hang count=1");
  auto slow = std::async(std::launch::async, [&] { return sign(*key); });
  fault_.wait_for_a_hang("C_Sign");
  const auto before = steady_clock::now();
  EXPECT_EQ(sign(*key, before + 100ms).code, Errc::deadline_exceeded);
  const auto waited = steady_clock::now() - before;
  EXPECT_GE(waited, 100ms);
  EXPECT_LT(waited, 2s) << "the pool's own time-out is two";
  script("");
  EXPECT_TRUE(slow.get().ok());
}

TEST_F(Sessions, ADeadlineThatIsOverAsksTheTokenNothing) {
  const auto key = signer();
  const auto before = calls("C_SignInit");
  EXPECT_EQ(sign(*key, steady_clock::now() - 1ms).code, Errc::deadline_exceeded);
  EXPECT_EQ(calls("C_SignInit"), before);
}

TEST_F(Sessions, ALostLoginIsMadeAnew) {
  const auto key = signer();
  script("C_SignInit rv=CKR_USER_NOT_LOGGED_IN count=1");
  EXPECT_EQ(sign(*key).code, Errc::device_gone);
  expect_signs(*key);
}

class ThrowingPin : public FaultyToken {
 protected:
  // expect_recovery opens the token with a host's PIN source that throws at every login but the first, until it is mended.
  template <class Exception>
  void expect_recovery(Errc code, Origin origin, std::uint32_t native) {
    signer();
    backend_.reset();
    std::atomic<int> asked{0};
    std::atomic<bool> broken{true};
    const auto backend = hsm::TokenBackend::open(token_.config, [&]() -> Result<SecretBytes> {
      if (asked++ > 0 && broken) throw Exception();
      return secret_text(token_.pin);
    });
    ASSERT_TRUE(backend) << backend.error().detail;
    const auto key = (*backend)->prepare(key_.id, key_.algorithm, 0);
    ASSERT_TRUE(key) << key.error().detail;

    script("lose_sessions once before=C_SignInit");
    EXPECT_EQ(sign(**key).code, Errc::device_gone);
    const auto status = sign(**key);
    EXPECT_EQ(status.code, code);
    EXPECT_EQ(status.origin, origin);
    EXPECT_EQ(status.native, native);
    EXPECT_EQ(asked, 2) << "the PIN's source has a pause after a failure";

    broken = false;
    std::this_thread::sleep_for(1100ms);
    expect_signs(**key);
    EXPECT_EQ(calls("C_OpenSession"), calls("C_CloseSession") + 2) << "the failed logins left no session behind";
  }
};

TEST_F(ThrowingPin, IsAFailedLoginUntilTheNextTry) { expect_recovery<std::exception>(Errc::internal, Origin::token, 0); }

TEST_F(ThrowingPin, OfMemoryIsAFailedLoginUntilTheNextTry) {
  expect_recovery<std::bad_alloc>(Errc::system, Origin::system, ENOMEM);
}

}  // namespace
}  // namespace custos::test
