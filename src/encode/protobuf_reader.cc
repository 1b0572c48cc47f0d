#include "encode/protobuf_reader.h"

#include <limits>

namespace custos::encode {
namespace {

constexpr std::uint64_t kMaxNumber = (1U << 29U) - 1;

}  // namespace

bool ProtobufReader::fail() noexcept {
  malformed_ = true;
  return false;
}

bool ProtobufReader::read_varint(std::uint64_t& value) noexcept {
  value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (rest_.empty()) return fail();
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    const std::uint64_t bits = byte & 0x7FU;
    if (bits > std::numeric_limits<std::uint64_t>::max() >> shift) return fail();
    value |= bits << shift;
    if ((byte & 0x80U) != 0) continue;
    return (byte != 0 || shift == 0) || fail();  // a last byte of zero adds nothing
  }
  return fail();
}

bool ProtobufReader::read_fixed(std::size_t size) noexcept {
  if (!fixed_fields_ || rest_.size() < size) return fail();
  integer_ = 0;
  for (std::size_t i = size; i-- > 0;) integer_ = integer_ << 8U | static_cast<unsigned char>(rest_[i]);
  rest_.remove_prefix(size);
  return integer_ != 0 || any_order_ || fail();
}

bool ProtobufReader::read_bytes() noexcept {
  if (!read_varint(integer_)) return false;
  if (integer_ > rest_.size()) return fail();
  bytes_ = rest_.substr(0, static_cast<std::size_t>(integer_));
  rest_.remove_prefix(bytes_.size());
  return true;
}

bool ProtobufReader::next() noexcept {
  std::uint64_t tag = 0;
  if (malformed_ || rest_.empty() || !read_varint(tag)) return false;
  const std::uint64_t number = tag >> 3U;
  if (number < 1 || number > kMaxNumber || (number < number_ && !any_order_)) return fail();
  repeated_ = number == number_;
  number_ = static_cast<std::uint32_t>(number);
  bytes_ = {};
  type_ = static_cast<WireType>(tag & 7U);
  switch (type_) {
    case WireType::varint: return read_varint(integer_) && (integer_ != 0 || any_order_ || fail());
    case WireType::fixed64: return read_fixed(8);
    case WireType::bytes: return read_bytes();
    case WireType::fixed32: return read_fixed(4);
  }
  return fail();
}

ProtobufReader ProtobufReader::with_fixed_fields(std::string_view message) noexcept {
  ProtobufReader reader(message);
  reader.fixed_fields_ = true;
  return reader;
}

ProtobufReader ProtobufReader::in_any_order(std::string_view message) noexcept {
  ProtobufReader reader = with_fixed_fields(message);
  reader.any_order_ = true;
  return reader;
}

bool is_well_formed(std::string_view message) noexcept {
  auto reader = ProtobufReader::in_any_order(message);
  while (reader.next()) {
  }
  return !reader.malformed();
}

}  // namespace custos::encode
