// Hex: bytes as lower-case hexadecimal text (RFC 4648, section 8, in lower case).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace custos::encode {

[[nodiscard]] constexpr std::size_t hex_size(std::size_t bytes) noexcept { return bytes * 2; }

// write_hex writes hex_size(bytes.size()) characters to `place`, which may not overlap the bytes. Its time may depend on the
// bytes: for public values only.
void write_hex(ByteView bytes, char* place) noexcept;

// to_hex gives the same text as a string; cold paths only.
[[nodiscard]] std::string to_hex(ByteView bytes);

// from_hex reads pairs of digits, in either case; nullopt when the text is anything else. For public values only.
[[nodiscard]] std::optional<Bytes> from_hex(std::string_view text);

}  // namespace custos::encode
