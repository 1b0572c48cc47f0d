// Fields: what stands in the data of an instruction, read by the letters of its form.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wallet/solana/message.h"

namespace custos::wallet::sol {

struct Fields {
  std::array<std::optional<PublicKey>, 3> keys;  // absent: an optional one that is not there
  std::optional<std::uint64_t> amount;
  std::array<std::uint64_t, 2> numbers{};
  std::string text;  // quoted where it is foreign
};

// read_fields reads `data` whole; nothing when it does not fit. Numbers are little-endian. The letters:
//   k a key; o an optional one (COption: a byte 0 or 1 in front; 32 zero bytes may stand behind the 0 at the end)
//   Q the amount, of 8 bytes; q, d, b another number of 8, 4 or 1; S, W four bytes that are the number 0, or 1
//   z no lockup: a time and an epoch of 8 bytes that are zero
//   s a seed (bincode: 8 bytes of length in front; at most 32), which is not kept
//   a an authority of a token or mint, whose name is the text; m the rest, text in UTF-8
[[nodiscard]] std::optional<Fields> read_fields(std::string_view letters, ByteView data);

}  // namespace custos::wallet::sol
