// Sessions armed ahead: what the module is asked, and when.
#include <p11-kit/pkcs11.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

#include "faults/faulty_token.h"

namespace custos::test {
namespace {

using key::Path;

class Arming : public FaultyToken {
 protected:
  // armed_signer prepares the key with a shelf and fills it.
  std::shared_ptr<key::PreparedKey> armed_signer(std::size_t shelf) {
    auto first = signer();
    auto key = backend_->prepare(key_.id, key_.algorithm, shelf);
    EXPECT_TRUE(key) << key.error().detail;
    EXPECT_EQ((*key)->rearm(shelf), shelf);
    EXPECT_EQ((*key)->shelf(), shelf);
    return *key;
  }

  struct Outcome {
    SignStatus status;
    Path path = Path::none;
    bool right = false;
  };
  Outcome sign_once(key::PreparedKey& key, bool no_fallback = false) const {
    const std::string message = "message " + std::to_string(++messages_);
    Bytes mac(32);
    key::SignCall call{.no_fallback = no_fallback};
    Outcome outcome;
    outcome.status = key.sign(as_bytes(message), mac, call);
    outcome.path = call.path;
    outcome.right = mac == openssl_hmac(key_.algorithm, as_bytes(secret_), as_bytes(message));
    EXPECT_EQ(outcome.status.ok(), outcome.right) << to_string(outcome.status.code) << " 0x" << std::hex << outcome.status.native;
    return outcome;
  }

  // lines gives the log's calls of the functions named, in order.
  [[nodiscard]] std::vector<std::string> lines(const std::vector<std::string>& functions) const {
    std::ifstream file(fault_.log());
    std::vector<std::string> found;
    for (std::string line; std::getline(file, line);) {
      const auto name = line.substr(0, line.find(' '));
      if (std::ranges::find(functions, name) != functions.end()) found.push_back(name);
    }
    return found;
  }

 private:
  mutable std::atomic<int> messages_{0};
};

TEST_F(Arming, SignsWithCSignAlone) {
  const auto key = armed_signer(3);
  const auto begun = calls("C_SignInit");
  const auto all = calls("");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(sign_once(*key).path, Path::armed);
  EXPECT_EQ(calls("C_SignInit"), begun);
  EXPECT_EQ(calls(""), all + 3) << "nothing but C_Sign";
  EXPECT_EQ(key->shelf(), 0U);
}

TEST_F(Arming, FallsBackAtOnceWhenTheShelfIsEmpty) {
  const auto key = armed_signer(1);
  EXPECT_EQ(sign_once(*key).path, Path::armed);
  EXPECT_EQ(sign_once(*key).path, Path::fallback);
  EXPECT_EQ(key->rearm(8), 1U);
  EXPECT_EQ(key->rearm(8), 0U) << "the shelf is full";
  EXPECT_EQ(sign_once(*key).path, Path::armed);
}

TEST_F(Arming, AnswersBusyWhenAskedNotToFallBack) {
  const auto key = armed_signer(1);
  EXPECT_TRUE(sign_once(*key, true).status.ok());
  const auto asked = calls("");
  const auto outcome = sign_once(*key, true);
  EXPECT_EQ(outcome.status.code, Errc::busy);
  EXPECT_EQ(outcome.path, Path::none);
  EXPECT_EQ(calls(""), asked) << "the module was not asked";
}

TEST_F(Arming, RearmsNoMoreThanItIsAllowed) {
  const auto key = armed_signer(4);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(sign_once(*key).status.ok());
  EXPECT_EQ(key->rearm(1), 1U);
  EXPECT_EQ(key->shelf(), 1U);
  EXPECT_EQ(key->rearm(2), 2U);
  EXPECT_EQ(key->shelf(), 3U);
}

TEST_F(Arming, ArmsOnOneCopyWhoseSessionItHolds) {
  const auto before = calls("C_CopyObject");
  const auto key = armed_signer(4);
  EXPECT_EQ(calls("C_CopyObject"), before + 1);
  const auto closed = calls("C_CloseSession");
  const auto open = calls("C_OpenSession");
  EXPECT_GE(open - closed, 4U + 1U + 1U) << "armed ones, the copy's owner and the login's";
  key->disarm();
  EXPECT_EQ(calls("C_CloseSession"), closed + 4 + 1) << "the armed ones and the copy's owner";
}

TEST_F(Arming, ARefusedCopyArmsOnTheKeyItself) {
  script("C_CopyObject rv=CKR_FUNCTION_NOT_SUPPORTED");
  const auto key = armed_signer(2);
  EXPECT_EQ(sign_once(*key).path, Path::armed);
}

TEST_F(Arming, IsOffWhereTheConfigurationSaysSo) {
  token_.config.arming = "off";
  const auto first = signer();
  const auto key = *backend_->prepare(key_.id, key_.algorithm, 4);
  EXPECT_EQ(key->rearm(4), 0U);
  EXPECT_EQ(sign_once(*key).path, Path::fallback);
  EXPECT_EQ(calls("C_CopyObject"), 0U);
}

TEST_F(Arming, ArmsOnTheKeyWhereTheConfigurationSaysSo) {
  token_.config.arming = "key";
  const auto key = armed_signer(2);
  EXPECT_EQ(sign_once(*key).path, Path::armed);
  EXPECT_EQ(calls("C_CopyObject"), 0U);
}

TEST_F(Arming, RefusesAnArmingThatItDoesNotKnow) {
  token_.config.arming = "always";
  const auto opened = try_open(token_.pin);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::bad_input);
}

TEST_F(Arming, IsRefusedForADeviceThatBearsOneThread) {
  token_.config.profile = "generic";
  token_.config.arming = "key";
  const auto opened = try_open(token_.pin);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::bad_input);
  token_.config.arming.clear();
  const auto first = signer();
  EXPECT_EQ((*backend_->prepare(key_.id, key_.algorithm, 4))->rearm(4), 0U);
}

