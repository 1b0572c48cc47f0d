// One line of `request sign --jsonl`, read strictly.
#pragma once

#include <string_view>

#include "custos/result.h"
#include "request_input.h"

namespace custos::cli {

// parse_line reads a line into `input`, which it empties first. On failure `input.id` holds the id if it was read. Unknown and
// repeated names, invalid UTF-8 and values of another type than the name's are errors. Errors: bad_input.
Result<void> parse_line(std::string_view line, RequestInput& input);

}  // namespace custos::cli
