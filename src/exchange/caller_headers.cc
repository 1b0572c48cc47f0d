#include "exchange/caller_headers.h"

#include <algorithm>
#include <array>

namespace custos::exchange {
namespace {

// RFC 9110, section 5.6.2.
constexpr std::string_view kTokenCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~";

// Names that change who asks, where the request ends, where it goes or what method it is. RFC 9110 and 9112 for authentication,
// framing and connection; the override and rewrite names as web frameworks document them.
constexpr auto kReserved = std::to_array<std::string_view>({
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "host",
    "content-length",
    "content-encoding",
    "transfer-encoding",
    "te",
    "trailer",
    "connection",
    "proxy-connection",
    "keep-alive",
    "upgrade",
    "expect",
    "forwarded",
    "via",
    "x-mbx-apikey",
    "x-host",
    "content-range",
});

// Families of names by which proxies and frameworks let a header stand for method, path or host; new members keep appearing.
constexpr auto kReservedBeginnings = std::to_array<std::string_view>({"x-original-", "x-rewrite-", "x-forwarded-", "x-http-"});
constexpr std::string_view kReservedWord = "override";

constexpr char folded(char c) noexcept {
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
  return c == '_' ? '-' : c;
}

// has_word finds `word` anywhere in a name, in any case.
bool has_word(std::string_view name, std::string_view word) noexcept {
  return !std::ranges::search(name, word, {}, folded, folded).empty();
}

Reason judge(std::string_view name, std::string_view value) noexcept {
  if (name.empty() || name.find_first_not_of(kTokenCharacters) != std::string_view::npos) return Reason::header_name_malformed;
  if (!is_header_value(value)) return Reason::header_value_malformed;
  const bool reserved = std::ranges::any_of(kReserved, [name](std::string_view other) { return same_header(name, other); });
  const bool begins = std::ranges::any_of(kReservedBeginnings, [name](std::string_view beginning) {
    return same_header(name.substr(0, beginning.size()), beginning);
  });
  return reserved || begins || has_word(name, kReservedWord) ? Reason::header_reserved : Reason::none;
}

}  // namespace

SignStatus append_caller_headers(std::span<const NameValue> headers, BoundedWriter& out, Draft& draft) noexcept {
  for (const auto& header : headers) {
    const NameValue copy{out.copy(header.name), out.copy(header.value)};
    if (out.overflowed()) return {};
    if (const Reason reason = judge(copy.name, copy.value); reason != Reason::none) return refuse(draft, reason, copy.name);
    if (draft.header_count == Draft::kMaxHeaders) return refuse(draft, Reason::too_many_headers, copy.name);
    draft.headers[draft.header_count++] = copy;
  }
  return {};
}

bool is_header_value(std::string_view value) noexcept {
  // Without an early exit, so that the compiler takes many bytes at once.
  char bad = 0;
  for (const char c : value) bad |= static_cast<char>(c < ' ' || c > '~');
  return bad == 0;
}

bool same_header(std::string_view a, std::string_view b) noexcept { return std::ranges::equal(a, b, {}, folded, folded); }

}  // namespace custos::exchange
