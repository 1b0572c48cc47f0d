#include "encode/base58.h"

#include <algorithm>
#include <array>

namespace custos::encode {
namespace {

constexpr std::string_view kAlphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
static_assert(kAlphabet.size() == 58);

// digit_of looks at the whole alphabet, so that its time does not depend on the character; 58 for one that is not in it.
unsigned digit_of(std::uint8_t character) noexcept {
  unsigned digit = 58;
  for (unsigned i = 0; i < kAlphabet.size(); ++i) {
    const unsigned differs = static_cast<unsigned char>(kAlphabet[i]) ^ character;
    const unsigned mask = ((differs - 1U) >> 8U) & 0xFFU;  // 0xFF where equal
    digit = (digit & ~mask) | (i & mask);
  }
  return digit;
}

}  // namespace

std::string_view write_base58(ByteView bytes, BoundedWriter& out) noexcept {
  // The digits of the number that the bytes are, the lowest first.
  std::array<std::uint8_t, base58_size(kMaxBase58Bytes)> digits;
  std::size_t count = 0;
  if (bytes.size() > kMaxBase58Bytes) return {};
  const auto zeros = static_cast<std::size_t>(std::ranges::find_if(bytes, [](auto byte) { return byte != 0; }) - bytes.begin());
  for (const std::uint8_t byte : bytes.subspan(zeros)) {
    unsigned carry = byte;
    for (std::size_t i = 0; i < count; ++i) {
      carry += 256U * digits[i];
      digits[i] = static_cast<std::uint8_t>(carry % 58);
      carry /= 58;
    }
    for (; carry != 0; carry /= 58) digits[count++] = static_cast<std::uint8_t>(carry % 58);
  }
  char* const place = out.claim(zeros + count);
  if (place == nullptr) return {};
  char* const end = std::fill_n(place, zeros, kAlphabet[0]);
  for (std::size_t i = 0; i < count; ++i) end[i] = kAlphabet[digits[count - 1 - i]];
  return {place, zeros + count};
}

std::optional<Bytes> read_base58(std::string_view text) {
  if (text.size() > base58_size(kMaxReadBase58Bytes)) return std::nullopt;
  const auto ones = std::min(text.find_first_not_of(kAlphabet[0]), text.size());
  std::vector<std::uint32_t> words;  // of the number that the digits are, the lowest first
  for (const char character : text.substr(ones)) {
    std::uint64_t carry = digit_of(static_cast<std::uint8_t>(character));
    if (carry >= 58) return std::nullopt;
    for (auto& word : words) {
      carry += std::uint64_t{58} * word;
      word = static_cast<std::uint32_t>(carry);
      carry >>= 32U;
    }
    if (carry != 0) words.push_back(static_cast<std::uint32_t>(carry));
  }
  Bytes bytes(ones);
  for (std::size_t i = 4 * words.size(); i-- > 0;) {
    const auto byte = static_cast<std::uint8_t>(words[i / 4] >> (8 * (i % 4)));
    if (byte != 0 || bytes.size() > ones) bytes.push_back(byte);
  }
  return bytes;
}

Result<SecretBytes> secret_from_base58(ByteView text) {
  const auto malformed = [] {
    return fail(Errc::bad_input, Origin::key, "the base58 text is malformed: a character is wrong, or it is too long");
  };
  if (text.size() > base58_size(kMaxBase58Bytes)) return malformed();
  auto secret = SecretBytes::allocate(text.size() + 1);  // a zero for each leading '1' needs more than the digits do
  if (!secret) return secret;
  const auto place = secret->mutable_view(InsecureSecretAccess{});
  unsigned wrong = 0;
  for (const std::uint8_t character : text) {
    unsigned carry = digit_of(character);
    wrong |= static_cast<unsigned>(carry >= 58);
    for (std::size_t i = place.size(); i-- > 0;) {
      carry += 58U * place[i];
      place[i] = static_cast<std::uint8_t>(carry);
      carry >>= 8U;
    }
  }
  if (wrong != 0) return malformed();
  const auto ones = std::ranges::find_if(text, [](auto character) { return character != '1'; }) - text.begin();
  const auto first = std::ranges::find_if(place, [](auto byte) { return byte != 0; });
  const auto end = std::copy(first, place.end(), place.begin() + ones);
  std::fill_n(place.begin(), ones, std::uint8_t{0});
  secret->truncate(static_cast<std::size_t>(end - place.begin()));
  return secret;
}

}  // namespace custos::encode
