#include "exchange/json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <optional>

#include "encode/utf8.h"
#include "exchange/name_table.h"

namespace custos::exchange {
namespace {

constexpr std::size_t kMaxNumberSize = 64;

bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

void skip_space(std::string_view& text) noexcept {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
}

bool take(std::string_view& text, char c) noexcept {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

// between gives what stands between a value's first and last character.
std::string_view between(std::string_view raw) noexcept {
  return raw.size() < 2 ? std::string_view() : raw.substr(1, raw.size() - 2);
}

// kPlain are the characters that stand for themselves in a string.
constexpr auto kPlain = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0x20; c < table.size(); ++c) table[c] = c != '"' && c != '\\';
  return table;
}();

// take_plain takes the plain characters that a text begins with.
std::string_view take_plain(std::string_view& text) noexcept {
  const char* at = text.data();
  for (const char* const end = at + text.size(); at != end && kPlain[static_cast<unsigned char>(*at)];) ++at;
  const std::string_view plain(text.data(), at);
  text.remove_prefix(plain.size());
  return plain;
}

bool has_escape(std::string_view content) noexcept { return content.find('\\') != std::string_view::npos; }

// is_ascii has no early exit, so that the compiler takes many bytes at once.
bool is_ascii(std::string_view text) noexcept {
  unsigned char bits = 0;
  for (const char c : text) bits |= static_cast<unsigned char>(c);
  return bits < 0x80;
}

JsonType type_by(char first) noexcept {
  switch (first) {
    case '{': return JsonType::object;
    case '[': return JsonType::array;
    case '"': return JsonType::string;
    case 't':
    case 'f': return JsonType::boolean;
    case 'n': return JsonType::null;
    default: return JsonType::number;
  }
}

std::optional<unsigned> hex4(std::string_view digits) noexcept {
  unsigned value = 0;
  if (digits.size() < 4) return std::nullopt;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + 4, value, 16);
  if (error != std::errc() || end != digits.data() + 4) return std::nullopt;
  return value;
}

// Character is one of a string, escapes undone, as UTF-8.
struct Character {
  std::array<char, 4> bytes{};
  std::size_t size = 0;
  [[nodiscard]] std::string_view text() const noexcept { return {bytes.data(), size}; }
};

Character in_utf8(unsigned code) noexcept {
  const auto byte = [](unsigned value) { return static_cast<char>(value); };
  const auto trailing = [&](unsigned shift) { return byte(0x80U | (code >> shift & 0x3FU)); };
  if (code < 0x80) return {{byte(code)}, 1};
  if (code < 0x800) return {{byte(0xC0U | code >> 6U), trailing(0)}, 2};
  if (code < 0x10000) return {{byte(0xE0U | code >> 12U), trailing(6), trailing(0)}, 3};
  return {{byte(0xF0U | code >> 18U), trailing(12), trailing(6), trailing(0)}, 4};
}

// take_escape takes an escape, which begins with a backslash; nothing where it is malformed.
std::optional<Character> take_escape(std::string_view& text) noexcept {
  if (text.size() < 2) return std::nullopt;
  const char letter = text[1];
  if (letter != 'u') {
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    constexpr std::string_view kMeaning = "\"\\/\b\f\n\r\t";
    const std::size_t at = kLetters.find(letter);
    if (at == std::string_view::npos) return std::nullopt;
    text.remove_prefix(2);
    return Character{{kMeaning[at]}, 1};
  }
  auto code = hex4(text.substr(2));
  if (!code || *code == 0 || (*code & 0xFC00U) == 0xDC00U) return std::nullopt;
  text.remove_prefix(6);
  if ((*code & 0xFC00U) == 0xD800U) {
    const auto low = text.starts_with("\\u") ? hex4(text.substr(2)) : std::nullopt;
    if (!low || (*low & 0xFC00U) != 0xDC00U) return std::nullopt;
    text.remove_prefix(6);
    code = 0x10000U + ((*code & 0x3FFU) << 10U | (*low & 0x3FFU));
  }
  return in_utf8(*code);
}

