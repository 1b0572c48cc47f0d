#include "software/p256_scalar.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "encode/hex.h"
#include "key/elliptic_curve.h"
#include "key/openssl.h"

namespace custos::software {
namespace {

using Number = P256Scalar::Bytes;

std::string text(const P256Scalar& scalar) {
  Number bytes;
  scalar.write(bytes);
  return encode::to_hex(bytes);
}

// Reference computes the same with OpenSSL's numbers.
class Reference {
 public:
  using Operation = int (*)(BIGNUM*, const BIGNUM*, const BIGNUM*, const BIGNUM*, BN_CTX*);
  [[nodiscard]] std::string operator()(Operation operation, const Number& a, const Number& b) const {
    const key::BigNumber left = read(a), right = read(b), result(BN_new());
    if (operation(result.get(), left.get(), right.get(), order_, work_.get()) != 1) return "OpenSSL failed";
    return text(result.get());
  }
  [[nodiscard]] std::string inverse(const Number& a) const {
    const key::BigNumber number = read(a), result(BN_new());
    return BN_mod_inverse(result.get(), number.get(), order_, work_.get()) == nullptr ? "none" : text(result.get());
  }

 private:
  static key::BigNumber read(const Number& bytes) { return key::BigNumber(BN_bin2bn(bytes.data(), 32, nullptr)); }
  static std::string text(const BIGNUM* number) {
    Number bytes{};
    BN_bn2binpad(number, bytes.data(), 32);
    return encode::to_hex(bytes);
  }

  const key::BigNumberContext work_{BN_CTX_new()};
  const BIGNUM* order_ = EC_GROUP_get0_order(key::p256_group());
};

// numbers are random ones and those at the edges: few bits, many bits, and around the order.
std::vector<Number> numbers() {
  std::vector<Number> all;
  std::mt19937_64 generator(186);  // NOLINT: the same in every run
  for (int i = 0; i < 40; ++i) {
    Number number{};
    for (auto& byte : number) byte = static_cast<std::uint8_t>(generator());
    for (std::size_t zeroes = i % 4 == 0 ? generator() % 32 : 0, j = 0; j < zeroes; ++j) number[j] = 0;
    for (std::size_t ones = i % 5 == 0 ? generator() % 32 : 0, j = 0; j < ones; ++j) number[j] = 0xFF;
    all.push_back(number);
  }
  const Bytes order = *encode::from_hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
  for (const int distance : {-2, -1, 0, 1, 2}) {
    Number number{};
    std::ranges::copy(order, number.begin());
    number[31] = static_cast<std::uint8_t>(number[31] + distance);
    all.push_back(number);
  }
  for (const unsigned last : {0U, 1U, 2U, 3U}) {
    Number number{};
    number[31] = static_cast<std::uint8_t>(last);
    all.push_back(number);
  }
  Number largest{};
  largest.fill(0xFF);
  all.push_back(largest);
  return all;
}

TEST(P256Scalar, AddsAndMultipliesAsOpenSslDoes) {
  const Reference reference;
  const auto all = numbers();
  for (const auto& a : all) {
    for (const auto& b : all) {
      const auto left = P256Scalar::from_bytes(a), right = P256Scalar::from_bytes(b);
      ASSERT_EQ(text(left + right), reference(BN_mod_add, a, b)) << encode::to_hex(a) << " + " << encode::to_hex(b);
      ASSERT_EQ(text(left * right), reference(BN_mod_mul, a, b)) << encode::to_hex(a) << " * " << encode::to_hex(b);
    }
  }
}

TEST(P256Scalar, InvertsAsOpenSslDoes) {
  const Reference reference;
  for (const auto& a : numbers()) {
    const auto scalar = P256Scalar::from_bytes(a);
    if (scalar.is_zero()) {
      EXPECT_TRUE(scalar.inverse().is_zero());
    } else {
      EXPECT_EQ(text(scalar.inverse()), reference.inverse(a)) << encode::to_hex(a);
    }
  }
}

TEST(P256Scalar, IsZeroForZeroAndForTheOrder) {
  std::size_t zeroes = 0;
  for (const auto& a : numbers()) zeroes += P256Scalar::from_bytes(a).is_zero() ? 1U : 0U;
  EXPECT_EQ(zeroes, 2U);
}

}  // namespace
}  // namespace custos::software
