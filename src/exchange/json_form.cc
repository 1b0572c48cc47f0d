#include "exchange/json_form.h"

#include <algorithm>
#include <array>

#include "encode/percent.h"

namespace custos::exchange {
namespace {

constexpr std::size_t kMaxMemberName = 128;

// Form is the text that grows in `out` from `begin` on.
struct Form {
  BoundedWriter& out;
  FormText text;
  std::size_t begin = out.size();

  [[nodiscard]] bool has_form(JsonValue value, bool in_array) const noexcept {
    switch (value.type) {
      case JsonType::string:
      case JsonType::number:
      case JsonType::boolean: return true;
      case JsonType::object: return in_array && text == FormText::percent;
      default: return false;
    }
  }

  [[nodiscard]] bool write_pair(std::string_view name, bool in_array, JsonValue value) const noexcept {
    if (!has_form(value, in_array)) return false;
    if (out.size() != begin) out.append('&');
    out.append(name);
    if (in_array && !name.ends_with("[]")) out.append("[]");
    out.append('=');
    if (text == FormText::plain) return write_text(value, out).find('&') == std::string_view::npos;
    const std::size_t mark = out.size();
    const std::string_view unencoded = text_of(value, out);
    const std::size_t behind = out.size();
    encode::percent_encode(unencoded, out);
    if (!out.overflowed() && behind != mark) out.erase(mark, behind);
    return true;
  }

  [[nodiscard]] bool write_member(std::string_view name, JsonValue value) const noexcept {
    if (name.empty() || std::ranges::any_of(name, [](char c) { return c == '&' || c == '='; })) return false;
    if (value.type != JsonType::array) return write_pair(name, false, value);
    for (JsonElements elements(value); elements.next();) {
      if (!write_pair(name, true, elements.value())) return false;
    }
    return true;
  }
};

}  // namespace

JsonValue write_json_form(JsonValue object, FormText text, BoundedWriter& out) noexcept {
  if (object.type != JsonType::object) return object;
  const Form form{out, text};
  for (JsonMembers members(object); members.next();) {
    std::array<char, kMaxMemberName> buffer;
    BoundedWriter spare(buffer);
    const std::string_view name = text_of(members.name(), spare);
    if (spare.overflowed() || name.size() > kMaxMemberName || !form.write_member(name, members.value())) return members.name();
  }
  return {};
}

}  // namespace custos::exchange
