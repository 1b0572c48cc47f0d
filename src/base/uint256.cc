#include "base/uint256.h"

#include <algorithm>
#include <bit>

namespace custos {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::uint64_t kDecimalStep = 10'000'000'000'000'000'000ULL;  // the largest power of ten in 64 bits
constexpr std::size_t kDecimalDigits = 19;

std::optional<unsigned> digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

}  // namespace

std::optional<Uint256> Uint256::from_bytes(ByteView bytes) noexcept {
  while (bytes.size() > 32 && bytes.front() == 0) bytes = bytes.subspan(1);
  if (bytes.size() > 32) return std::nullopt;
  Uint256 value;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    value.words_[i / 8] |= std::uint64_t{bytes[bytes.size() - 1 - i]} << (i % 8 * 8);
  }
  return value;
}

std::optional<Uint256> Uint256::parse(std::string_view text) noexcept {
  unsigned base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    base = 16;
    text.remove_prefix(2);
  }
  if (text.empty()) return std::nullopt;
  Uint256 value;
  for (const char c : text) {
    const auto d = digit(c);
    if (!d || *d >= base) return std::nullopt;
    Wide carry = *d;
    for (auto& word : value.words_) {
      carry += Wide{word} * base;
      word = static_cast<std::uint64_t>(carry);
      carry >>= 64;
    }
    if (carry != 0) return std::nullopt;
  }
  return value;
}

std::optional<Uint256> Uint256::parse_units(std::string_view text, unsigned decimals) {
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction = point < text.size() ? text.substr(point + 1) : std::string_view();
  if (whole.empty() || whole.starts_with("0x") || whole.starts_with("0X") || (point < text.size() && fraction.empty()) ||
      fraction.size() > decimals) {
    return std::nullopt;
  }
  std::string digits(whole);
  digits += fraction;
  digits.append(decimals - fraction.size(), '0');
  return parse(digits);
}

std::array<std::uint8_t, 32> Uint256::bytes() const noexcept {
  std::array<std::uint8_t, 32> out;
  for (std::size_t i = 0; i < 32; ++i) out[31 - i] = static_cast<std::uint8_t>(words_[i / 8] >> (i % 8 * 8));
  return out;
}

Bytes Uint256::minimal_bytes() const {
  const auto all = bytes();
  return {std::ranges::find_if(all, [](std::uint8_t byte) { return byte != 0; }), all.end()};
}

std::uint64_t Uint256::divide(std::uint64_t divisor) noexcept {
  Wide rest = 0;
  for (std::size_t i = 4; i-- > 0;) {
    rest = rest << 64 | words_[i];
    words_[i] = static_cast<std::uint64_t>(rest / divisor);
    rest %= divisor;
  }
  return static_cast<std::uint64_t>(rest);
}

std::string Uint256::decimal() const {
  Uint256 left = *this;
  std::string digits;
  do {
    std::string part = std::to_string(left.divide(kDecimalStep));
    if (!left.is_zero()) part.insert(0, kDecimalDigits - part.size(), '0');
    digits.insert(0, part);
  } while (!left.is_zero());
  return digits;
}

std::string Uint256::units(unsigned decimals) const {
  std::string digits = decimal();
  if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
  digits.insert(digits.size() - decimals, ".");
  digits.erase(digits.find_last_not_of('0') + 1);
  if (digits.back() == '.') digits.pop_back();
  return digits;
}

std::optional<std::uint64_t> Uint256::as_uint64() const noexcept {
  if ((words_[1] | words_[2] | words_[3]) != 0) return std::nullopt;
  return words_[0];
}

unsigned Uint256::bit_width() const noexcept {
  for (std::size_t i = 4; i-- > 0;) {
    if (words_[i] != 0) return static_cast<unsigned>(i * 64) + static_cast<unsigned>(std::bit_width(words_[i]));
  }
  return 0;
}

std::optional<Uint256> Uint256::plus(const Uint256& other) const noexcept {
  Uint256 sum;
  Wide carry = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    carry += Wide{words_[i]} + other.words_[i];
    sum.words_[i] = static_cast<std::uint64_t>(carry);
    carry >>= 64;
  }
  if (carry != 0) return std::nullopt;
  return sum;
}

std::optional<Uint256> Uint256::minus(const Uint256& other) const noexcept {
  if (*this < other) return std::nullopt;
  Uint256 rest;
  Wide borrow = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const Wide difference = Wide{words_[i]} - other.words_[i] - borrow;
    rest.words_[i] = static_cast<std::uint64_t>(difference);
    borrow = difference >> 127;
  }
  return rest;
}

std::optional<Uint256> Uint256::times(const Uint256& other) const noexcept {
  std::array<std::uint64_t, 8> product{};
  for (std::size_t i = 0; i < 4; ++i) {
    Wide carry = 0;
    for (std::size_t j = 0; j < 4; ++j) {
      carry += Wide{words_[i]} * other.words_[j] + product[i + j];
      product[i + j] = static_cast<std::uint64_t>(carry);
      carry >>= 64;
    }
    product[i + 4] = static_cast<std::uint64_t>(carry);
  }
  Uint256 low;
  for (std::size_t i = 0; i < 4; ++i) {
    if (product[i + 4] != 0) return std::nullopt;
    low.words_[i] = product[i];
  }
  return low;
}

}  // namespace custos
