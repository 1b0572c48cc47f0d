// UTF-8: the well-formedness rule of the Unicode Standard, table 3-7 (no overlong forms, no surrogates, at most U+10FFFF).
#pragma once

#include <cstddef>
#include <string_view>

namespace custos::encode {

// utf8_size is the length of the character that `text` begins with, 1 to 4; 0: it begins with none.
[[nodiscard]] std::size_t utf8_size(std::string_view text) noexcept;
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

}  // namespace custos::encode
