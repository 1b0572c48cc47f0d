#include "software/software_key.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "hash/hash.h"
#include "key/hmac_secret.h"

namespace custos::software {
namespace {

using std::chrono::steady_clock;

SecretBytes secret_of(std::string_view text) { return *SecretBytes::copy_of(as_bytes(text)); }

std::shared_ptr<SoftwareKey> make(key::Algorithm algorithm, const SecretBytes& secret) {
  auto key = SoftwareKey::make(algorithm, secret);
  if (!key) std::abort();
  return *std::move(key);
}
std::shared_ptr<SoftwareKey> make() { return make(key::Algorithm::hmac_sha256, secret_of("a secret")); }

Bytes expected_mac(std::string_view message) {
  Bytes mac(32);
  EXPECT_TRUE(hash::hmac(hash::Algorithm::sha256, secret_of("a secret"), as_bytes(message), mac));
  return mac;
}

TEST(SoftwareKey, SignsWithEachAlgorithm) {
  const std::array pairs{std::pair{key::Algorithm::hmac_sha256, hash::Algorithm::sha256},
                         std::pair{key::Algorithm::hmac_sha384, hash::Algorithm::sha384},
                         std::pair{key::Algorithm::hmac_sha512, hash::Algorithm::sha512}};
  const auto secret = secret_of("a secret");
  for (const auto& [algorithm, hash] : pairs) {
    const auto size = key::facts_of(algorithm).signature_size;
    Bytes expected(size);
    ASSERT_TRUE(hash::hmac(hash, secret, as_bytes("message"), expected));
    Bytes mac(size);
    ASSERT_TRUE(make(algorithm, secret)->sign(as_bytes("message"), mac, std::nullopt).ok());
    EXPECT_EQ(mac, expected) << key::facts_of(algorithm).name;
  }
}

TEST(SoftwareKey, SignsAlikeWithARawAndANormalisedSecret) {
  for (const std::size_t size : {1U, 31U, 32U, 64U, 65U, 200U}) {
    const auto raw = secret_of(std::string(size, 'k'));
    const auto normalised = key::normalise_hmac_secret(raw, key::Algorithm::hmac_sha256);
    ASSERT_TRUE(normalised);
    Bytes first(32);
    Bytes second(32);
    ASSERT_TRUE(make(key::Algorithm::hmac_sha256, raw)->sign(as_bytes("message"), first, std::nullopt).ok());
    ASSERT_TRUE(make(key::Algorithm::hmac_sha256, *normalised)->sign(as_bytes("message"), second, std::nullopt).ok());
    EXPECT_EQ(first, second) << "secret of " << size;
  }
}

TEST(SoftwareKey, HasNoSessions) {
  const auto key = make();
  Bytes mac(32);
  key::SignCall call;
  call.no_fallback = true;
  EXPECT_TRUE(key->sign(as_bytes("message"), mac, call).ok()) << "there is nothing to fall back from";
  EXPECT_EQ(call.path, key::Path::none);
  EXPECT_EQ(key->rearm(8), 0U);
  EXPECT_EQ(key->shelf(), 0U);
  EXPECT_EQ(key->generation(), 1U);
}

TEST(SoftwareKey, ExistsUntilItIsClosed) {
  const auto key = make();
  EXPECT_TRUE(key->exists(std::nullopt).ok());
  key->close();
  EXPECT_EQ(key->exists(std::nullopt).code, Errc::revoked);
}

TEST(SoftwareKey, SignsNothingAfterClose) {
  const auto key = make();
  key->close();
  Bytes mac(32);
  EXPECT_EQ(key->sign(as_bytes("message"), mac, std::nullopt).code, Errc::revoked);
  EXPECT_EQ(mac, Bytes(32));
}

TEST(SoftwareKey, SignsNothingAfterTheDeadline) {
  const auto key = make();
  Bytes mac(32);
  EXPECT_EQ(key->sign(as_bytes("message"), mac, steady_clock::now()).code, Errc::deadline_exceeded);
  EXPECT_EQ(mac, Bytes(32));
  EXPECT_TRUE(key->sign(as_bytes("message"), mac, steady_clock::now() + std::chrono::hours(1)).ok());
  EXPECT_EQ(mac, expected_mac("message"));
}

TEST(SoftwareKey, RefusesABufferOfAnotherSize) {
  const auto key = make();
  for (const std::size_t size : {0U, 31U, 33U, 64U}) {
    Bytes mac(size);
    EXPECT_EQ(key->sign(as_bytes("message"), mac, std::nullopt).code, Errc::internal) << size;
    EXPECT_EQ(mac, Bytes(size));
  }
}

// from_threads runs `work(message, expected)` on four threads, each with a message of its own.
template <class Work>
void from_threads(const Work& work) {
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&work, t] {
      const std::string message(40 + 50 * t, static_cast<char>('a' + t));
      work(message, expected_mac(message));
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST(SoftwareKey, SignsFromManyThreadsAtOnce) {
  const auto key = make();
  std::atomic<std::size_t> wrong{0};
  from_threads([&](const std::string& message, const Bytes& expected) {
    Bytes mac(32);
    for (std::size_t i = 0; i < 5000; ++i) {
      if (!key->sign(as_bytes(message), mac, std::nullopt).ok() || mac != expected) ++wrong;
    }
  });
  EXPECT_EQ(wrong, 0U);
}

TEST(SoftwareKey, StopsOnEveryThreadWhenOneClosesIt) {
  const auto key = make();
  std::atomic<std::size_t> signed_count{0};
  std::atomic<std::size_t> wrong{0};
  from_threads([&](const std::string& message, const Bytes& expected) {
    Bytes mac(32);
    SignStatus status;
    while ((status = key->sign(as_bytes(message), mac, std::nullopt)).ok()) {
      if (mac != expected) ++wrong;
      if (++signed_count == 2000) key->close();
    }
    if (status.code != Errc::revoked) ++wrong;
  });
  EXPECT_EQ(wrong, 0U);
  EXPECT_GE(signed_count, 2000U);
}

// CountingSource opens "a secret" as often as it is asked.
class CountingSource final : public KeySource {
 public:
  struct Counts {
    std::atomic<int> opened{0};
    std::atomic<std::int64_t> created_ms{1};
    std::atomic<bool> gone{false};
  };
  explicit CountingSource(Counts& counts) : counts_(counts) {}

  Result<OpenedKey> open() override {
    if (counts_.gone) return fail(Errc::not_found, Origin::key, "it is gone");
    ++counts_.opened;
    auto engine = make_engine(nullptr, key::Algorithm::hmac_sha256, secret_of("a secret"));
    if (!engine) return engine.failure();
    return OpenedKey{*std::move(engine), counts_.created_ms};
  }
  Result<std::int64_t> created_ms() override {
    if (counts_.gone) return fail(Errc::not_found, Origin::key, "it is gone");
    return counts_.created_ms.load();
  }

 private:
  Counts& counts_;
};

class SoftwareKeyTest : public ::testing::Test {
 protected:
  std::shared_ptr<SoftwareKey> make_idling(std::chrono::milliseconds idle = std::chrono::seconds(10)) {
    auto key = SoftwareKey::make(key::Algorithm::hmac_sha256, std::make_unique<CountingSource>(counts_), idle, clock_);
    if (!key) std::abort();
    return *std::move(key);
  }
  static void expect_signs(SoftwareKey& key) {
    Bytes mac(32);
    EXPECT_TRUE(key.sign(as_bytes("message"), mac, std::nullopt).ok());
    EXPECT_EQ(mac, expected_mac("message"));
  }

  ManualClock clock_{1'000'000};
  CountingSource::Counts counts_;
};

TEST_F(SoftwareKeyTest, ASweepWipesAKeyThatWasIdleAndOnlyThat) {
  const auto key = make_idling();
  for (int i = 0; i < 5; ++i) {
    expect_signs(*key);
    clock_.advance(std::chrono::seconds(9));
    key->sweep();  // it was used since the last one
    EXPECT_TRUE(key->is_open()) << i;
  }
  clock_.advance(std::chrono::seconds(10));
  key->sweep();
  EXPECT_FALSE(key->is_open());
  EXPECT_EQ(counts_.opened, 1);
  expect_signs(*key);
  EXPECT_EQ(counts_.opened, 2);
  EXPECT_EQ(key->generation(), 2U) << "what was opened again is to be proved again";
}

TEST_F(SoftwareKeyTest, RearmingSweepsToo) {
  const auto key = make_idling();
  clock_.advance(std::chrono::seconds(10));
  EXPECT_EQ(key->rearm(4), 0U);
  EXPECT_FALSE(key->is_open());
}

TEST_F(SoftwareKeyTest, WithoutAnIdleTimeNothingIsSwept) {
  const auto key = make_idling(std::chrono::milliseconds(0));
  clock_.advance(std::chrono::hours(1000));
  key->sweep();
  EXPECT_TRUE(key->is_open());
}

TEST_F(SoftwareKeyTest, AClockThatIsSetBackOnlyBeginsTheIdleTimeAnew) {
  const auto key = make_idling();
  clock_.set_ms(0);
  key->sweep();
  clock_.advance(std::chrono::seconds(9));
  key->sweep();
  EXPECT_TRUE(key->is_open());
  clock_.advance(std::chrono::seconds(1));
  key->sweep();
  EXPECT_FALSE(key->is_open());
}

TEST_F(SoftwareKeyTest, CloseWipes) {
  const auto key = make_idling();
  key->close();
  EXPECT_FALSE(key->is_open());
}

TEST_F(SoftwareKeyTest, WhatTheSourceAnswersAfterAnIdleTimeIsTheAnswer) {
  const auto key = make_idling();
  clock_.advance(std::chrono::seconds(10));
  key->sweep();
  counts_.gone = true;
  Bytes mac(32);
  EXPECT_EQ(key->sign(as_bytes("message"), mac, std::nullopt).code, Errc::not_found);
  EXPECT_EQ(key->exists(std::nullopt).code, Errc::not_found);
}

TEST_F(SoftwareKeyTest, AnotherEntryIsAnotherGeneration) {
  const auto key = make_idling();
  counts_.created_ms = 2;
  EXPECT_TRUE(key->exists(std::nullopt).ok());
  EXPECT_EQ(key->generation(), 2U);
  EXPECT_FALSE(key->is_open()) << "what it had opened is wiped";
  expect_signs(*key);
}

TEST_F(SoftwareKeyTest, SignsRightlyWhileItIsSweptWithoutPause) {
  const auto key = make_idling(std::chrono::milliseconds(1));
  std::atomic<bool> done{false};
  std::atomic<std::size_t> wrong{0};
  std::thread sweeper([&] {
    while (!done) {
      clock_.advance(std::chrono::seconds(1));
      key->sweep();
    }
  });
  from_threads([&](const std::string& message, const Bytes& expected) {
    Bytes mac(32);
    for (int i = 0; i < 2000; ++i) {
      if (!key->sign(as_bytes(message), mac, std::nullopt).ok() || mac != expected) ++wrong;
    }
  });
  done = true;
  sweeper.join();
  EXPECT_EQ(wrong, 0U);
  while (key->is_open()) {
    clock_.advance(std::chrono::seconds(1));
    key->sweep();
  }
  expect_signs(*key);
  EXPECT_GT(counts_.opened, 1);
}

}  // namespace
}  // namespace custos::software