TEST_F(Arming, SignersOfOneKeyShareItsShelf) {
  const auto key = armed_signer(2);
  const auto again = *backend_->prepare(key_.id, key_.algorithm, 5);
  EXPECT_EQ(again, key);
  EXPECT_EQ(again->rearm(8), 3U) << "the largest shelf counts";
}

TEST_F(Arming, DestroyingTheKeyClosesItsSessionsFirst) {
  const auto key = armed_signer(3);
  const auto before = lines({"C_CloseSession", "C_DestroyObject"}).size();
  ASSERT_TRUE(backend_->destroy(key_.id));
  auto order = lines({"C_CloseSession", "C_DestroyObject"});
  order.erase(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(before));
  ASSERT_EQ(order.size(), 5U);
  EXPECT_EQ(order.back(), "C_DestroyObject");
  EXPECT_EQ(std::ranges::count(order, "C_CloseSession"), 4) << "three armed ones and the copy's owner";
  EXPECT_EQ(sign_once(*key).status.code, Errc::revoked);
  EXPECT_EQ(key->rearm(3), 0U);
}

TEST_F(Arming, AKeyThatAStrangerDestroyedIsDisarmedWhenThatIsSeen) {
  const auto key = armed_signer(3);
  ASSERT_TRUE((*try_open(token_.pin))->destroy(key_.id)) << "another user of the token";
  EXPECT_TRUE(sign_once(*key).status.ok()) << "an armed session outlives its key: devices.md 1.21";
  EXPECT_EQ(key->exists(std::nullopt).code, Errc::not_found);
  EXPECT_EQ(key->shelf(), 0U);
  EXPECT_EQ(sign_once(*key).status.code, Errc::not_found);
  EXPECT_EQ(key->rearm(3), 0U);
}

