#include "wallet/evm/address.h"

#include <secp256k1.h>

#include <algorithm>
#include <optional>
#include <span>

#include "encode/hex.h"
#include "encode/percent.h"
#include "encode/quote.h"
#include "hash/keccak.h"

namespace custos::wallet::ethereum {
namespace {

constexpr std::size_t kDigits = 40;
constexpr std::size_t kCompressed = 33;

bool is_lower(char c) noexcept { return c >= 'a' && c <= 'f'; }
bool is_upper(char c) noexcept { return c >= 'A' && c <= 'F'; }

std::optional<Address> from_digits(std::string_view digits) noexcept {
  Address address;
  if (digits.size() != kDigits) return std::nullopt;
  for (std::size_t i = 0; i < address.size(); ++i) {
    const int high = encode::hex_digit(digits[2 * i]);
    const int low = encode::hex_digit(digits[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    address[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return address;
}

// KnownKey is the last key whose address was asked for: a wallet's key signs again and again, and taking the root that
// decompresses a point costs more than reading a transaction.
struct KnownKey {
  std::array<std::uint8_t, kCompressed> key;
  Address address;
};

// KnownText is an address that was written lately: one transaction writes each of its own several times.
struct KnownText {
  Address address;
  std::string text;
};
constexpr std::size_t kKnownTexts = 16;

// with_checksum writes letters in upper case where the hash of the lower-case digits has a nibble of at least 8.
std::string with_checksum(const Address& address) {
  std::string text = hex_text(address);
  const Digest32 digest = hash::keccak256(as_bytes(std::string_view(text).substr(2)));
  for (std::size_t i = 0; i < kDigits; ++i) {
    const unsigned nibble = i % 2 == 0 ? digest[i / 2] >> 4U : digest[i / 2] & 0x0FU;
    char& c = text[2 + i];
    if (nibble >= 8 && is_lower(c)) c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

}  // namespace

Address address_of_point(std::span<const std::uint8_t, 65> point) noexcept {
  const Digest32 digest = hash::keccak256(point.subspan<1>());
  Address address;
  std::ranges::copy(std::span(digest).last<20>(), address.begin());
  return address;
}

Result<Address> address_of_key(ByteView public_key) {
  thread_local std::optional<KnownKey> known;
  if (known && std::ranges::equal(public_key, known->key)) return known->address;
  secp256k1_pubkey key;
  std::array<std::uint8_t, 65> point;
  std::size_t size = point.size();
  if (public_key.size() != kCompressed ||
      secp256k1_ec_pubkey_parse(secp256k1_context_static, &key, public_key.data(), public_key.size()) != 1) {
    return fail(Errc::bad_input, Origin::key, "the public key is no compressed point of secp256k1");
  }
  secp256k1_ec_pubkey_serialize(secp256k1_context_static, point.data(), &size, &key, SECP256K1_EC_UNCOMPRESSED);
  known.emplace();
  std::ranges::copy(public_key, known->key.begin());
  return known->address = address_of_point(point);
}

Result<Address> parse_address(std::string_view text, std::string_view where) {
  const auto refuse = [&](std::string_view why) {
    return fail(Errc::bad_input, Origin::request,
                std::string(where) + ": " + encode::quoted(text.substr(0, 64)) + std::string(why));
  };
  const auto address = text.starts_with("0x") ? from_digits(text.substr(2)) : std::nullopt;
  if (!address) return refuse(" is no address: 0x and 40 hexadecimal digits");
  const bool mixed = std::ranges::any_of(text.substr(2), is_lower) && std::ranges::any_of(text.substr(2), is_upper);
  if (mixed && address_text(*address) != text) return refuse(" has a wrong checksum (EIP-55)");
  return *address;
}

std::string address_text(const Address& address) {
  thread_local std::array<std::optional<KnownText>, kKnownTexts> known;
  auto& slot = known[address.back() % kKnownTexts];
  if (!slot || slot->address != address) slot = KnownText{.address = address, .text = with_checksum(address)};
  return slot->text;
}

std::string hex_text(ByteView bytes) {
  std::string text(2 + encode::hex_size(bytes.size()), 'x');
  text[0] = '0';
  encode::write_hex(bytes, text.data() + 2);
  return text;
}

}  // namespace custos::wallet::ethereum
