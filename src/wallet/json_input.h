// JSON of callers, read strictly: UTF-8, no name twice in an object, no number that a double would have to round, nothing behind
// the value, at most 64 deep.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "custos/result.h"

namespace custos::wallet {

using Json = nlohmann::json;

// parse_json reads one value. Integers are those of 64 bits; larger ones and fractions are refused with the advice to write text.
// Errors: bad_input, naming `what` ("the transaction"), the fault and where it is.
[[nodiscard]] Result<Json> parse_json(std::string_view text, std::string_view what);

// reject_unknown refuses members of `object` that are not among `known`. Errors: bad_input.
[[nodiscard]] Result<void> reject_unknown(const Json& object, std::initializer_list<std::string_view> known,
                                          std::string_view what);

}  // namespace custos::wallet
