// Address: an account of an Ethereum chain, and the one spelling of it that has a checksum (EIP-55).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "custos/result.h"

namespace custos::wallet::ethereum {

using Address = std::array<std::uint8_t, 20>;

// address_of_point is the last 20 bytes of the Keccak-256 of an uncompressed secp256k1 point (65 bytes) without its first byte.
[[nodiscard]] Address address_of_point(std::span<const std::uint8_t, 65> point) noexcept;
// address_of_key takes the compressed form. Errors: bad_input, when it is no point.
[[nodiscard]] Result<Address> address_of_key(ByteView public_key);

// parse_address reads "0x" and 40 hexadecimal digits; digits of mixed case must be the checksum's (EIP-55). Errors: bad_input,
// with `where` ("to") in front.
[[nodiscard]] Result<Address> parse_address(std::string_view text, std::string_view where);

// address_text is the spelling with the checksum.
[[nodiscard]] std::string address_text(const Address& address);

// hex_text is "0x" and the bytes in hexadecimal.
[[nodiscard]] std::string hex_text(ByteView bytes);

}  // namespace custos::wallet::ethereum
