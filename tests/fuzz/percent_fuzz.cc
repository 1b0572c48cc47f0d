// Fuzzes percent-encoding: decoding undoes encoding for any bytes, what decodes encodes to something that decodes alike, and
// neither writes past its buffer.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "encode/percent.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

std::string encoded(std::string_view text) {
  std::string buffer(text.size() * 3, '\0');
  custos::BoundedWriter out(buffer);
  custos::encode::percent_encode(text, out);
  require(!out.overflowed());
  return std::string(out.written());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  const std::string wire = encoded(text);
  std::string buffer(wire.size(), '\0');
  custos::BoundedWriter back(buffer);
  require(custos::encode::form_decode(wire, back) && !back.overflowed() && back.written() == text);

  std::string first(size, '\0');
  custos::BoundedWriter decoded(first);
  if (custos::encode::form_decode(text, decoded)) {
    require(!decoded.overflowed());  // decoding never grows
    const std::string again = encoded(decoded.written());
    std::string second(again.size(), '\0');
    custos::BoundedWriter twice(second);
    require(custos::encode::form_decode(again, twice) && twice.written() == decoded.written());
  }

  std::string cut(size, '#');
  custos::BoundedWriter small({cut.data(), size / 2});
  custos::encode::percent_encode(text, small);
  for (std::size_t i = size / 2; i < size; ++i) require(cut[i] == '#');
  return 0;
}
