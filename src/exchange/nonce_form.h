// What nonces look like.
#pragma once

#include <string_view>

namespace custos::exchange {

// is_uuid says that `text` is a UUID in lower case (RFC 9562, section 4): 36 characters.
[[nodiscard]] bool is_uuid(std::string_view text) noexcept;

// is_token says that `text` is 1 to 64 letters, digits, '-' and '_'.
[[nodiscard]] bool is_token(std::string_view text) noexcept;

}  // namespace custos::exchange
