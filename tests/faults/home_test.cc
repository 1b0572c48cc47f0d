// Whole signers over a token that fails.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "encode/hex.h"
#include "faults/faulty_home.h"
#include "hsm/mac.h"

namespace custos::test {
namespace {

constexpr std::array kNames{"one", "two", "three"};

std::string hex(ByteView bytes) {
  std::string text(2 * bytes.size(), '\0');
  encode::write_hex(bytes, text.data());
  return text;
}

std::string secret_named(const std::string& name) { return "a secret of thirty-two bytes for " + name; }

class HomeOverFaults : public FaultyHome {
 protected:
  static void add(Custodian& custodian, const std::string& name) {
    CredentialSpec spec;
    spec.name = name;
    spec.venue = "binance";
    spec.api_key = "key-" + name;
    spec.secret = secret_of(secret_named(name));
    auto added = custodian.administration().add_credential(std::move(spec));
    ASSERT_TRUE(added) << added.error().detail;
  }
};

// Eight threads sign with three keys and re-arm, while a credential is disabled and enabled and the token loses its sessions.
// Every signature is checked against the secret of its own key.
TEST_F(HomeOverFaults, EverySignatureIsRightThroughRevocationsAndNewLogins) {
  auto custodian = open();
  std::vector<RequestSigner> signers;
  std::vector<std::string> expected;
  for (const std::string name : kNames) {
    add(custodian, name);
    auto signer = custodian.prepare_request_signer(name);
    ASSERT_TRUE(signer) << signer.error().detail;
    EXPECT_EQ(signer->stats().shelf, 16U);
    signers.push_back(*std::move(signer));
    expected.push_back(hex(openssl_hmac(key::Algorithm::hmac_sha256, as_bytes(secret_named(name)), as_bytes(kDocumentedOrder))));
  }

  std::atomic<bool> done{false};
  std::array<std::atomic<int>, kNames.size()> right{};
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < 8; ++i) {
    threads.emplace_back([&, which = i % kNames.size()] {
      SignedRequest out;
      while (!done) {
        const auto status = signers[which].sign(documented_order(), out);
        if (status.ok()) ++(out.signature() == expected[which] ? right[which] : wrong);
        signers[which].rearm(1);
      }
    });
  }
  const auto signed_more = [&](std::size_t which) {
    for (const int so_far = right[which]; right[which] < so_far + 20;) std::this_thread::yield();
  };
  const auto admin = custodian.administration();
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(admin.disable_credential("two", "test"));
    SignedRequest out;
    EXPECT_EQ(signers[1].sign(documented_order(), out).code, Errc::revoked);
    signed_more(0);
    script("lose_sessions once before=C_Sign after=10");
    signed_more(2);
    EXPECT_TRUE(admin.enable_credential("two"));
    signed_more(1);
  }
  done = true;
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  for (const auto& signer : signers) EXPECT_GT(signer.stats().armed, 0U);
}

TEST_F(HomeOverFaults, ADisabledCredentialIsDisarmed) {
  auto custodian = open();
  add(custodian, "one");
  auto signer = custodian.prepare_request_signer("one");
  ASSERT_TRUE(signer);
  EXPECT_EQ(signer->stats().shelf, 16U);
  ASSERT_TRUE(open().administration().disable_credential("one", "test")) << "as another process would";
  EXPECT_EQ(signer->rearm(), 0U);
  EXPECT_EQ(signer->stats().shelf, 0U);
}

TEST_F(HomeOverFaults, CountsWhatItDid) {
  auto custodian = open();
  add(custodian, "one");
  auto signer = custodian.prepare_request_signer("one", {.shelf = 2});
  ASSERT_TRUE(signer);
  SignedRequest out;
  SignOptions strict;
  strict.no_fallback = true;
  for (int i = 0; i < 3; ++i) {
    const bool armed = i < 2;
    const auto status = signer->sign(documented_order(), out, strict);
    EXPECT_EQ(status.code, armed ? Errc::ok : Errc::busy);
    EXPECT_EQ(signer->explain(status, out).find("waits armed") != std::string::npos, !armed);
  }
  EXPECT_TRUE(signer->sign(documented_order(), out).ok());
  script("C_Sign delay_ms=1000");
  SignOptions hurried;
  hurried.deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(800);
  EXPECT_TRUE(signer->sign(documented_order(), out, hurried).ok()) << "begun in time, answered late";
  const auto stats = signer->stats();
  EXPECT_EQ(stats.signatures, 4U);
  EXPECT_EQ(stats.armed, 2U);
  EXPECT_EQ(stats.fallback, 2U);
  EXPECT_EQ(stats.busy, 1U);
  EXPECT_EQ(stats.late, 1U);
  EXPECT_EQ(stats.shelf, 0U);
}

TEST_F(HomeOverFaults, AChangeOfAnotherCredentialKeepsTheShelf) {
  auto custodian = open();
  add(custodian, "one");
  auto signer = custodian.prepare_request_signer("one");
  ASSERT_TRUE(signer);
  add(custodian, "two");
  SignedRequest out;
  EXPECT_TRUE(signer->sign(documented_order(), out).ok());
  EXPECT_EQ(signer->stats().preparations, 2U);
  EXPECT_GE(signer->stats().shelf, 14U) << "the signature and the new proof took one each";
  EXPECT_EQ(signer->stats().armed, 1U);
}

TEST_F(HomeOverFaults, RefusesAShelfThatIsTooDeep) {
  auto custodian = open();
  add(custodian, "one");
  const auto signer = custodian.prepare_request_signer("one", {.shelf = 257});
  ASSERT_FALSE(signer);
  EXPECT_EQ(signer.error().code, Errc::bad_input);
}

}  // namespace
}  // namespace custos::test
