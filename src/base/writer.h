// BoundedWriter appends text to a buffer of fixed size. What does not fit sets a sticky flag and writes nothing more, so that a
// chain of writes is checked once, at its end.
#pragma once

#include <charconv>
#include <concepts>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

namespace custos {

class BoundedWriter {
 public:
  explicit BoundedWriter(std::span<char> buffer) noexcept : begin_(buffer.data()), at_(begin_), end_(begin_ + buffer.size()) {}

  BoundedWriter& append(std::string_view text) noexcept {
    copy(text);
    return *this;
  }
  BoundedWriter& append(char c) noexcept {
    if (char* place = claim(1); place != nullptr) *place = c;
    return *this;
  }
  // copy appends `text` and answers the copy; nothing when it did not fit.
  std::string_view copy(std::string_view text) noexcept {
    char* place = claim(text.size());
    if (place == nullptr || text.empty()) return {};
    std::memcpy(place, text.data(), text.size());
    return {place, text.size()};
  }
  // append_decimal writes an integer in base 10.
  template <std::integral I>
  BoundedWriter& append_decimal(I value) noexcept {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    return append(std::string_view(digits, static_cast<std::size_t>(end - digits)));
  }
  // claim hands out `size` bytes to be written in place, or nullptr and overflow.
  [[nodiscard]] char* claim(std::size_t size) noexcept {
    if (size > rest().size()) {
      overflowed_ = true;
      end_ = at_;  // nothing fits any more
      return nullptr;
    }
    return std::exchange(at_, at_ + size);
  }

  [[nodiscard]] bool overflowed() const noexcept { return overflowed_; }
  [[nodiscard]] std::size_t size() const noexcept { return written().size(); }
  [[nodiscard]] std::string_view written() const noexcept { return {begin_, at_}; }
  // since gives what was written from offset `mark` (an earlier size()) on.
  [[nodiscard]] std::string_view since(std::size_t mark) const noexcept { return written().substr(mark); }
  // truncate takes back what was written from offset `mark` on.
  void truncate(std::size_t mark) noexcept { at_ = begin_ + mark; }
  // erase takes back what was written from offset `from` up to `to`; what comes behind moves there.
  void erase(std::size_t from, std::size_t to) noexcept {
    std::memmove(begin_ + from, begin_ + to, size() - to);
    at_ -= to - from;
  }
  // rest is the room that is left: none after an overflow.
  [[nodiscard]] std::span<char> rest() const noexcept { return {at_, end_}; }

 private:
  char* begin_;
  char* at_;   // where the next piece goes
  char* end_;  // of the room
  bool overflowed_ = false;
};

}  // namespace custos
