// The request line's rules: method and path as this library accepts them for any venue.
#pragma once

#include <string_view>

namespace custos::exchange {

// known_method answers the static spelling of GET, POST, PUT, DELETE or PATCH, or nothing.
[[nodiscard]] std::string_view known_method(std::string_view method) noexcept;

// is_plain_path says that `path` begins with "/", holds only unreserved characters and sub-delimiters besides, and has no "." or
// ".." segment, which clients resolve before they send. Escapes are not plain: two spellings of one path would be two requests.
[[nodiscard]] bool is_plain_path(std::string_view path) noexcept;

}  // namespace custos::exchange
