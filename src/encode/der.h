// DerReader: reads DER (ITU-T X.690, sections 8, 10 and 11) out of memory that others own.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"

namespace custos::encode {

// DerTag is an identifier octet.
enum class DerTag : std::uint8_t {
  integer = 0x02,
  bit_string = 0x03,
  octet_string = 0x04,
  null = 0x05,
  oid = 0x06,
  sequence = 0x30,
  context_0 = 0xA0,            // [0], constructed
  context_1 = 0xA1,            // [1], constructed
  context_1_primitive = 0x81,  // [1] IMPLICIT of a primitive type
};

// DerReader takes one element after the other. It is strict: definite lengths in their shortest form, at most four octets of
// them; integers and object identifiers in their shortest form. What is malformed, or not what was asked for, makes it fail for
// good: from then on everything reads as empty or zero, so that a caller reads straight down and asks finished() once. A reader
// that was entered knows nothing of its parent: ask each.
class DerReader {
 public:
  explicit DerReader(ByteView bytes) noexcept : rest_(bytes) {}

  // next_is tells whether an element with that tag comes next: for OPTIONAL and CHOICE.
  [[nodiscard]] bool next_is(DerTag tag) const noexcept {
    return !failed_ && !rest_.empty() && rest_[0] == static_cast<std::uint8_t>(tag);
  }
  // take gives the content of the next element, which must have that tag.
  ByteView take(DerTag tag) noexcept;
  // enter reads the content of the next element.
  DerReader enter(DerTag tag) noexcept;

  ByteView take_octet_string() noexcept { return take(DerTag::octet_string); }
  // take_oid gives an object identifier's content, at most 32 bytes; oid_text shows it.
  ByteView take_oid() noexcept;
  // take_bits gives a bit string of whole octets; `tag` for an implicit one.
  ByteView take_bits(DerTag tag = DerTag::bit_string) noexcept;
  // take_unsigned gives an integer's magnitude, big-endian, without leading zeroes: empty for 0. A negative one fails.
  ByteView take_unsigned() noexcept;
  // take_number gives an integer from 0 to 2^64 - 1.
  std::uint64_t take_number() noexcept;
  void take_null() noexcept;

  // rest is what was not taken yet.
  [[nodiscard]] ByteView rest() const noexcept { return failed_ ? ByteView() : rest_; }
  // finished tells that nothing failed and nothing is left.
  [[nodiscard]] bool finished() const noexcept { return !failed_ && rest_.empty(); }

 private:
  ByteView fail() noexcept {
    failed_ = true;
    return {};
  }

  ByteView rest_;
  bool failed_ = false;
};

// oid_text writes an object identifier that take_oid gave: "1.2.840.10045.3.1.7".
[[nodiscard]] std::string oid_text(ByteView oid);

}  // namespace custos::encode
