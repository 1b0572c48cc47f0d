#include "exchange/name_table.h"

#include <cstdlib>
#include <cstring>

namespace custos::exchange {

NameId NameTable::add(std::string_view name) noexcept {
  std::size_t slot = hash(name) % kSlots;
  while (slots_[slot] != kUnknownName) {
    if (names_[slots_[slot]] == name) return slots_[slot];
    slot = (slot + 1) % kSlots;
  }
  if (size_ == kMaxNames || name.size() > kMaxNameSize) std::abort();
  const auto id = static_cast<NameId>(size_++);
  slots_[slot] = id;
  names_[id] = name;
  return id;
}

void NameTable::link_suffixes() noexcept {
  for (std::size_t id = 0; id < size_; ++id) {
    suffixes_[id] = kUnknownName;
    for (std::size_t cut = 1; cut < names_[id].size() && suffixes_[id] == kUnknownName; ++cut) {
      suffixes_[id] = find(names_[id].substr(cut));
    }
  }
}

std::size_t NameTable::hash(std::string_view text) noexcept {
  constexpr std::uint64_t kMultiplier = 0x9E3779B97F4A7C15;  // 2^64 / golden ratio: spreads every bit upwards
  std::uint64_t state = text.size() * kMultiplier;
  const auto mix = [&state](const char* from, std::size_t size) {
    std::uint64_t word = 0;
    std::memcpy(&word, from, size);
    state = (state ^ word) * kMultiplier;
    state ^= state >> 32;
  };
  const char* at = text.data();
  std::size_t left = text.size();
  for (; left >= 8; at += 8, left -= 8) mix(at, 8);
  if (left != 0) mix(at, left);
  return static_cast<std::size_t>(state);
}

}  // namespace custos::exchange
