#include "wallet/cosmos/timestamp.h"

#include <chrono>

namespace custos::wallet::cosmos_sdk {

std::string date_of(const Message& timestamp) {
  constexpr std::uint64_t kLastSecond = 253'402'300'799;  // of the year 9999
  const std::uint64_t seconds = integer_at(timestamp, "seconds");
  if (seconds > kLastSecond) return "after the year 9999";
  const std::chrono::sys_seconds time{std::chrono::seconds(seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  const auto digits = [](auto number) { return std::string(number < 10 ? "0" : "") + std::to_string(number); };
  return std::to_string(static_cast<int>(date.year())) + '-' + digits(static_cast<unsigned>(date.month())) + '-' +
         digits(static_cast<unsigned>(date.day())) + 'T' + digits(clock.hours().count()) + ':' + digits(clock.minutes().count()) +
         ':' + digits(clock.seconds().count()) + 'Z';
}

}  // namespace custos::wallet::cosmos_sdk
