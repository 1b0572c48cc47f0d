// Keccak-256, as Ethereum has it: with the padding of the submission, not that of SHA-3.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/bytes.h"

namespace custos::hash {

// KeccakPadding is the domain byte after the message: of the Keccak submission (version 3, 2011), or of FIPS 202, section 6.1.
enum class KeccakPadding : std::uint8_t { keccak = 0x01, sha3 = 0x06 };

// keccak256 hashes the concatenation of `parts`. It works on the stack and wipes its state; whoever gives it secrets calls
// wipe_stack afterwards. Constant time for one length.
[[nodiscard]] Digest32 keccak256(std::span<const ByteView> parts, KeccakPadding padding = KeccakPadding::keccak) noexcept;
[[nodiscard]] inline Digest32 keccak256(ByteView bytes) noexcept { return keccak256(std::span<const ByteView>(&bytes, 1)); }

}  // namespace custos::hash
