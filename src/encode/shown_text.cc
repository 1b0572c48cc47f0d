#include "encode/shown_text.h"

#include <algorithm>
#include <array>

#include "custos/escaped.h"
#include "encode/hex.h"
#include "encode/utf8.h"

namespace custos {
namespace encode {
namespace {

struct Range {
  char32_t first, last;
};

// kUnseen are control characters (Cc), line and paragraph separators (Zl, Zp), interlinear annotations, and all that Unicode 15.1
// calls Default_Ignorable_Code_Point (DerivedCoreProperties.txt): what has no width, with the controls of direction (UAX 9).
constexpr auto kUnseen = std::to_array<Range>({
    {0x0000, 0x001F}, {0x007F, 0x009F},   {0x00AD, 0x00AD},   {0x034F, 0x034F},   {0x061C, 0x061C},
    {0x115F, 0x1160}, {0x17B4, 0x17B5},   {0x180B, 0x180F},   {0x200B, 0x200F},   {0x2028, 0x202E},
    {0x2060, 0x206F}, {0x3164, 0x3164},   {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},
    {0xFFF0, 0xFFFB}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
});

// code_point of one well-formed character.
char32_t code_point(std::string_view character) noexcept {
  constexpr std::array<std::uint8_t, 5> kLeadBits{0, 0x7F, 0x1F, 0x0F, 0x07};
  char32_t value = static_cast<std::uint8_t>(character[0]) & kLeadBits[character.size()];
  for (const char c : character.substr(1)) value = value << 6U | (static_cast<std::uint8_t>(c) & 0x3FU);
  return value;
}

}  // namespace

std::size_t shown_size(std::string_view text) noexcept {
  const std::size_t size = utf8_size(text);
  if (size == 0) return 0;
  const char32_t character = code_point(text.substr(0, size));
  const auto holds = [character](const Range& range) { return character >= range.first && character <= range.last; };
  return std::ranges::any_of(kUnseen, holds) ? 0 : size;
}

bool is_shown_text(std::string_view text) noexcept {
  while (!text.empty()) {
    const bool is_space = text[0] == '\n' || text[0] == '\r' || text[0] == '\t';
    const std::size_t size = is_space ? 1 : shown_size(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

}  // namespace encode

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t size = encode::shown_size(text);
    if (size != 0) {
      out += text.substr(0, size);
    } else {
      out += "\\x" + encode::to_hex(as_bytes(text.substr(0, 1)));
    }
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return out;
}

}  // namespace custos
