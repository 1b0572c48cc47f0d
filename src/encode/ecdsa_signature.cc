#include "encode/ecdsa_signature.h"

#include <algorithm>

#include "encode/der.h"
#include "encode/der_writer.h"

namespace custos::encode {

ByteView write_ecdsa_der(std::span<const std::uint8_t, kEcdsaSize> signature, EcdsaDer& place) noexcept {
  DerWriter writer(place);
  writer.put_unsigned(signature.last<32>());
  writer.put_unsigned(signature.first<32>());
  writer.wrap(DerTag::sequence, 0);
  return writer.written();
}

bool read_ecdsa_der(ByteView der, std::span<std::uint8_t, kEcdsaSize> out) noexcept {
  DerReader outer(der);
  DerReader inner = outer.enter(DerTag::sequence);
  const ByteView r = inner.take_unsigned();
  const ByteView s = inner.take_unsigned();
  if (!outer.finished() || !inner.finished() || r.size() > 32 || s.size() > 32) return false;
  std::ranges::fill(out, std::uint8_t{0});
  std::ranges::copy_backward(r, out.begin() + 32);
  std::ranges::copy_backward(s, out.end());
  return true;
}

}  // namespace custos::encode
