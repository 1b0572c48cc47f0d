#include "software/p256_scalar.h"

#include <cstddef>

namespace custos::software {
namespace {

using Limbs = std::array<std::uint64_t, 4>;
__extension__ using Wide = unsigned __int128;

constexpr Limbs kOrder{0xf3b9cac2fc632551, 0xbce6faada7179e84, 0xffffffffffffffff, 0xffffffff00000000};
constexpr Limbs kOne{1, 0, 0, 0};

// reduce_once subtracts n if the number, whose 257th bit is `carry`, is not below it.
constexpr Limbs reduce_once(const Limbs& number, std::uint64_t carry) noexcept {
  Limbs less{};
  std::uint64_t borrow = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const Wide difference = Wide{number[i]} - kOrder[i] - borrow;
    less[i] = static_cast<std::uint64_t>(difference);
    borrow = static_cast<std::uint64_t>(difference >> 64U) & 1U;
  }
  const std::uint64_t keep = 0 - (borrow & (carry ^ 1U));  // all bits, if it was below
  Limbs reduced{};
  for (std::size_t i = 0; i < 4; ++i) reduced[i] = (number[i] & keep) | (less[i] & ~keep);
  return reduced;
}

constexpr Limbs add(const Limbs& a, const Limbs& b) noexcept {
  Limbs sum{};
  Wide carry = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    carry += Wide{a[i]} + b[i];
    sum[i] = static_cast<std::uint64_t>(carry);
    carry >>= 64U;
  }
  return reduce_once(sum, static_cast<std::uint64_t>(carry));
}

// kNegativeInverse is -1/n modulo 2^64, by Newton's iteration.
constexpr std::uint64_t kNegativeInverse = [] {
  std::uint64_t inverse = 1;
  for (int i = 0; i < 6; ++i) inverse *= 2 - kOrder[0] * inverse;
  return 0 - inverse;
}();

// power_of_two gives 2^exponent modulo n.
constexpr Limbs power_of_two(int exponent) noexcept {
  Limbs power = kOne;
  for (int i = 0; i < exponent; ++i) power = add(power, power);
  return power;
}
constexpr Limbs kR = power_of_two(256);         // 1 in Montgomery form
constexpr Limbs kRSquared = power_of_two(512);  // multiplies into it

// multiply gives a·b/2^256: Montgomery's multiplication, one limb of b at a time (Koç, Acar, Kaliski, "CIOS", 1996).
inline Limbs multiply(const Limbs& a, const Limbs& b) noexcept {
  std::uint64_t t0 = 0, t1 = 0, t2 = 0, t3 = 0, t4 = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    Wide sum = Wide{a[0]} * b[i] + t0;
    const auto low = static_cast<std::uint64_t>(sum);
    sum = Wide{a[1]} * b[i] + t1 + static_cast<std::uint64_t>(sum >> 64U);
    t1 = static_cast<std::uint64_t>(sum);
    sum = Wide{a[2]} * b[i] + t2 + static_cast<std::uint64_t>(sum >> 64U);
    t2 = static_cast<std::uint64_t>(sum);
    sum = Wide{a[3]} * b[i] + t3 + static_cast<std::uint64_t>(sum >> 64U);
    t3 = static_cast<std::uint64_t>(sum);
    const Wide high = Wide{t4} + static_cast<std::uint64_t>(sum >> 64U);

    const std::uint64_t m = low * kNegativeInverse;
    sum = Wide{m} * kOrder[0] + low;
    sum = Wide{m} * kOrder[1] + t1 + static_cast<std::uint64_t>(sum >> 64U);
    t0 = static_cast<std::uint64_t>(sum);
    sum = Wide{m} * kOrder[2] + t2 + static_cast<std::uint64_t>(sum >> 64U);
    t1 = static_cast<std::uint64_t>(sum);
    sum = Wide{m} * kOrder[3] + t3 + static_cast<std::uint64_t>(sum >> 64U);
    t2 = static_cast<std::uint64_t>(sum);
    const Wide top = high + static_cast<std::uint64_t>(sum >> 64U);
    t3 = static_cast<std::uint64_t>(top);
    t4 = static_cast<std::uint64_t>(top >> 64U);
  }
  return reduce_once({t0, t1, t2, t3}, t4);
}

}  // namespace

P256Scalar P256Scalar::from_bytes(std::span<const std::uint8_t, 32> bytes) noexcept {
  Limbs limbs{};
  for (std::size_t i = 0; i < bytes.size(); ++i) limbs[3 - i / 8] = limbs[3 - i / 8] << 8U | bytes[i];
  return P256Scalar(reduce_once(limbs, 0));
}

void P256Scalar::write(std::span<std::uint8_t, 32> bytes) const noexcept {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(limbs_[3 - i / 8] >> (56 - 8 * (i % 8)));
  }
}

P256Scalar operator+(const P256Scalar& a, const P256Scalar& b) noexcept { return P256Scalar(add(a.limbs_, b.limbs_)); }

P256Scalar operator*(const P256Scalar& a, const P256Scalar& b) noexcept {
  return P256Scalar(multiply(multiply(a.limbs_, kRSquared), b.limbs_));
}

// inverse is this^(n-2), as n is prime, four bits of the public exponent at a time.
P256Scalar P256Scalar::inverse() const noexcept {
  constexpr Limbs kExponent{kOrder[0] - 2, kOrder[1], kOrder[2], kOrder[3]};
  std::array<Limbs, 16> powers{kR, multiply(limbs_, kRSquared)};
  for (std::size_t i = 2; i < powers.size(); ++i) powers[i] = multiply(powers[i - 1], powers[1]);
  Limbs result = kR;
  for (int bit = 252; bit >= 0; bit -= 4) {
    for (int i = 0; i < 4; ++i) result = multiply(result, result);
    const auto at = static_cast<std::size_t>(bit);
    const std::size_t digit = kExponent[at / 64] >> (at % 64) & 15U;
    if (digit != 0) result = multiply(result, powers[digit]);
  }
  return P256Scalar(multiply(result, kOne));
}

}  // namespace custos::software
