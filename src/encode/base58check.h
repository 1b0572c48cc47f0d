// Base58Check: base58 with the first 4 bytes of a double SHA-256 behind the data (Bitcoin's addresses, WIF, BIP 32 keys).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace custos::encode {

// kMaxBase58CheckBytes is the most data that is written or read: a BIP 32 key has 78 bytes.
inline constexpr std::size_t kMaxBase58CheckBytes = 124;

// write_base58check writes at most kMaxBase58CheckBytes bytes; empty for more. Public values only.
[[nodiscard]] std::string write_base58check(ByteView data);
// read_base58check gives the data; nothing for a foreign character, another checksum, or a text that is too long. Public values
// only.
[[nodiscard]] std::optional<Bytes> read_base58check(std::string_view text);

}  // namespace custos::encode