// A key that a stranger put in the place of ours, under its CKA_ID, must be proved like one of a new login.
TEST_F(Arming, AnotherKeyUnderItsIdIsANewGeneration) {
  const auto key = armed_signer(2);
  for (const bool asks : {false, true}) {
    const auto generation = key->generation();
    const auto stranger = *try_open(token_.pin);
    ASSERT_TRUE(stranger->destroy(key_.id));
    ASSERT_TRUE(stranger->import_key(key_, secret_text(std::string(32, asks ? 'x' : 'y'))));
    EXPECT_EQ(key->generation(), generation) << "not seen yet";
    if (asks) {
      EXPECT_TRUE(key->exists(std::nullopt).ok());
    } else {
      ASSERT_TRUE(backend_->prepare(key_.id, key_.algorithm, 0));
    }
    EXPECT_NE(key->generation(), generation);
    EXPECT_EQ(key->shelf(), 0U);
  }
}

TEST_F(Arming, PreparationsAtOnceShareOneKey) {
  const auto first = signer();
  const auto rival = token_.open();  // whose keys nobody has prepared
  for (int round = 0; round < 10; ++round) {
    std::vector<std::shared_ptr<key::PreparedKey>> prepared(4);
    std::vector<std::thread> threads;
    for (auto& one : prepared) {
      threads.emplace_back([&] { one = *rival->prepare(key_.id, key_.algorithm, 2); });
    }
    for (auto& thread : threads) thread.join();
    for (const auto& one : prepared) EXPECT_EQ(one, prepared.front());
  }
}

TEST_F(Arming, RearmEndsWhileOthersSpend) {
  const auto key = armed_signer(2);
  std::atomic<bool> stop{false};
  std::thread spender([&] {
    while (!stop) sign_once(*key);
  });
  for (int i = 0; i < 20; ++i) EXPECT_LE(key->rearm(SIZE_MAX), 2U);
  stop = true;
  spender.join();
}

TEST_F(Arming, ANewLoginEmptiesTheShelf) {
  const auto key = armed_signer(3);
  const auto generation = key->generation();
  script("lose_sessions once before=C_Sign");
  EXPECT_EQ(sign_once(*key).status.code, Errc::device_gone);
  EXPECT_NE(key->generation(), generation);
  EXPECT_EQ(key->shelf(), 0U);
  EXPECT_EQ(sign_once(*key).path, Path::fallback);
  EXPECT_EQ(key->rearm(3), 3U);
  EXPECT_EQ(sign_once(*key).path, Path::armed);
}

TEST_F(Arming, AnArmedOperationThatVanishedMakesTheModuleSuspect) {
  const auto key = armed_signer(3);
  script("C_Sign rv=CKR_OPERATION_NOT_INITIALIZED count=1");
  EXPECT_FALSE(sign_once(*key).status.ok());
  const auto next = sign_once(*key);
  EXPECT_EQ(next.status.code, Errc::integrity) << "somebody reset the module: devices.md 1.4";
  EXPECT_EQ(key->rearm(3), 0U);
}

TEST_F(Arming, ADeviceErrorCostsOneSession) {
  const auto key = armed_signer(3);
  script("C_Sign rv=CKR_DEVICE_ERROR count=1");
  EXPECT_EQ(sign_once(*key).status.code, Errc::device_gone);
  EXPECT_EQ(key->shelf(), 2U);
  EXPECT_EQ(sign_once(*key).path, Path::armed);
  EXPECT_EQ(key->rearm(8), 2U);
}

TEST_F(Arming, AFailedSignInitLeavesTheRestUsable) {
  const auto key = armed_signer(3);
  EXPECT_TRUE(sign_once(*key).status.ok());
  script("C_SignInit rv=CKR_DEVICE_ERROR count=1");
  EXPECT_EQ(key->rearm(1), 0U);
  EXPECT_EQ(key->shelf(), 2U);
  EXPECT_EQ(key->rearm(1), 1U);
}

