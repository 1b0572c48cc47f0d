#include "exchange/time_format.h"

#include <chrono>
#include <string_view>

namespace custos::exchange {
namespace {

// append_padded writes a number with leading zeros.
void append_padded(std::uint32_t value, std::size_t width, BoundedWriter& out) noexcept {
  char digits[8];
  for (std::size_t i = width; i-- > 0; value /= 10) digits[i] = static_cast<char>('0' + value % 10);
  out.append(std::string_view(digits, width));
}

// append_calendar writes year to seconds with these separators.
void append_calendar(std::int64_t time_ms, std::string_view between_days, char before_time, BoundedWriter& out) noexcept {
  const std::chrono::sys_time<std::chrono::milliseconds> moment{std::chrono::milliseconds(time_ms)};
  const auto day = std::chrono::floor<std::chrono::days>(moment);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(moment - day);
  append_padded(static_cast<std::uint32_t>(static_cast<int>(date.year())), 4, out);
  out.append(between_days);
  append_padded(static_cast<unsigned>(date.month()), 2, out);
  out.append(between_days);
  append_padded(static_cast<unsigned>(date.day()), 2, out);
  out.append(before_time);
  append_padded(static_cast<std::uint32_t>(clock.hours().count()), 2, out);
  out.append(':');
  append_padded(static_cast<std::uint32_t>(clock.minutes().count()), 2, out);
  out.append(':');
  append_padded(static_cast<std::uint32_t>(clock.seconds().count()), 2, out);
}

void append_milliseconds(std::int64_t time_ms, BoundedWriter& out) noexcept {
  out.append('.');
  append_padded(static_cast<std::uint32_t>(time_ms % 1000), 3, out);
}

}  // namespace

void append_time(TimeFormat format, std::int64_t time_ms, BoundedWriter& out) noexcept {
  switch (format) {
    case TimeFormat::none: return;
    case TimeFormat::ms: out.append_decimal(time_ms); return;
    case TimeFormat::s: out.append_decimal(time_ms / 1000); return;
    case TimeFormat::us: out.append_decimal(time_ms * 1000); return;
    case TimeFormat::iso_s: append_calendar(time_ms, "-", 'T', out); return;
    case TimeFormat::iso_ms:
      append_calendar(time_ms, "-", 'T', out);
      append_milliseconds(time_ms, out);
      out.append('Z');
      return;
    case TimeFormat::fix_ms:
      append_calendar(time_ms, "", '-', out);
      append_milliseconds(time_ms, out);
      return;
  }
}

}  // namespace custos::exchange
