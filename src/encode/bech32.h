// Bech32 and Bech32m (BIP 173, BIP 350): addresses of Bitcoin's witness programs and of Cosmos chains.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace custos::encode {

enum class Bech32Checksum : std::uint8_t { bech32, bech32m };

// Bech32Text is what a text says: its prefix in lower case, its data in groups of 5 bits, and which checksum it bears.
struct Bech32Text {
  std::string prefix;
  Bytes groups;  // 0 to 31 each
  Bech32Checksum checksum = Bech32Checksum::bech32;
};

// write_bech32 writes `groups` (0 to 31 each). The prefix is 1 to 83 lower-case characters.
[[nodiscard]] std::string write_bech32(std::string_view prefix, ByteView groups, Bech32Checksum checksum);
// read_bech32 reads all lower case or all upper case, at most 90 characters unless `longest` says otherwise; nothing when it is
// none.
[[nodiscard]] std::optional<Bech32Text> read_bech32(std::string_view text, std::size_t longest = 90);

// to_groups cuts bytes into groups of 5 bits, the last one padded with zeros. from_groups puts them together; nothing when a
// group is left over or the padding is not zero.
[[nodiscard]] Bytes to_groups(ByteView bytes);
[[nodiscard]] std::optional<Bytes> from_groups(ByteView groups);

}  // namespace custos::encode
