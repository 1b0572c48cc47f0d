// The time rules of requests: what a timestamp and a receive window look like, and how far ahead a timestamp may be.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace custos::exchange {

// kMaxAheadMs bounds what a signature can be saved up for: times further ahead of the clock are refused, past ones are free.
inline constexpr std::int64_t kMaxAheadMs = 5'000;

// parse_timestamp_ms reads Unix time in milliseconds (1 to 13 digits) or microseconds (16 digits, rounded up), without leading
// zeros.
[[nodiscard]] std::optional<std::int64_t> parse_timestamp_ms(std::string_view text) noexcept;

// is_milliseconds says that `text` is a decimal number up to `most` with at most 3 decimals.
[[nodiscard]] bool is_milliseconds(std::string_view text, std::uint32_t most) noexcept;

// unit_warning guesses at a caller's timestamp that is in another unit than Unix milliseconds, and answers a warning for the
// answer, or nothing. One in a smaller unit lies ahead of the clock and is refused as such.
[[nodiscard]] std::string_view unit_warning(std::int64_t timestamp_ms, std::int64_t now_ms) noexcept;

}  // namespace custos::exchange
