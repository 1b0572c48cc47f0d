#include "encode/der.h"

#include <algorithm>

namespace custos::encode {
namespace {

constexpr std::size_t kMaxLengthOctets = 4;
constexpr std::size_t kMaxOid = 32;
constexpr std::size_t kMaxArc = 9;  // octets of seven bits: it fits in 63

// is_oid: each arc is base 128 in its shortest form, the last octet without the continuation bit (X.690, 8.19.2).
bool is_oid(ByteView content) noexcept {
  if (content.empty() || content.size() > kMaxOid || (content.back() & 0x80) != 0) return false;
  std::size_t octets = 0;
  return std::ranges::all_of(content, [&](std::uint8_t octet) {
    if (octets == 0 && octet == 0x80) return false;
    octets = (octet & 0x80) != 0 ? octets + 1 : 0;
    return octets < kMaxArc;
  });
}

}  // namespace

ByteView DerReader::take(DerTag tag) noexcept {
  if (!next_is(tag) || rest_.size() < 2) return fail();
  std::size_t header = 2;
  std::size_t length = rest_[1];
  if (length >= 0x80) {
    const std::size_t octets = length - 0x80;  // 0: the indefinite form
    if (octets == 0 || octets > kMaxLengthOctets || octets > rest_.size() - header || rest_[header] == 0) return fail();
    length = 0;
    for (const auto octet : rest_.subspan(header, octets)) length = length << 8U | octet;
    if (length < 0x80) return fail();
    header += octets;
  }
  if (length > rest_.size() - header) return fail();
  const ByteView content = rest_.subspan(header, length);
  rest_ = rest_.subspan(header + length);
  return content;
}

DerReader DerReader::enter(DerTag tag) noexcept {
  DerReader inner(take(tag));
  inner.failed_ = failed_;
  return inner;
}

ByteView DerReader::take_oid() noexcept {
  const ByteView content = take(DerTag::oid);
  return is_oid(content) ? content : fail();
}

ByteView DerReader::take_bits(DerTag tag) noexcept {
  const ByteView content = take(tag);  // first, how many bits of the last octet are unused
  return !content.empty() && content[0] == 0 ? content.subspan(1) : fail();
}

ByteView DerReader::take_unsigned() noexcept {
  const ByteView content = take(DerTag::integer);
  if (content.empty() || (content[0] & 0x80) != 0) return fail();
  if (content[0] != 0) return content;
  if (content.size() > 1 && (content[1] & 0x80) == 0) return fail();  // a zero too many
  return content.subspan(1);
}

std::uint64_t DerReader::take_number() noexcept {
  std::uint64_t number = 0;
  const ByteView magnitude = take_unsigned();
  if (magnitude.size() > sizeof number) fail();
  if (failed_) return 0;
  for (const auto octet : magnitude) number = number << 8U | octet;
  return number;
}

void DerReader::take_null() noexcept {
  if (!take(DerTag::null).empty()) fail();
}

std::string oid_text(ByteView oid) {
  std::string text;
  std::uint64_t arc = 0;
  for (const auto octet : oid) {
    arc = arc << 7U | (octet & 0x7FU);
    if ((octet & 0x80) != 0) continue;
    if (text.empty()) {  // the first two arcs share one number (X.690, 8.19.4)
      const std::uint64_t first = std::min<std::uint64_t>(arc / 40, 2);
      text = std::to_string(first) + '.' + std::to_string(arc - first * 40);
    } else {
      text += '.' + std::to_string(arc);
    }
    arc = 0;
  }
  return text;
}

}  // namespace custos::encode
