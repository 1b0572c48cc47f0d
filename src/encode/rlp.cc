#include "encode/rlp.h"

#include <algorithm>

namespace custos::encode {
namespace {

constexpr std::size_t kShort = 55;  // the longest content whose length stands in the first byte

// Item is where the next item's content stands.
struct Item {
  std::size_t header = 0;
  std::size_t content = 0;
  RlpFault fault = RlpFault::none;
};

// read_item reads the header of the first item of `bytes`, which is not empty.
Item read_item(ByteView bytes) noexcept {
  const std::uint8_t first = bytes[0];
  if (first < 0x80) return {0, 1};
  const std::size_t code = first & 0x3FU;  // behind 0x80 or 0xC0: the length, or how many bytes it takes
  Item item{1, code};
  if (code > kShort) {
    const std::size_t width = code - kShort;
    if (width > bytes.size() - 1) return {.fault = RlpFault::truncated};
    if (bytes[1] == 0) return {.fault = RlpFault::not_canonical};
    std::uint64_t length = 0;
    for (const auto byte : bytes.subspan(1, width)) length = length << 8U | byte;
    if (length <= kShort) return {.fault = RlpFault::not_canonical};
    item = {1 + width, length};
  }
  if (item.content > bytes.size() - item.header) return {.fault = RlpFault::truncated};
  if (first == 0x81 && bytes[1] < 0x80) return {.fault = RlpFault::not_canonical};
  return item;
}

}  // namespace

std::string_view to_string(RlpFault fault) noexcept {
  switch (fault) {
    case RlpFault::none: return "nothing is wrong";
    case RlpFault::truncated: return "the RLP ends too early";
    case RlpFault::not_canonical: return "the RLP is not canonical: something is not in its shortest form";
    case RlpFault::not_a_string: return "a list where a string belongs";
    case RlpFault::not_a_list: return "a string where a list belongs";
    case RlpFault::wrong_size: return "a size that it cannot have";
    case RlpFault::too_large: return "the RLP is too large or nested too deep";
  }
  return "";
}

ByteView RlpReader::fail(RlpFault fault) noexcept {
  if (fault_ == RlpFault::none) fault_ = fault;
  rest_ = {};
  return {};
}

ByteView RlpReader::take(bool list) noexcept {
  if (rest_.empty()) return fail(RlpFault::truncated);
  if (next_is_list() != list) return fail(list ? RlpFault::not_a_list : RlpFault::not_a_string);
  const Item item = read_item(rest_);
  if (item.fault != RlpFault::none) return fail(item.fault);
  const ByteView content = rest_.subspan(item.header, item.content);
  rest_ = rest_.subspan(item.header + item.content);
  return content;
}

ByteView RlpReader::take_string() noexcept { return take(false); }

ByteView RlpReader::take_bytes(std::size_t size) noexcept {
  const ByteView content = take(false);
  return fault_ == RlpFault::none && content.size() != size ? fail(RlpFault::wrong_size) : content;
}

Uint256 RlpReader::take_number() noexcept {
  const ByteView content = take(false);
  if (!content.empty() && content[0] == 0) {
    fail(RlpFault::not_canonical);
    return {};
  }
  const auto number = Uint256::from_bytes(content);
  if (!number) fail(RlpFault::wrong_size);
  return number.value_or(Uint256());
}

std::uint64_t RlpReader::take_number64() noexcept {
  const auto number = take_number().as_uint64();
  if (!number) fail(RlpFault::wrong_size);
  return number.value_or(0);
}

RlpReader RlpReader::enter() noexcept {
  RlpReader inner(take(true));
  inner.depth_ = depth_ + 1;
  if (inner.depth_ > kMaxRlpDepth) fail(RlpFault::too_large);
  if (fault_ != RlpFault::none) inner.fail(fault_);
  return inner;
}

std::size_t RlpReader::remaining() const noexcept {
  std::size_t count = 0;
  for (ByteView rest = rest_; !rest.empty(); ++count) {
    const Item item = read_item(rest);
    if (item.fault != RlpFault::none) return count + 1;
    rest = rest.subspan(item.header + item.content);
  }
  return count;
}

RlpHeader::RlpHeader(std::uint8_t base, std::size_t size) noexcept {
  if (size <= kShort) {
    bytes_[0] = static_cast<std::uint8_t>(base + size);
    return;
  }
  std::size_t width = 0;
  for (std::size_t left = size; left != 0; left >>= 8U) ++width;
  bytes_[0] = static_cast<std::uint8_t>(base + kShort + width);
  for (std::size_t i = 0; i < width; ++i) bytes_[width - i] = static_cast<std::uint8_t>(size >> 8 * i);
  size_ = 1 + width;
}

void RlpWriter::put(ByteView string) {
  if (string.size() != 1 || string[0] >= 0x80) put_encoded(RlpHeader::string(string.size()).bytes());
  put_encoded(string);
}

void RlpWriter::put(const Uint256& number) {
  const auto bytes = number.bytes();
  put(ByteView(bytes).subspan(32 - (number.bit_width() + 7) / 8));
}

void RlpWriter::close_list(std::size_t mark) {
  const RlpHeader header = RlpHeader::list(out_.size() - mark);
  const ByteView bytes = header.bytes();
  out_.insert(out_.begin() + static_cast<std::ptrdiff_t>(mark), bytes.begin(), bytes.end());
}

}  // namespace custos::encode
