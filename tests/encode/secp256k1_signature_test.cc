#include "encode/secp256k1_signature.h"

#include <gtest/gtest.h>
#include <secp256k1.h>
#include <secp256k1_recovery.h>

#include <algorithm>
#include <array>
#include <memory>
#include <random>

#include "encode/hex.h"

namespace custos::encode {
namespace {

using Signature = std::array<std::uint8_t, 64>;
using Secret = std::array<std::uint8_t, 32>;

constexpr std::string_view kOrder = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";  // SEC 2, 2.4.1

struct Free {
  void operator()(secp256k1_context* context) const { secp256k1_context_destroy(context); }
};

const secp256k1_context* context() {
  static const std::unique_ptr<secp256k1_context, Free> made(secp256k1_context_create(SECP256K1_CONTEXT_NONE));
  return made.get();
}

std::array<std::uint8_t, 32> order() {
  std::array<std::uint8_t, 32> bytes{};
  std::ranges::copy(*from_hex(kOrder), bytes.begin());
  return bytes;
}

// negate_s makes the other signature of the two: s becomes n - s.
Signature negate_s(Signature signature) {
  const auto n = order();
  int borrow = 0;
  for (std::size_t i = 32; i-- > 0;) {
    const int digit = n[i] - signature[32 + i] - borrow;
    borrow = digit < 0 ? 1 : 0;
    signature[32 + i] = static_cast<std::uint8_t>(digit + 256 * borrow);
  }
  return signature;
}

struct Signed {
  Digest32 digest{};
  Signature signature{};
  int id = 0;
  std::array<std::uint8_t, 65> public_key{};
};

Signed random_signature(std::mt19937& generator) {
  Signed made;
  Secret secret;
  for (auto& byte : secret) byte = static_cast<std::uint8_t>(generator());
  for (auto& byte : made.digest) byte = static_cast<std::uint8_t>(generator());
  secret[0] = 1;  // below the order
  secp256k1_pubkey key;
  EXPECT_EQ(secp256k1_ec_pubkey_create(context(), &key, secret.data()), 1);
  std::size_t size = made.public_key.size();
  secp256k1_ec_pubkey_serialize(context(), made.public_key.data(), &size, &key, SECP256K1_EC_UNCOMPRESSED);
  secp256k1_ecdsa_recoverable_signature signature;
  EXPECT_EQ(secp256k1_ecdsa_sign_recoverable(context(), &signature, made.digest.data(), secret.data(), nullptr, nullptr), 1);
  secp256k1_ecdsa_recoverable_signature_serialize_compact(context(), made.signature.data(), &made.id, &signature);
  return made;
}

TEST(Secp256k1Signature, BecomesLowAndRecoversItsKey) {
  std::mt19937 generator(62);  // NOLINT: the same signatures in every run
  std::array<int, 4> seen{};
  for (int i = 0; i < 200; ++i) {
    const Signed made = random_signature(generator);
    Signature low = made.signature;
    ASSERT_TRUE(make_low_s(low));
    EXPECT_EQ(low, made.signature) << "a low s stays";
    Signature high = negate_s(made.signature);
    ASSERT_NE(high, low);
    ASSERT_TRUE(make_low_s(high));
    EXPECT_EQ(high, made.signature) << "a high s is replaced";
    const auto id = recovery_id(low, made.digest, made.public_key);
    ASSERT_TRUE(id.has_value());
    EXPECT_EQ(static_cast<int>(*id), made.id);
    ++seen[*id];
  }
  EXPECT_GT(seen[0], 0);
  EXPECT_GT(seen[1], 0);
}

TEST(Secp256k1Signature, RecoversNothingForAnotherKeyOrDigest) {
  std::mt19937 generator(63);  // NOLINT
  const Signed made = random_signature(generator);
  const Signed other = random_signature(generator);
  EXPECT_FALSE(recovery_id(made.signature, made.digest, other.public_key).has_value());
  EXPECT_FALSE(recovery_id(made.signature, other.digest, made.public_key).has_value());
  EXPECT_FALSE(recovery_id(made.signature, made.digest, ByteView(made.public_key).first(33)).has_value());
  EXPECT_FALSE(recovery_id(made.signature, made.digest, {}).has_value());
}

TEST(Secp256k1Signature, RefusesNumbersThatNoSignatureHas) {
  std::mt19937 generator(64);  // NOLINT
  const Signature valid = random_signature(generator).signature;
  const auto n = order();
  for (const std::size_t half : {std::size_t{0}, std::size_t{32}}) {
    Signature zero = valid, large = valid;
    std::fill_n(zero.begin() + static_cast<std::ptrdiff_t>(half), 32, std::uint8_t{0});
    std::ranges::copy(n, large.begin() + static_cast<std::ptrdiff_t>(half));
    EXPECT_FALSE(make_low_s(zero)) << "zero at " << half;
    EXPECT_FALSE(make_low_s(large)) << "the order at " << half;
  }
}

}  // namespace
}  // namespace custos::encode
