// The caller's own headers: which of them travel with a signed request.
#pragma once

#include <span>
#include <string_view>

#include "base/writer.h"
#include "custos/request.h"
#include "exchange/draft.h"
#include "exchange/reason.h"

namespace custos::exchange {

// append_caller_headers copies `headers` into `out` and lists them in the draft, behind those it has. It refuses malformed ones
// and those that would authenticate, frame, redirect or turn the request into another method's. The caller asks `out` whether all
// of it fitted.
[[nodiscard]] SignStatus append_caller_headers(std::span<const NameValue> headers, BoundedWriter& out, Draft& draft) noexcept;

// is_header_value says that `value` holds only visible ASCII and spaces.
[[nodiscard]] bool is_header_value(std::string_view value) noexcept;

// same_header compares header names without regard to case, and takes "_" for "-", as CGI-like servers do.
[[nodiscard]] bool same_header(std::string_view a, std::string_view b) noexcept;

}  // namespace custos::exchange
