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

std::size_t utf8_size(std::string_view text) noexcept {
  const auto byte = [text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  if (text.empty()) return 0;
  if (byte(0) < 0x80) return 1;
  const Sequence sequence = sequence_of(byte(0));
  if (sequence.following == 0 || text.size() <= sequence.following) return 0;
  if (byte(1) < sequence.least || byte(1) > sequence.greatest) return 0;
  for (std::size_t k = 2; k <= sequence.following; ++k) {
    if (byte(k) < 0x80 || byte(k) > 0xBF) return 0;
  }
  return sequence.following + std::size_t{1};
}

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const std::size_t size = utf8_size(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

}  // namespace custos::encode
