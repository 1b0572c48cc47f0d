// Operation classes: what a request does with somebody's money, as grants name it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace custos::facts {

// session is a logon that opens unsigned traffic, or a message that proves who one is; unknown is whatever no table lists;
// approve lets somebody else take tokens from now on.
enum class OperationClass : std::uint8_t { read, trade, transfer, withdraw, manage, session, unknown, approve };

inline constexpr std::array<std::string_view, 8> kClassNames{"read",   "trade",   "transfer", "withdraw",
                                                             "manage", "session", "unknown",  "approve"};

[[nodiscard]] constexpr std::string_view to_string(OperationClass c) noexcept { return kClassNames[static_cast<std::size_t>(c)]; }

[[nodiscard]] constexpr std::optional<OperationClass> parse_operation_class(std::string_view text) noexcept {
  for (std::size_t i = 0; i < kClassNames.size(); ++i) {
    if (kClassNames[i] == text) return static_cast<OperationClass>(i);
  }
  return std::nullopt;
}

// ClassSet is a set of operation classes.
class ClassSet {
 public:
  constexpr ClassSet() noexcept = default;
  constexpr ClassSet(std::initializer_list<OperationClass> classes) noexcept {
    for (const auto c : classes) add(c);
  }
  constexpr void add(OperationClass c) noexcept { bits_ |= bit(c); }
  constexpr void add(ClassSet other) noexcept { bits_ |= other.bits_; }
  constexpr void remove(OperationClass c) noexcept { bits_ &= static_cast<std::uint8_t>(~bit(c)); }
  [[nodiscard]] constexpr bool has(OperationClass c) const noexcept { return (bits_ & bit(c)) != 0; }
  [[nodiscard]] constexpr bool has_all(ClassSet other) const noexcept { return (other.bits_ & ~bits_) == 0; }
  [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == 0; }
  // without gives the members that `other` lacks.
  [[nodiscard]] constexpr ClassSet without(ClassSet other) const noexcept {
    ClassSet rest;
    rest.bits_ = static_cast<std::uint8_t>(bits_ & ~other.bits_);
    return rest;
  }
  [[nodiscard]] constexpr std::uint8_t bits() const noexcept { return bits_; }
  friend constexpr bool operator==(ClassSet, ClassSet) noexcept = default;

 private:
  static constexpr std::uint8_t bit(OperationClass c) noexcept {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(c));
  }
  std::uint8_t bits_ = 0;
};

}  // namespace custos::facts
