#include "wallet/evm/typed_data_value.h"

#include <algorithm>
#include <optional>

#include "encode/hex.h"
#include "hash/keccak.h"
#include "wallet/evm/address.h"

namespace custos::wallet::ethereum {
namespace {

using Kind = MemberType::Kind;

// Number is one of either sign. Never minus zero.
struct Number {
  bool negative = false;
  Uint256 magnitude;
};

Unexpected wrong(std::string what) { return fail(Errc::bad_input, Origin::request, std::move(what)); }

std::optional<Number> read_text_number(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const bool hexadecimal = text.starts_with("0x");
  const bool plain = hexadecimal ? !negative : !text.starts_with("0X") && (!text.starts_with('0') || text.size() == 1);
  const auto magnitude = plain ? Uint256::parse(text) : std::nullopt;
  if (!magnitude || (negative && magnitude->is_zero())) return std::nullopt;
  return Number{negative, *magnitude};
}

std::optional<Number> read_number(const Json& value) {
  if (value.is_string()) return read_text_number(value.get_ref<const std::string&>());
  if (value.is_number_unsigned()) return Number{false, value.get<std::uint64_t>()};
  if (!value.is_number_integer()) return std::nullopt;
  const auto number = value.get<std::int64_t>();
  return Number{number < 0, number < 0 ? ~static_cast<std::uint64_t>(number) + 1 : static_cast<std::uint64_t>(number)};
}

// fits says that the number is within the type: 0 to 2^size - 1, or -2^(size-1) to 2^(size-1) - 1.
bool fits(const Number& number, const MemberType& type) {
  if (type.kind == Kind::uint) return !number.negative && number.magnitude.bit_width() <= type.size;
  const Uint256 highest = Uint256::power_minus_one(type.size - 1);
  return number.magnitude <= highest || (number.negative && number.magnitude.minus(1) == highest);
}

Result<Digest32> encode_number(const MemberType& type, const Json& value) {
  const auto number = read_number(value);
  const std::string name = (type.kind == Kind::uint ? "uint" : "int") + std::to_string(type.size);
  if (!number) return wrong("the value is no number of type " + name);
  if (!fits(*number, type)) return wrong("the value is out of the range of " + name);
  if (!number->negative) return number->magnitude.bytes();
  auto word = number->magnitude.minus(1)->bytes();  // two's complement: -n is the inverse of n - 1
  std::ranges::transform(word, word.begin(), [](std::uint8_t byte) { return static_cast<std::uint8_t>(~byte); });
  return word;
}

std::optional<Bytes> read_bytes(const Json& value) {
  if (!value.is_string()) return std::nullopt;
  const std::string_view text = value.get_ref<const std::string&>();
  return text.starts_with("0x") ? encode::from_hex(text.substr(2)) : std::nullopt;
}

Result<Digest32> encode_fixed_bytes(unsigned size, const Json& value) {
  const auto bytes = read_bytes(value);
  if (!bytes || bytes->size() != size) {
    return wrong("the value is no hexadecimal text of " + std::to_string(size) + (size == 1 ? " byte" : " bytes"));
  }
  Digest32 word{};
  std::ranges::copy(*bytes, word.begin());
  return word;
}

Result<Digest32> encode_address(const Json& value) {
  if (!value.is_string()) return wrong("the value is no address");
  auto address = parse_address(value.get_ref<const std::string&>(), "the value");
  if (!address) return address.failure();
  Digest32 word{};
  std::ranges::copy(*address, word.begin() + 12);
  return word;
}

}  // namespace

Result<Digest32> encode_value(const MemberType& type, const Json& value) {
  switch (type.kind) {
    case Kind::boolean:
      if (!value.is_boolean()) return wrong("the value is neither true nor false");
      return Uint256(value.get<bool>() ? 1 : 0).bytes();
    case Kind::address: return encode_address(value);
    case Kind::string:
      if (!value.is_string()) return wrong("the value is no text");
      return hash::keccak256(as_bytes(value.get_ref<const std::string&>()));
    case Kind::bytes: {
      const auto bytes = read_bytes(value);
      if (!bytes) return wrong("the value is no hexadecimal text (0x…)");
      return hash::keccak256(*bytes);
    }
    case Kind::fixed_bytes: return encode_fixed_bytes(type.size, value);
    case Kind::uint:
    case Kind::sint: return encode_number(type, value);
    case Kind::structure: break;
  }
  return wrong("the value is of no elementary type");
}

Uint256 number_of(const Json& value) { return read_number(value).value_or(Number{}).magnitude; }

std::string checksum_text(const Json& value) {
  return address_text(parse_address(value.get_ref<const std::string&>(), "the value").value_or(Address{}));
}

Bytes bytes_of(const Json& value) { return read_bytes(value).value_or(Bytes()); }

}  // namespace custos::wallet::ethereum