TEST_F(Arming, AForkedChildTouchesNoneOfIt) {
  const auto key = armed_signer(2);
  const auto before = calls("");
  const pid_t child = fork();
  if (child == 0) {
    Bytes mac(32);
    key::SignCall call;
    const bool away = key->sign(as_bytes("a"), mac, call).code == Errc::device_gone && key->rearm(2) == 0;
    key->disarm();
    _exit(away ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(calls(""), before) << "the child called the module";
  EXPECT_EQ(sign_once(*key).path, Path::armed) << "the parent signs on";
}

// 100 keys and 16 sessions: every key signs, the sessions stay with who uses them, and administration still gets one.
TEST_F(Arming, AHundredKeysShareSixteenSessions) {
  script("session_cap 16");
  backend_ = token_.open();
  struct Prepared {
    key::KeyTemplate name;
    std::string secret;
    std::shared_ptr<key::PreparedKey> key;
  };
  std::vector<Prepared> keys;
  for (int i = 0; i < 100; ++i) {
    keys.push_back({{key::KeyId::random(), "key" + std::to_string(i) + "#1", key_.algorithm}, random_hex(16), nullptr});
    auto& made = keys.back();
    ASSERT_TRUE(backend_->import_key(made.name, secret_text(made.secret)));
    auto prepared = backend_->prepare(made.name.id, made.name.algorithm, 4);
    ASSERT_TRUE(prepared) << prepared.error().detail;
    made.key = *prepared;
    made.key->rearm(4);
  }
  const auto sign_with = [](Prepared& one) {
    Bytes mac(32);
    key::SignCall call;
    const auto status = one.key->sign(as_bytes("message"), mac, call);
    EXPECT_TRUE(status.ok()) << to_string(status.code) << " 0x" << std::hex << status.native;
    EXPECT_EQ(mac, openssl_hmac(one.name.algorithm, as_bytes(one.secret), as_bytes("message")));
    one.key->rearm(1);
    return call.path;
  };
  for (int round = 0; round < 2; ++round) {
    for (auto& one : keys) sign_with(one);
  }
  Prepared& hot = keys.back();  // used again and again: it gets the sessions of those that are not
  for (int i = 0; i < 20; ++i) sign_with(hot);
  int armed = 0;
  for (int i = 0; i < 20; ++i) armed += sign_with(hot) == Path::armed ? 1 : 0;
  EXPECT_EQ(armed, 20);

  const auto described = backend_->describe();
  ASSERT_TRUE(described) << described.error().detail;
  EXPECT_LE(described->sessions_open, 16U);
  EXPECT_EQ(described->session_cap, 16U);
}

TEST_F(Arming, AdministrationGetsASessionWhenAllAreArmed) {
  script("session_cap 4");  // the login's and three
  token_.config.acquire_timeout = std::chrono::milliseconds(500);
  const auto first = signer();
  const auto key = *backend_->prepare(key_.id, key_.algorithm, 8);
  key->rearm(8);
  ASSERT_TRUE(backend_->list()) << "a reserve is kept, or a shelf gives up";
  EXPECT_TRUE(sign_once(*key).status.ok());
}

// Threads sign and re-arm while the sessions are lost again and again. No answer is ever wrong.
TEST_F(Arming, ThreadsSignRightThroughLossesAndClosures) {
  const auto key = armed_signer(8);
  std::atomic<bool> stop{false};
  std::atomic<int> armed{0}, failed{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      while (!stop) {
        const auto outcome = sign_once(*key);
        outcome.status.ok() ? armed += outcome.path == Path::armed : ++failed;
        if (i % 2 == 0) key->rearm(2);
      }
    });
  }
  for (int i = 0; i < 10; ++i) {
    const int so_far = armed;
    script("lose_sessions once before=C_Sign after=5");
    while (armed < so_far + 50) std::this_thread::yield();
    key->disarm();
  }
  stop = true;
  for (auto& thread : threads) thread.join();
  script("");
  EXPECT_GE(armed, 500);
  EXPECT_TRUE(sign_once(*key).status.ok());  // which waits for the recovery, if one is due later
  key->rearm(8);
  EXPECT_EQ(sign_once(*key).path, Path::armed);
}

}  // namespace
}  // namespace custos::test
