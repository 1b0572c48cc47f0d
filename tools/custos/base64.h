// Base64 with padding (RFC 4648, section 4), for bodies that are no text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace custos::cli {

[[nodiscard]] std::string to_base64(std::string_view bytes);

// from_base64 is strict: padding is demanded, unused bits must be zero, nothing else may stand between. Absent when it is not.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

}  // namespace custos::cli
