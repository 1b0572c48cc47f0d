// Quoting: text of unknown origin as people may read it on a terminal.
#pragma once

#include <string>
#include <string_view>

namespace custos::encode {

// quoted puts `text` in single quotes; control characters, backslashes, quotes and bytes outside ASCII are written as \xNN, so
// that nothing foreign steers a terminal or ends the quotation.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace custos::encode
