// Bytes as lower-case hexadecimal text.
#pragma once

#include <string>
#include <string_view>

namespace custos::cli {

[[nodiscard]] std::string to_hex(std::string_view bytes);

}  // namespace custos::cli
