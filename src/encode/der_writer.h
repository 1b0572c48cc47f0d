// DerWriter: writes DER (ITU-T X.690, section 10) into memory that others own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "encode/der.h"

namespace custos::encode {

// DerWriter writes from the end of its place to the front, so that what an element holds stands before its length is needed:
//   writer.put_unsigned(s); writer.put_unsigned(r); writer.wrap(DerTag::sequence, 0);
// It fails for good when the place is too small; written() is then empty. Allocates nothing.
class DerWriter {
 public:
  explicit DerWriter(std::span<std::uint8_t> place) noexcept : place_(place), begin_(place.size()) {}

  // put writes bytes that are DER already, before all that was written.
  void put(ByteView bytes) noexcept;
  // put_unsigned writes an INTEGER from a big-endian magnitude, leading zeroes or not.
  void put_unsigned(ByteView magnitude) noexcept;
  // wrap makes one element of all but the last `after` bytes that were written.
  void wrap(DerTag tag, std::size_t after) noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return place_.size() - begin_; }
  [[nodiscard]] ByteView written() const noexcept { return failed_ ? ByteView() : place_.subspan(begin_); }

 private:
  void put_byte(std::size_t byte) noexcept;

  std::span<std::uint8_t> place_;
  std::size_t begin_;
  bool failed_ = false;
};

}  // namespace custos::encode
