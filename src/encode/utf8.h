// UTF-8: the well-formedness rule of the Unicode Standard, table 3-7 (no overlong forms, no surrogates, at most U+10FFFF).
#pragma once

#include <string_view>

namespace custos::encode {

[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

}  // namespace custos::encode
