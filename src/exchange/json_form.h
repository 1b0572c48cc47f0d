// JSON written as the form of its members, which is what some venues' tokens are made of.
#pragma once

#include <cstdint>

#include "base/writer.h"
#include "exchange/json.h"

namespace custos::exchange {

enum class FormText : std::uint8_t { plain, percent };

// write_json_form writes the members of `object`, which check_json accepted, in order as "a=1&b[]=2&b[]=3": values plain or
// percent-encoded, elements of arrays each by itself. An object in an array is its JSON text, percent-encoded.
// It answers the name of the first member that has no one form: null, another object, an array in an array, a plain value with
// '&' in it, a name with '&' or '='; the object itself, if it is none.
JsonValue write_json_form(JsonValue object, FormText text, BoundedWriter& out) noexcept;

}  // namespace custos::exchange
