// Uint256: the amounts of chains, up to 2^256 - 1, with checked arithmetic.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace custos {

class Uint256 {
 public:
  constexpr Uint256() noexcept = default;
  constexpr Uint256(std::uint64_t value) noexcept : words_{value, 0, 0, 0} {}  // NOLINT(google-explicit-constructor)

  // max is 2^256 - 1: "unlimited" in an approval.
  [[nodiscard]] static constexpr Uint256 max() noexcept { return power_minus_one(256); }
  // power_minus_one is 2^bits - 1, bits at most 256.
  [[nodiscard]] static constexpr Uint256 power_minus_one(unsigned bits) noexcept {
    Uint256 value;
    for (auto& word : value.words_) {
      word = bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
      bits -= bits < 64 ? bits : 64;
    }
    return value;
  }

  // from_bytes reads at most 32 big-endian bytes, with leading zeros or without; nothing when there are more.
  [[nodiscard]] static std::optional<Uint256> from_bytes(ByteView bytes) noexcept;
  // parse reads decimal digits, or "0x" and hexadecimal ones in either case. Nothing: no digits, another character, too large.
  // Leading zeros pass.
  [[nodiscard]] static std::optional<Uint256> parse(std::string_view text) noexcept;
  // parse_units reads a decimal number with at most `decimals` digits behind the point, in the unit that has so many:
  // ("1.5", 18) is 1500000000000000000.
  [[nodiscard]] static std::optional<Uint256> parse_units(std::string_view text, unsigned decimals);

  [[nodiscard]] std::array<std::uint8_t, 32> bytes() const noexcept;  // big-endian
  [[nodiscard]] Bytes minimal_bytes() const;                          // without leading zeros; empty for zero
  [[nodiscard]] std::string decimal() const;
  // units writes the number in the unit that has so many decimals, without trailing zeros: "1.5".
  [[nodiscard]] std::string units(unsigned decimals) const;
  [[nodiscard]] std::optional<std::uint64_t> as_uint64() const noexcept;
  [[nodiscard]] unsigned bit_width() const noexcept;  // 0 for zero
  [[nodiscard]] constexpr bool is_zero() const noexcept { return *this == Uint256(); }

  // Nothing when the result does not fit.
  [[nodiscard]] std::optional<Uint256> plus(const Uint256& other) const noexcept;
  [[nodiscard]] std::optional<Uint256> minus(const Uint256& other) const noexcept;
  [[nodiscard]] std::optional<Uint256> times(const Uint256& other) const noexcept;

  friend constexpr bool operator==(const Uint256&, const Uint256&) noexcept = default;
  friend constexpr std::strong_ordering operator<=>(const Uint256& a, const Uint256& b) noexcept {
    for (std::size_t i = 4; i-- > 0;) {
      if (a.words_[i] != b.words_[i]) return a.words_[i] <=> b.words_[i];
    }
    return std::strong_ordering::equal;
  }

 private:
  // divide divides by a small number in place and answers the remainder.
  std::uint64_t divide(std::uint64_t divisor) noexcept;

  std::array<std::uint64_t, 4> words_{};  // the least significant first
};

}  // namespace custos
