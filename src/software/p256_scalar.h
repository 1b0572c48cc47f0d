// P256Scalar: numbers modulo n, the order of P-256 (SP 800-186, section 3.2.1.3), in constant time.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace custos::software {

// P256Scalar is what deterministic ECDSA needs besides OpenSSL's curve: OpenSSL keeps its fast inversion to itself, and the ways
// that it offers take twice as long. No branch and no address depends on a value. Values are secret: the caller wipes the stack.
class P256Scalar {
 public:
  using Bytes = std::array<std::uint8_t, 32>;

  // from_bytes takes any 32 big-endian bytes and reduces them.
  [[nodiscard]] static P256Scalar from_bytes(std::span<const std::uint8_t, 32> bytes) noexcept;
  void write(std::span<std::uint8_t, 32> bytes) const noexcept;

  [[nodiscard]] bool is_zero() const noexcept { return (limbs_[0] | limbs_[1] | limbs_[2] | limbs_[3]) == 0; }
  // inverse gives 0 for 0.
  [[nodiscard]] P256Scalar inverse() const noexcept;

  friend P256Scalar operator+(const P256Scalar& a, const P256Scalar& b) noexcept;
  friend P256Scalar operator*(const P256Scalar& a, const P256Scalar& b) noexcept;

 private:
  using Limbs = std::array<std::uint64_t, 4>;  // the least first
  explicit P256Scalar(const Limbs& limbs) noexcept : limbs_(limbs) {}

  Limbs limbs_;
};

}  // namespace custos::software
