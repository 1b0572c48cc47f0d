// NameTable: the parameter names that a venue knows, each with a small number, so that sets of names are bits.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <string_view>

namespace custos::exchange {

using NameId = std::uint16_t;
inline constexpr NameId kUnknownName = 0xFFFF;
inline constexpr std::size_t kMaxNames = 512;
inline constexpr std::size_t kMaxNameSize = 64;

// NameSet is a set of known names.
class NameSet {
 public:
  void add(NameId id) noexcept { words_[id / 64] |= bit(id); }
  void add(const NameSet& other) noexcept {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
  }
  [[nodiscard]] bool has(NameId id) const noexcept { return (words_[id / 64] & bit(id)) != 0; }
  [[nodiscard]] bool is_within(const NameSet& other) const noexcept {
    std::uint64_t outside = 0;
    for (std::size_t i = 0; i < words_.size(); ++i) outside |= words_[i] & ~other.words_[i];
    return outside == 0;
  }

  [[nodiscard]] NameSet common(const NameSet& other) const noexcept {
    NameSet both;
    for (std::size_t i = 0; i < words_.size(); ++i) both.words_[i] = words_[i] & other.words_[i];
    return both;
  }

  // for_each calls `visit` with every member, in order.
  template <class Visit>
  void for_each(Visit visit) const {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      for (std::uint64_t word = words_[i]; word != 0; word &= word - 1) {
        visit(static_cast<NameId>(i * 64 + static_cast<std::size_t>(std::countr_zero(word))));
      }
    }
  }

 private:
  static constexpr std::uint64_t bit(NameId id) noexcept { return std::uint64_t{1} << (id % 64); }
  std::array<std::uint64_t, kMaxNames / 64> words_{};
};

// NameTable is an open-addressed hash table of fixed size over static names. It allocates nothing.
class NameTable {
 public:
  NameTable() noexcept { slots_.fill(kUnknownName); }

  // add answers the number of `name`, new or old. More than kMaxNames names abort: a venue's table is part of the program.
  NameId add(std::string_view name) noexcept;
  // find answers the number of `name`, or kUnknownName.
  [[nodiscard]] NameId find(std::string_view name) const noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::string_view name(NameId id) const noexcept { return names_[id]; }

  // link_suffixes finds, for every name, the longest other name that it ends with; suffix_of then answers it, and with_suffix
  // those that have one. Call once, when all names are in.
  void link_suffixes() noexcept;
  [[nodiscard]] const NameSet& with_suffix() const noexcept { return with_suffix_; }
  [[nodiscard]] NameId suffix_of(NameId id) const noexcept { return suffixes_[id]; }

  // hash mixes the length and all bytes of a text, eight at a time.
  [[nodiscard]] static std::size_t hash(std::string_view text) noexcept;

 private:
  static constexpr std::size_t kSlots = 2048;  // at most a quarter full
  std::array<NameId, kSlots> slots_;
  std::array<std::string_view, kMaxNames> names_;
  std::array<NameId, kMaxNames> suffixes_{};
  NameSet with_suffix_;
  std::size_t size_ = 0;
};

}  // namespace custos::exchange
