#include "exchange/request_time.h"

namespace custos::exchange {
namespace {

// parse_digits reads 1 to 18 digits and nothing else.
std::optional<std::int64_t> parse_digits(std::string_view text) noexcept {
  if (text.empty() || text.size() > 18) return std::nullopt;
  std::int64_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return number;
}

}  // namespace

std::optional<std::int64_t> parse_timestamp_ms(std::string_view text) noexcept {
  const auto number = parse_digits(text);
  if (!number || text.front() == '0') return std::nullopt;
  if (text.size() <= 13) return number;
  if (text.size() == 16) return (*number + 999) / 1000;
  return std::nullopt;
}

bool is_milliseconds(std::string_view text, std::uint32_t most) noexcept {
  const std::size_t point = text.find('.');
  const auto whole = parse_digits(text.substr(0, point));
  if (!whole || *whole > most) return false;
  if (point == std::string_view::npos) return true;
  const std::string_view decimals = text.substr(point + 1);
  const auto fraction = parse_digits(decimals);
  return fraction && decimals.size() <= 3 && (*whole < most || *fraction == 0);
}

std::string_view unit_warning(std::int64_t timestamp_ms, std::int64_t now_ms) noexcept {
  // Ten digits are the seconds from 2001 to 2286, and as milliseconds four months of 1970.
  constexpr std::int64_t kLeast = 1'000'000'000;
  const bool ten_digits = timestamp_ms >= kLeast && timestamp_ms < 10 * kLeast;
  if (!ten_digits || now_ms < 100 * kLeast) return {};
  return "the timestamp looks like seconds; Unix milliseconds are expected";
}

}  // namespace custos::exchange
