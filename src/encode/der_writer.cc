#include "encode/der_writer.h"

#include <algorithm>

namespace custos::encode {

void DerWriter::put(ByteView bytes) noexcept {
  failed_ = failed_ || bytes.size() > begin_;
  if (failed_) return;
  begin_ -= bytes.size();
  std::ranges::copy(bytes, place_.subspan(begin_).begin());
}

void DerWriter::put_byte(std::size_t byte) noexcept {
  const auto octet = static_cast<std::uint8_t>(byte);
  put({&octet, 1});
}

void DerWriter::put_unsigned(ByteView magnitude) noexcept {
  const std::size_t after = size();
  while (!magnitude.empty() && magnitude[0] == 0) magnitude = magnitude.subspan(1);
  put(magnitude);
  if (magnitude.empty() || magnitude[0] >= 0x80) put_byte(0);  // X.690, 8.3.3: the first bit is the sign
  wrap(DerTag::integer, after);
}

void DerWriter::wrap(DerTag tag, std::size_t after) noexcept {
  const std::size_t length = size() - after;
  if (length < 0x80) {
    put_byte(length);
  } else {  // X.690, 8.1.3.5
    std::size_t octets = 0;
    for (std::size_t rest = length; rest != 0; rest >>= 8, ++octets) put_byte(rest);
    put_byte(0x80 | octets);
  }
  put_byte(static_cast<std::size_t>(tag));
}

}  // namespace custos::encode
