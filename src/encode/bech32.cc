#include "encode/bech32.h"

#include <algorithm>
#include <array>

namespace custos::encode {
namespace {

constexpr std::string_view kCharacters = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
constexpr std::size_t kChecksumSize = 6;
constexpr std::size_t kMaxPrefix = 83;

constexpr std::uint32_t constant_of(Bech32Checksum checksum) { return checksum == Bech32Checksum::bech32 ? 1 : 0x2bc830a3; }

// Polynomial is the BCH code's remainder (BIP 173).
class Polynomial {
 public:
  void add(unsigned group) {
    constexpr std::array<std::uint32_t, 5> kGenerator{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
    const std::uint32_t top = state_ >> 25;
    state_ = (state_ & 0x1ffffff) << 5 ^ group;
    for (std::size_t i = 0; i < kGenerator.size(); ++i) {
      if ((top >> i & 1) != 0) state_ ^= kGenerator[i];
    }
  }
  void add_prefix(std::string_view prefix) {
    for (const char c : prefix) add(static_cast<unsigned char>(c) >> 5);
    add(0);
    for (const char c : prefix) add(static_cast<unsigned char>(c) & 31);
  }
  [[nodiscard]] std::uint32_t state() const { return state_; }

 private:
  std::uint32_t state_ = 1;
};

}  // namespace

std::string write_bech32(std::string_view prefix, ByteView groups, Bech32Checksum checksum) {
  Polynomial sum;
  sum.add_prefix(prefix);
  std::string text(prefix);
  text += '1';
  for (const auto group : groups) {
    sum.add(group);
    text += kCharacters[group];
  }
  for (std::size_t i = 0; i < kChecksumSize; ++i) sum.add(0);
  const std::uint32_t rest = sum.state() ^ constant_of(checksum);
  for (std::size_t i = 0; i < kChecksumSize; ++i) text += kCharacters[rest >> (5 * (kChecksumSize - 1 - i)) & 31];
  return text;
}

std::optional<Bech32Text> read_bech32(std::string_view text, std::size_t longest) {
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
  if (text.size() > longest || std::ranges::any_of(text, [](char c) { return c < 33 || c > 126; })) return std::nullopt;
  if (std::ranges::any_of(text, is_upper) && std::ranges::any_of(text, is_lower)) return std::nullopt;
  std::string lower(text);
  for (char& c : lower) {
    if (is_upper(c)) c = static_cast<char>(c - 'A' + 'a');
  }
  const std::size_t separator = lower.rfind('1');
  if (separator == std::string::npos || separator == 0 || separator > kMaxPrefix ||
      lower.size() - separator - 1 < kChecksumSize) {
    return std::nullopt;
  }
  Bech32Text read{lower.substr(0, separator), {}, {}};
  Polynomial sum;
  sum.add_prefix(read.prefix);
  for (const char c : lower.substr(separator + 1)) {
    const std::size_t group = kCharacters.find(c);
    if (group == std::string_view::npos) return std::nullopt;
    sum.add(static_cast<unsigned>(group));
    read.groups.push_back(static_cast<std::uint8_t>(group));
  }
  for (const auto checksum : {Bech32Checksum::bech32, Bech32Checksum::bech32m}) {
    if (sum.state() != constant_of(checksum)) continue;
    read.groups.resize(read.groups.size() - kChecksumSize);
    read.checksum = checksum;
    return read;
  }
  return std::nullopt;
}

Bytes to_groups(ByteView bytes) {
  Bytes groups;
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const auto byte : bytes) {
    held = (held << 8 | byte) & 0xFFF;
    for (bits += 8; bits >= 5; bits -= 5) groups.push_back(static_cast<std::uint8_t>(held >> (bits - 5) & 31));
  }
  if (bits > 0) groups.push_back(static_cast<std::uint8_t>(held << (5 - bits) & 31));
  return groups;
}

std::optional<Bytes> from_groups(ByteView groups) {
  Bytes bytes;
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const auto group : groups) {
    held = (held << 5 | group) & 0xFFF;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push_back(static_cast<std::uint8_t>(held >> bits));
  }
  if (bits >= 5 || (held & ((1U << bits) - 1)) != 0) return std::nullopt;
  return bytes;
}

}  // namespace custos::encode
