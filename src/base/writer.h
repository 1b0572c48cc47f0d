// BoundedWriter appends text to a buffer of fixed size. What does not fit sets a sticky flag and writes nothing more, so that a
// chain of writes is checked once, at its end.
#pragma once

#include <charconv>
#include <concepts>
#include <cstring>
#include <span>
#include <string_view>

namespace custos {

class BoundedWriter {
 public:
  explicit BoundedWriter(std::span<char> buffer) noexcept : buffer_(buffer) {}

  BoundedWriter& append(std::string_view text) noexcept {
    if (char* place = claim(text.size()); place != nullptr && !text.empty()) std::memcpy(place, text.data(), text.size());
    return *this;
  }
  BoundedWriter& append(char c) noexcept {
    if (char* place = claim(1); place != nullptr) *place = c;
    return *this;
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
    if (overflowed_ || size > buffer_.size() - used_) {
      overflowed_ = true;
      return nullptr;
    }
    char* place = buffer_.data() + used_;
    used_ += size;
    return place;
  }

  [[nodiscard]] bool overflowed() const noexcept { return overflowed_; }
  [[nodiscard]] std::size_t size() const noexcept { return used_; }
  [[nodiscard]] std::string_view written() const noexcept { return {buffer_.data(), used_}; }
  // since gives what was written from offset `mark` (an earlier size()) on.
  [[nodiscard]] std::string_view since(std::size_t mark) const noexcept { return written().substr(mark); }
  [[nodiscard]] std::span<char> rest() const noexcept { return overflowed_ ? std::span<char>{} : buffer_.subspan(used_); }

 private:
  std::span<char> buffer_;
  std::size_t used_ = 0;
  bool overflowed_ = false;
};

}  // namespace custos
