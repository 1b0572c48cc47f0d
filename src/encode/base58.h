// Base58 in Bitcoin's alphabet (bitcoin/bitcoin src/base58.cpp), without a checksum: of public keys, and of secrets.
#pragma once

#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/writer.h"
#include "custos/result.h"
#include "custos/secret.h"

namespace custos::encode {

inline constexpr std::size_t kMaxBase58Bytes = 128;

// base58_size is the most characters that `bytes` bytes take: log 256 / log 58 is below 1.38.
[[nodiscard]] constexpr std::size_t base58_size(std::size_t bytes) noexcept { return bytes * 138 / 100 + 1; }

// write_base58 writes at most kMaxBase58Bytes bytes and answers what it wrote; nothing when it did not fit, or there are more.
// Its time depends on the bytes: for public values only.
std::string_view write_base58(ByteView bytes, BoundedWriter& out) noexcept;

// kMaxReadBase58Bytes is the longest that is written in base58: a Solana transaction.
inline constexpr std::size_t kMaxReadBase58Bytes = 1232;

// read_base58 decodes at most base58_size(kMaxReadBase58Bytes) characters to their one number of bytes; nothing when it is no
// base58 or longer. Its time grows with the square of the length: half a millisecond for the longest. For public values only.
[[nodiscard]] std::optional<Bytes> read_base58(std::string_view text);

// secret_from_base58 decodes at most base58_size(kMaxBase58Bytes) characters. Its time depends on their number, and on how many
// zero bytes the secret begins with. Errors: bad_input, when it is no base58 or longer; system when no guarded memory is left.
[[nodiscard]] Result<SecretBytes> secret_from_base58(ByteView text);

}  // namespace custos::encode
