#include "exchange/protobuf_reader.h"

#include <limits>

namespace custos::exchange {
namespace {

constexpr std::uint64_t kMaxNumber = (1U << 29U) - 1;

enum WireType : std::uint64_t { kVarint = 0, kLengthDelimited = 2 };

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

bool ProtobufReader::next() noexcept {
  std::uint64_t tag = 0;
  if (malformed_ || rest_.empty() || !read_varint(tag)) return false;
  const std::uint64_t number = tag >> 3U;
  if (number < 1 || number > kMaxNumber || number < number_) return fail();
  repeated_ = number == number_;
  number_ = static_cast<std::uint32_t>(number);
  bytes_ = {};
  is_integer_ = (tag & 7U) == kVarint;
  if (!read_varint(integer_)) return false;
  if (is_integer_) return integer_ != 0 || fail();
  if ((tag & 7U) != kLengthDelimited || integer_ > rest_.size()) return fail();
  bytes_ = rest_.substr(0, static_cast<std::size_t>(integer_));
  rest_.remove_prefix(bytes_.size());
  return true;
}

}  // namespace custos::exchange