// StringPieces goes through a string's content, escapes undone: `piece` is what stands up to the next escape, or an escape's.
class StringPieces {
 public:
  explicit StringPieces(JsonValue string) noexcept : rest_(between(string.raw)) {}

  bool next() noexcept {
    if (rest_.empty()) return false;
    if (rest_.front() == '\\') {
      const auto escaped = take_escape(rest_);
      if (!escaped) rest_ = {};  // not in a text that check_json accepted
      escaped_ = escaped.value_or(Character());
      piece_ = escaped_.text();
      return escaped.has_value();
    }
    piece_ = rest_.substr(0, rest_.find('\\'));
    rest_.remove_prefix(piece_.size());
    return true;
  }
  [[nodiscard]] std::string_view piece() const noexcept { return piece_; }

 private:
  std::string_view rest_, piece_;
  Character escaped_;
};

bool same_text(JsonValue a, JsonValue b) noexcept {
  StringPieces left(a), right(b);
  std::string_view x, y;
  for (;;) {
    if (x.empty() && left.next()) x = left.piece();
    if (y.empty() && right.next()) y = right.piece();
    const std::size_t common = std::min(x.size(), y.size());
    if (common == 0) return x.size() == y.size();
    if (x.substr(0, common) != y.substr(0, common)) return false;
    x.remove_prefix(common);
    y.remove_prefix(common);
  }
}

// Checker reads a whole text once. Of the objects that are open it keeps each name's hash and place.
class Checker {
 public:
  explicit Checker(std::string_view text) noexcept : text_(text), rest_(text), ascii_(is_ascii(text)) {}

  JsonCheck check() noexcept {
    if (text_.starts_with("\xEF\xBB\xBF")) return {JsonFault::byte_order_mark, text_.substr(0, 3)};
    if (text_.starts_with("\xFE\xFF") || text_.starts_with("\xFF\xFE")) return {JsonFault::byte_order_mark, text_.substr(0, 2)};
    skip_space(rest_);
    const std::string_view begin = rest_;
    while (read_value() && close_values()) {
    }
    if (fault_ != JsonFault::none) return {fault_, where_};
    const std::string_view whole = begin.substr(0, begin.size() - rest_.size());
    skip_space(rest_);
    if (!rest_.empty()) return {JsonFault::malformed, rest_};
    return {JsonFault::none, {}, {type_by(whole.front()), whole}};
  }

 private:
  struct Frame {
    bool object = false;
    std::size_t first_name = 0;  // in names_
  };
  struct Name {
    std::uint32_t hash;
    std::uint32_t place;  // offset in text_
  };

  bool fail(JsonFault fault, std::string_view where) noexcept {
    fault_ = fault;
    where_ = where;
    return false;
  }
  std::string_view none(JsonFault fault, std::string_view where) noexcept {
    fail(fault, where);
    return {};
  }
  bool malformed() noexcept { return fail(JsonFault::malformed, rest_); }

  // read_value reads a value, of a container that is not empty only what stands before its first value.
  bool read_value() noexcept {
    open_ = false;
    skip_space(rest_);
    if (rest_.empty()) return malformed();
    switch (rest_.front()) {
      case '{':
      case '[': return read_opening();
      case '"': return !read_string().empty();
      case 't': return read_word("true");
      case 'f': return read_word("false");
      case 'n': return read_word("null");
      default: return read_number();
    }
  }

  bool read_opening() noexcept {
    if (depth_ == kMaxJsonDepth) return fail(JsonFault::too_deep, rest_);
    const bool object = rest_.front() == '{';
    rest_.remove_prefix(1);
    skip_space(rest_);
    if (take(rest_, object ? '}' : ']')) return true;
    frames_[depth_++] = {object, name_count_};
    open_ = true;
    return !object || read_name();
  }

  // close_values reads what stands behind a value: the ends of containers that it completes, and a comma where another one
  // follows. It answers whether another value is due.
  bool close_values() noexcept {
    if (open_) return true;
    while (depth_ > 0) {
      const Frame& frame = frames_[depth_ - 1];
      skip_space(rest_);
      if (take(rest_, ',')) {
        if (!frame.object) return true;
        skip_space(rest_);
        return read_name();
      }
      if (!take(rest_, frame.object ? '}' : ']')) return malformed();
      name_count_ = frame.first_name;
      --depth_;
    }
    return false;
  }

