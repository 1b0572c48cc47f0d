// MessagePack as rmp-serde and msgpack-python write a JSON value: https://github.com/msgpack/msgpack/blob/master/spec.md.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/writer.h"
#include "exchange/json.h"

namespace custos::exchange {

// write_msgpack writes a value of a text that check_json accepted: maps in the order in which the members are written, strings as
// str, every integer and size in its shortest form. It answers the number that has none, being no integer of 64 bits (floats are
// written differently by each language), or nothing. The caller asks `out` whether all of it fitted.
[[nodiscard]] std::string_view write_msgpack(JsonValue value, BoundedWriter& out) noexcept;

// read_integer reads a JSON number that is a whole one below 2^64, written without sign, fraction and exponent.
[[nodiscard]] bool read_integer(JsonValue value, std::uint64_t& integer) noexcept;

}  // namespace custos::exchange
