#include "exchange/msgpack_writer.h"

#include <array>
#include <charconv>
#include <cstddef>
#include <cstring>

namespace custos::exchange {
namespace {

// Format is a type's bytes in the specification: its shortest form, which holds the size, up to `fixed_most`, then those with 1,
// 2, 4 and 8 bytes of size behind them; 0 where there is none.
struct Format {
  unsigned fixed;
  std::uint64_t fixed_most;
  std::array<unsigned, 4> longer;
};
constexpr Format kUnsigned{0x00, 0x7F, {0xCC, 0xCD, 0xCE, 0xCF}};
constexpr Format kString{0xA0, 31, {0xD9, 0xDA, 0xDB, 0}};
constexpr Format kArray{0x90, 15, {0, 0xDC, 0xDD, 0}};
constexpr Format kMap{0x80, 15, {0, 0xDE, 0xDF, 0}};
constexpr std::size_t kMaxHead = 9;

class Head {
 public:
  Head(const Format& format, std::uint64_t size) noexcept {
    if (size <= format.fixed_most) {
      add(format.fixed | size, 1);
      return;
    }
    for (std::size_t i = 0; i < format.longer.size(); ++i) {
      const std::size_t width = std::size_t{1} << i;
      if (format.longer[i] == 0 || (width < 8 && size >> (8 * width) != 0)) continue;
      add(format.longer[i], 1);
      add(size, width);
      return;
    }
  }
  // Negative numbers: -32 to -1 stand in the byte itself, then int 8, 16, 32, 64 in two's complement.
  explicit Head(std::int64_t negative) noexcept {
    const auto bits = static_cast<std::uint64_t>(negative);
    if (negative >= -32) {
      add(bits, 1);
      return;
    }
    const std::size_t power = negative >= INT8_MIN ? 0 : negative >= INT16_MIN ? 1 : negative >= INT32_MIN ? 2 : 3;
    add(0xD0U + power, 1);
    add(bits, std::size_t{1} << power);
  }
  [[nodiscard]] std::string_view text() const noexcept { return {bytes_.data(), size_}; }

 private:
  void add(std::uint64_t value, std::size_t width) noexcept {
    for (std::size_t i = width; i-- > 0;) bytes_[size_++] = static_cast<char>(value >> (8 * i) & 0xFF);
  }
  std::array<char, kMaxHead> bytes_{};
  std::size_t size_ = 0;
};

template <class Integer>
bool parse(std::string_view text, Integer& integer) noexcept {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), integer);
  return error == std::errc() && end == text.data() + text.size();
}

void write_string(JsonValue value, BoundedWriter& out) noexcept {
  const std::string_view inside = value.raw.substr(1, value.raw.size() - 2);
  if (inside.find('\\') == std::string_view::npos) {
    out.append(Head(kString, inside.size()).text()).append(inside);
    return;
  }
  // What the escapes stand for is shorter, by how much shows when it is written: the head moves in front of it then.
  const std::size_t mark = out.size();
  const std::size_t size = write_text(value, out).size();
  const Head head(kString, size);
  if (out.claim(head.text().size()) == nullptr) return;
  char* place = const_cast<char*>(out.since(mark).data());  // NOLINT(cppcoreguidelines-pro-type-const-cast): the writer's own
  std::memmove(place + head.text().size(), place, size);
  std::memcpy(place, head.text().data(), head.text().size());
}

template <class Items>
std::size_t count(JsonValue container) noexcept {
  std::size_t size = 0;
  for (Items items(container); items.next();) ++size;
  return size;
}

}  // namespace

bool read_integer(JsonValue value, std::uint64_t& integer) noexcept {
  return value.type == JsonType::number && parse(value.raw, integer);
}

// As deep as the value, which check_json bounds; each level reads its own part twice.
std::string_view write_msgpack(JsonValue value, BoundedWriter& out) noexcept {  // NOLINT(misc-no-recursion)
  switch (value.type) {
    case JsonType::none:
    case JsonType::null: out.append('\xC0'); break;
    case JsonType::boolean: out.append(value.raw == "true" ? '\xC3' : '\xC2'); break;
    case JsonType::string: write_string(value, out); break;
    case JsonType::number: {
      std::uint64_t positive = 0;
      std::int64_t negative = 0;
      if (parse(value.raw, positive)) {
        out.append(Head(kUnsigned, positive).text());
      } else if (parse(value.raw, negative) && negative < 0) {
        out.append(Head(negative).text());
      } else {
        return value.raw;
      }
      break;
    }
    case JsonType::array:
      out.append(Head(kArray, count<JsonElements>(value)).text());
      for (JsonElements elements(value); elements.next();) {
        if (const auto wrong = write_msgpack(elements.value(), out); !wrong.empty()) return wrong;
      }
      break;
    case JsonType::object:
      out.append(Head(kMap, count<JsonMembers>(value)).text());
      for (JsonMembers members(value); members.next();) {
        write_string(members.name(), out);
        if (const auto wrong = write_msgpack(members.value(), out); !wrong.empty()) return wrong;
      }
      break;
  }
  return {};
}

}  // namespace custos::exchange