  bool read_name() noexcept {
    escaped_ = false;
    const JsonValue name{JsonType::string, read_string()};
    if (name.raw.empty()) return false;
    escaped_names_ |= escaped_;
    const Name added{static_cast<std::uint32_t>(NameTable::hash(name.raw)),
                     static_cast<std::uint32_t>(name.raw.data() - text_.data())};
    for (std::size_t i = frames_[depth_ - 1].first_name; i < name_count_; ++i) {
      const bool may_be = escaped_names_ || names_[i].hash == added.hash;
      if (may_be && same_text(name_at(names_[i].place), name)) return fail(JsonFault::repeated_name, name.raw);
    }
    if (name_count_ == kMaxJsonNames) return fail(JsonFault::too_many_names, name.raw);
    names_[name_count_++] = added;
    skip_space(rest_);
    return take(rest_, ':') || malformed();
  }

  [[nodiscard]] JsonValue name_at(std::size_t place) const noexcept {
    std::size_t end = place + 1;
    while (text_[end] != '"') end += text_[end] == '\\' ? 2U : 1U;
    return {JsonType::string, text_.substr(place, end + 1 - place)};
  }

  // read_string answers the string with its quotes, or nothing.
  std::string_view read_string() noexcept {
    const std::string_view begin = rest_;
    if (!take(rest_, '"')) return none(JsonFault::malformed, rest_);
    for (;;) {
      take_plain(rest_);
      if (take(rest_, '"')) break;
      if (!rest_.starts_with('\\')) return none(JsonFault::malformed, begin);
      if (!take_escape(rest_)) return none(JsonFault::malformed, rest_);
      escaped_ = true;
    }
    const std::string_view string = begin.substr(0, begin.size() - rest_.size());
    return ascii_ || encode::is_utf8(string) ? string : none(JsonFault::not_utf8, string);
  }

  bool read_word(std::string_view word) noexcept {
    if (!rest_.starts_with(word)) return malformed();
    rest_.remove_prefix(word.size());
    return true;
  }

  std::size_t take_digits() noexcept {
    const std::size_t before = rest_.size();
    while (!rest_.empty() && is_digit(rest_.front())) rest_.remove_prefix(1);
    return before - rest_.size();
  }

  bool read_number() noexcept {
    const std::string_view begin = rest_;
    bool valid = true;
    take(rest_, '-');
    if (!take(rest_, '0')) valid = take_digits() > 0;
    if (valid && take(rest_, '.')) valid = take_digits() > 0;
    const bool has_exponent = valid && (take(rest_, 'e') || take(rest_, 'E'));
    if (has_exponent) {
      if (!take(rest_, '+')) take(rest_, '-');
      valid = take_digits() > 0;
    }
    if (!valid) return fail(JsonFault::malformed, begin);
    const std::string_view number = begin.substr(0, begin.size() - rest_.size());
    if (number.size() > kMaxNumberSize) return fail(JsonFault::not_finite, number);
    if (!has_exponent) return true;  // so short a number without an exponent is no large one
    double value = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
    return (error == std::errc() && std::isfinite(value)) || fail(JsonFault::not_finite, number);
  }

  std::string_view text_, rest_, where_;
  const bool ascii_;
  JsonFault fault_ = JsonFault::none;
  bool open_ = false;  // the value read last is a container whose first value is due
  std::size_t depth_ = 0;
  std::size_t name_count_ = 0;
  bool escaped_ = false;        // a string has an escape; cleared before each name
  bool escaped_names_ = false;  // a name has an escape: from then on hashes do not tell names apart
  std::array<Frame, kMaxJsonDepth> frames_{};
  std::array<Name, kMaxJsonNames> names_;  // NOLINT(*-member-init): filled up to name_count_
};

