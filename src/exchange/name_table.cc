#include "exchange/name_table.h"

#include <cstdlib>
#include <cstring>

namespace custos::exchange {
namespace {

template <class Word>
Word word_at(const char* place) noexcept {
  Word word;
  std::memcpy(&word, place, sizeof word);
  return word;
}

}  // namespace

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

NameId NameTable::find(std::string_view name) const noexcept {
  for (std::size_t slot = hash(name) % kSlots;; slot = (slot + 1) % kSlots) {
    const NameId id = slots_[slot];
    if (id == kUnknownName || names_[id] == name) return id;
  }
}

void NameTable::link_suffixes() noexcept {
  for (std::size_t id = 0; id < size_; ++id) {
    suffixes_[id] = kUnknownName;
    for (std::size_t cut = 1; cut < names_[id].size() && suffixes_[id] == kUnknownName; ++cut) {
      suffixes_[id] = find(names_[id].substr(cut));
    }
    if (suffixes_[id] != kUnknownName) with_suffix_.add(static_cast<NameId>(id));
  }
}

std::size_t NameTable::hash(std::string_view text) noexcept {
  constexpr std::uint64_t kMultiplier = 0x9E3779B97F4A7C15;  // 2^64 / golden ratio: spreads every bit upwards
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  std::uint64_t state = text.size() * kMultiplier;
  const auto mix = [&state](std::uint64_t word) {
    state = (state ^ word) * kMultiplier;
    state ^= state >> 32;
  };
  // Texts are read in words of one size, the last of which overlaps the one before.
  if (text.size() >= 8) {
    for (const char* at = begin; at < end - 8; at += 8) mix(word_at<std::uint64_t>(at));
    mix(word_at<std::uint64_t>(end - 8));
  } else if (text.size() >= 4) {
    mix(std::uint64_t{word_at<std::uint32_t>(begin)} << 32 | word_at<std::uint32_t>(end - 4));
  } else {
    for (const char c : text) mix(static_cast<unsigned char>(c));
  }
  return static_cast<std::size_t>(state);
}

}  // namespace custos::exchange
