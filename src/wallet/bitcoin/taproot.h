// Taproot: output keys and trees of scripts (BIP 340 tagged hashes, BIP 341, BIP 342).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/bytes.h"

namespace custos::wallet::btc {

using XOnlyKey = std::array<std::uint8_t, 32>;

inline constexpr std::uint8_t kTapscriptVersion = 0xc0;  // BIP 342
inline constexpr std::size_t kMaxTaprootDepth = 128;     // BIP 341
inline constexpr std::size_t kControlBlockBase = 33;     // a byte and the internal key; then 32 bytes for each level

// tagged_hash is SHA-256(SHA-256(tag) ‖ SHA-256(tag) ‖ message) (BIP 340).
[[nodiscard]] Digest32 tagged_hash(std::string_view tag, ByteView message);

[[nodiscard]] Digest32 tap_leaf_hash(std::uint8_t leaf_version, ByteView script);
// tap_branch_hash takes its two children in either order.
[[nodiscard]] Digest32 tap_branch_hash(const Digest32& one, const Digest32& other);
// tap_tweak is t of BIP 341; merkle_root is absent where there is no script path (BIP 86).
[[nodiscard]] Digest32 tap_tweak(const XOnlyKey& internal_key, const std::optional<Digest32>& merkle_root);

// x_only_key is the x of a compressed key (33 bytes) or an x-only one (32); nothing when it is no point of the curve.
[[nodiscard]] std::optional<XOnlyKey> x_only_key(ByteView key);

struct OutputKey {
  XOnlyKey key{};
  bool odd = false;  // the parity of its y, which a control block holds
};
// output_key is internal_key + tweak · G; nothing when the key is no point, or the tweak is not below the order.
[[nodiscard]] std::optional<OutputKey> output_key(const XOnlyKey& internal_key, const Digest32& tweak);

// ControlBlock is what a script path spend shows beside its script.
struct ControlBlock {
  std::uint8_t leaf_version = 0;
  bool odd = false;
  XOnlyKey internal_key{};
  ByteView path{};  // 32 bytes for each level, from the leaf up; views into what was read
};
// read_control_block reads 33 + 32m bytes, m at most 128; nothing for others.
[[nodiscard]] std::optional<ControlBlock> read_control_block(ByteView bytes);
[[nodiscard]] Digest32 merkle_root(const ControlBlock& control, const Digest32& leaf_hash);
// commits_to says that the output key holds `script` in the place that the control block says.
[[nodiscard]] bool commits_to(const XOnlyKey& key, const ControlBlock& control, ByteView script);

}  // namespace custos::wallet::btc
