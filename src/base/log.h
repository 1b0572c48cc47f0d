// Internal logging: cold paths only. Lines are formatted by fmt and go to the host's sink (custos/log.h).
//
// A secret cannot be logged: SecretBytes has no formatter, and byte spans and vectors are refused here as well.
#pragma once

#include <spdlog/fmt/fmt.h>

#include <string_view>
#include <type_traits>

#include "custos/log.h"
#include "custos/secret.h"

namespace custos::log {

// write hands one finished line to the sink, if one is set and `level` is loud enough.
void write(LogLevel level, std::string_view line);

template <class T>
concept Printable = fmt::is_formattable<T>::value && !std::is_same_v<std::remove_cvref_t<T>, SecretBytes> &&
                    !std::is_convertible_v<T, std::span<const std::uint8_t>>;

template <Printable... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  write(LogLevel::info, fmt::format(format, std::forward<Args>(args)...));
}
template <Printable... Args>
void warning(fmt::format_string<Args...> format, Args&&... args) {
  write(LogLevel::warning, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace custos::log
