#include "encode/utf8.h"

#include <cstdint>

namespace custos::encode {
namespace {

// Sequence is how many bytes follow a lead byte, and the range of the first of them.
struct Sequence {
  std::uint8_t following;
  std::uint8_t least;
  std::uint8_t greatest;
};

constexpr Sequence kInvalid{0, 1, 0};

Sequence sequence_of(std::uint8_t lead) noexcept {
  if (lead < 0xC2) return kInvalid;
  if (lead < 0xE0) return {1, 0x80, 0xBF};
  if (lead == 0xE0) return {2, 0xA0, 0xBF};
  if (lead == 0xED) return {2, 0x80, 0x9F};
  if (lead < 0xF0) return {2, 0x80, 0xBF};
  if (lead == 0xF0) return {3, 0x90, 0xBF};
  if (lead < 0xF4) return {3, 0x80, 0xBF};
  if (lead == 0xF4) return {3, 0x80, 0x8F};
  return kInvalid;
}

}  // namespace

bool is_utf8(std::string_view text) noexcept {
  const auto byte = [text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  std::size_t i = 0;
  while (i < text.size()) {
    const std::uint8_t lead = byte(i++);
    if (lead < 0x80) continue;
    const Sequence sequence = sequence_of(lead);
    if (sequence.following == 0 || text.size() - i < sequence.following) return false;
    if (byte(i) < sequence.least || byte(i) > sequence.greatest) return false;
    for (std::size_t k = 1; k < sequence.following; ++k) {
      if (byte(i + k) < 0x80 || byte(i + k) > 0xBF) return false;
    }
    i += sequence.following;
  }
  return true;
}

}  // namespace custos::encode
