// RLP: recursive length prefix, as Ethereum writes strings, numbers and lists (Yellow Paper, appendix B).
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/uint256.h"

namespace custos::encode {

inline constexpr std::size_t kMaxRlpSize = std::size_t{64} << 20U;
inline constexpr unsigned kMaxRlpDepth = 8;  // transactions nest lists 5 deep

// RlpFault is what is wrong with an encoding.
enum class RlpFault : std::uint8_t {
  none,
  truncated,      // an item says that it is longer than what is there
  not_canonical,  // a length, a byte or a number that is not in its shortest form
  not_a_string,   // a list where a string belongs
  not_a_list,
  wrong_size,  // a string or a number of another size than belongs here
  too_large,   // more than kMaxRlpSize bytes, or deeper than kMaxRlpDepth
};
[[nodiscard]] std::string_view to_string(RlpFault fault) noexcept;

// RlpReader takes one item after the other out of memory that others own. It takes the one canonical form only. What is
// malformed, or not what was asked for, makes it fail for good: from then on everything reads as empty or zero, so that a caller
// reads straight down and asks fault() and finished() once. A reader that was entered knows nothing of its parent: ask each.
class RlpReader {
 public:
  explicit RlpReader(ByteView bytes) noexcept : rest_(bytes) {
    if (bytes.size() > kMaxRlpSize) fail(RlpFault::too_large);
  }

  [[nodiscard]] bool next_is_list() const noexcept { return !rest_.empty() && rest_[0] >= 0xC0; }
  // take_string gives the content of the next item.
  ByteView take_string() noexcept;
  // take_bytes is take_string of exactly `size` bytes.
  ByteView take_bytes(std::size_t size) noexcept;
  // take_number gives a number: a string without leading zeros, of at most 32 bytes, empty for 0.
  Uint256 take_number() noexcept;
  // take_number64 is take_number of at most 64 bits.
  std::uint64_t take_number64() noexcept;
  // enter reads the content of the next item, a list.
  RlpReader enter() noexcept;
  // remaining counts the items that were not taken yet, of either kind, without looking into them.
  [[nodiscard]] std::size_t remaining() const noexcept;
  // refuse makes the reader fail: for a caller that finds an item at fault.
  void refuse(RlpFault fault) noexcept { fail(fault); }

  [[nodiscard]] ByteView rest() const noexcept { return rest_; }  // what was not taken yet
  [[nodiscard]] RlpFault fault() const noexcept { return fault_; }
  // finished tells that nothing failed and nothing is left.
  [[nodiscard]] bool finished() const noexcept { return fault_ == RlpFault::none && rest_.empty(); }

 private:
  ByteView take(bool list) noexcept;
  ByteView fail(RlpFault fault) noexcept;

  ByteView rest_;
  unsigned depth_ = 0;
  RlpFault fault_ = RlpFault::none;
};

// RlpHeader is what stands before the content of an item: 1 to 9 bytes.
class RlpHeader {
 public:
  // list is that of a list whose items take `size` bytes; string that of a string, but for a single byte below 0x80, which has
  // none.
  [[nodiscard]] static RlpHeader list(std::size_t size) noexcept { return {0xC0, size}; }
  [[nodiscard]] static RlpHeader string(std::size_t size) noexcept { return {0x80, size}; }
  [[nodiscard]] ByteView bytes() const noexcept { return ByteView(bytes_).first(size_); }

 private:
  RlpHeader(std::uint8_t base, std::size_t size) noexcept;

  std::array<std::uint8_t, 9> bytes_{};
  std::size_t size_ = 1;
};

// RlpWriter appends items to bytes that it holds.
class RlpWriter {
 public:
  explicit RlpWriter(std::size_t expected_size = 0) { out_.reserve(expected_size); }

  void put(ByteView string);
  void put(const Uint256& number);
  void put(std::uint64_t number) { put(Uint256(number)); }
  // put_encoded appends items that are RLP already.
  void put_encoded(ByteView items) { out_.insert(out_.end(), items.begin(), items.end()); }

  // open_list begins a list and answers its mark; close_list makes a list of everything since. It moves the list's content once.
  [[nodiscard]] std::size_t open_list() const noexcept { return out_.size(); }
  void close_list(std::size_t mark);

  [[nodiscard]] const Bytes& written() const noexcept { return out_; }
  [[nodiscard]] Bytes take() noexcept { return std::move(out_); }

 private:
  Bytes out_;
};

}  // namespace custos::encode
