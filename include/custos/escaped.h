// Text of unknown origin, made safe to show: what a transaction holds was written by others.
#pragma once

#include <string>
#include <string_view>

#include "custos/export.h"

namespace custos {

// escaped gives `text` in one line, with \xNN for each byte of what a person cannot see as what it is: control characters, line
// separators, what turns the direction of text around, what has no width, and bytes that are no UTF-8.
[[nodiscard]] CUSTOS_EXPORT std::string escaped(std::string_view text);

}  // namespace custos
