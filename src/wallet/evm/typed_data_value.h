// The elementary values of typed data (EIP-712, "Definition of encodeData"): JSON in, one word out.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/uint256.h"
#include "wallet/evm/typed_data_types.h"

namespace custos::wallet::ethereum {

// encode_value gives the word of a value of a type that is neither struct nor array. Numbers are JSON integers, decimal text
// without zeros in front, or hexadecimal text ("0x…", never negative); bytes are text "0x…" of exactly the type's size; addresses
// are as parse_address takes them. Errors: bad_input, saying what the value is not (the caller knows where it stands).
[[nodiscard]] Result<Digest32> encode_value(const MemberType& type, const Json& value);

// What follows reads values that encode_value took.
[[nodiscard]] Uint256 number_of(const Json& value);          // of unsigned types
[[nodiscard]] std::string checksum_text(const Json& value);  // of an address (EIP-55)
[[nodiscard]] Bytes bytes_of(const Json& value);

}  // namespace custos::wallet::ethereum
