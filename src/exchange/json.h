// JSON as requests carry it, read in place: strictly, without a document and without allocating.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/writer.h"

namespace custos::exchange {

enum class JsonType : std::uint8_t { none, object, array, string, number, boolean, null };

// JsonValue is one value of a text that check_json accepted, and a view of it.
struct JsonValue {
  JsonType type = JsonType::none;  // none: there is no such value
  std::string_view raw{};          // as it is written, without white space around it; a string with its quotes

  [[nodiscard]] explicit operator bool() const noexcept { return type != JsonType::none; }
};

inline constexpr std::size_t kMaxJsonDepth = 16;
// kMaxJsonNames is how many names an object may have, together with those read so far in the objects that it stands in. In an
// array each object has this many for itself.
inline constexpr std::size_t kMaxJsonNames = 512;

// JsonFault is why a text is refused: more than one reader must read the same from it.
enum class JsonFault : std::uint8_t {
  none,
  malformed,  // no JSON (RFC 8259), or more than one value
  byte_order_mark,
  not_utf8,
  too_deep,        // deeper than kMaxJsonDepth
  repeated_name,   // a name stands twice in one object, escapes undone
  not_finite,      // a number out of the range of a double, or longer than 64 characters
  too_many_names,  // more than kMaxJsonNames
};

struct JsonCheck {
  JsonFault fault = JsonFault::none;
  std::string_view where{};  // the piece of the text that shows it
  JsonValue value{};         // the whole, where there is no fault
};

// check_json reads `text` (less than 4 GiB) to its end. A lone surrogate and a zero character in a string are malformed. Each
// name is compared with fewer than kMaxJsonNames others, so that its time is proportional to the size whatever the text.
[[nodiscard]] JsonCheck check_json(std::string_view text) noexcept;

// JsonMembers goes through an object's members in order:  for (JsonMembers m(object); m.next();) use(m.name(), m.value());
// Of anything else than an object there are none.
class JsonMembers {
 public:
  explicit JsonMembers(JsonValue object) noexcept;
  bool next() noexcept;
  [[nodiscard]] JsonValue name() const noexcept { return name_; }  // a string, with its quotes
  [[nodiscard]] JsonValue value() const noexcept { return value_; }

 private:
  std::string_view rest_;
  JsonValue name_, value_;
};

// JsonElements goes through an array's elements likewise.
class JsonElements {
 public:
  explicit JsonElements(JsonValue array) noexcept;
  bool next() noexcept;
  [[nodiscard]] JsonValue value() const noexcept { return value_; }

 private:
  std::string_view rest_;
  JsonValue value_;
};

// member finds a member by its name, or answers none.
[[nodiscard]] JsonValue member(JsonValue object, std::string_view name) noexcept;
// is_string tells whether a value is the string `text`.
[[nodiscard]] bool is_string(JsonValue value, std::string_view text) noexcept;
// write_text writes a string's content, escapes undone, as UTF-8; of other values their text. It answers what it wrote.
std::string_view write_text(JsonValue value, BoundedWriter& out) noexcept;
// text_of answers what write_text would write, but uses `out` only where a string has escapes: else it is a view of the text.
std::string_view text_of(JsonValue value, BoundedWriter& out) noexcept;
// write_json_string writes `text` (UTF-8) as it stands between a string's quotes, without them.
std::string_view write_json_string(std::string_view text, BoundedWriter& out) noexcept;

}  // namespace custos::exchange