// string_size gives the size of the string at the beginning of `text`, quotes included.
std::size_t string_size(std::string_view text) noexcept {
  const char* const at = text.data();
  std::size_t i = 1;
  while (i < text.size() && at[i] != '"') i += at[i] == '\\' ? 2 : 1;
  return std::min(i + 1, text.size());
}

// value_size gives the size of the value at the beginning of a text that check_json accepted.
std::size_t value_size(std::string_view text) noexcept {
  if (text.starts_with('"')) return string_size(text);
  if (!text.starts_with('{') && !text.starts_with('[')) {
    std::size_t size = 0;
    while (size < text.size() && text[size] != ',' && text[size] != ']' && text[size] != '}' && !is_space(text[size])) ++size;
    return size;
  }
  std::size_t depth = 0;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '"') {
      i += string_size(text.substr(i));
      continue;
    }
    ++i;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return i;
  }
  return text.size();
}

// take_value takes the next value, or none at the end, with what stands before it: white space and `separator`.
JsonValue take_value(std::string_view& rest, char separator) noexcept {
  skip_space(rest);
  if (take(rest, separator)) skip_space(rest);
  const std::string_view raw = rest.substr(0, value_size(rest));
  rest.remove_prefix(raw.size());
  return raw.empty() ? JsonValue() : JsonValue{type_by(raw.front()), raw};
}

}  // namespace

JsonCheck check_json(std::string_view text) noexcept { return Checker(text).check(); }

JsonMembers::JsonMembers(JsonValue object) noexcept
    : rest_(object.type == JsonType::object ? between(object.raw) : std::string_view()) {}

bool JsonMembers::next() noexcept {
  name_ = take_value(rest_, ',');
  value_ = name_ ? take_value(rest_, ':') : JsonValue();
  return static_cast<bool>(value_);
}

JsonElements::JsonElements(JsonValue array) noexcept
    : rest_(array.type == JsonType::array ? between(array.raw) : std::string_view()) {}

bool JsonElements::next() noexcept {
  value_ = take_value(rest_, ',');
  return static_cast<bool>(value_);
}

JsonValue member(JsonValue object, std::string_view name) noexcept {
  for (JsonMembers members(object); members.next();) {
    if (is_string(members.name(), name)) return members.value();
  }
  return {};
}

bool is_string(JsonValue value, std::string_view text) noexcept {
  if (value.type != JsonType::string) return false;
  if (const std::string_view content = between(value.raw); !has_escape(content)) return content == text;
  for (StringPieces pieces(value); pieces.next();) {
    if (!text.starts_with(pieces.piece())) return false;
    text.remove_prefix(pieces.piece().size());
  }
  return text.empty();
}

std::string_view write_text(JsonValue value, BoundedWriter& out) noexcept {
  const std::size_t mark = out.size();
  const std::string_view text = text_of(value, out);
  return out.size() == mark ? out.copy(text) : text;
}

std::string_view text_of(JsonValue value, BoundedWriter& out) noexcept {
  if (value.type != JsonType::string) return value.raw;
  const std::string_view content = between(value.raw);
  if (!has_escape(content)) return content;
  const std::size_t mark = out.size();
  for (StringPieces pieces(value); pieces.next();) out.append(pieces.piece());
  return out.since(mark);
}

std::string_view write_json_string(std::string_view text, BoundedWriter& out) noexcept {
  constexpr std::string_view kMeaning = "\"\\\b\f\n\r\t";
  constexpr std::string_view kLetters = "\"\\bfnrt";
  constexpr std::string_view kHex = "0123456789abcdef";
  const std::size_t mark = out.size();
  while (!text.empty()) {
    out.append(take_plain(text));
    if (text.empty()) break;
    const char c = text.front();
    text.remove_prefix(1);
    if (const std::size_t at = kMeaning.find(c); at != std::string_view::npos) {
      out.append('\\').append(kLetters[at]);
    } else {
      out.append("\\u00").append(kHex[static_cast<unsigned char>(c) >> 4U]).append(kHex[static_cast<unsigned char>(c) & 0xFU]);
    }
  }
  return out.since(mark);
}

}  // namespace custos::exchange
