// Key paths: where a key stands in a tree of keys (BIP 32): "m/84'/0'/0'/0/5".
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "custos/result.h"

namespace custos::key {

inline constexpr std::uint32_t kHardened = 0x80000000U;  // bit 31 of a step
inline constexpr std::size_t kMaxPathSteps = 255;        // BIP 32 writes the depth in one byte

// parse_key_path reads "m", or "m/" and steps with '/' between them: decimal numbers below 2^31, hardened by a ' or h or H behind
// them. The empty path, "m", is the root. Errors: bad_input, naming the step.
[[nodiscard]] Result<std::vector<std::uint32_t>> parse_key_path(std::string_view text);

// key_path_text writes it, with ' for hardened steps.
[[nodiscard]] std::string key_path_text(std::span<const std::uint32_t> path);

}  // namespace custos::key
