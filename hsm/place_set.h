// PlaceSet: a set of places, taken and put back by many threads without a lock.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace custos::hsm {

// PlaceSet holds numbers below kPlaces. A number that take answered is the taker's alone until it is put into a set again. Every
// change is sequentially consistent, so that "put, then look at a flag" and "set the flag, then take" cannot both miss the other.
class PlaceSet {
 public:
  static constexpr std::size_t kPlaces = 256;

  void put(std::size_t place) noexcept { word_of(place).fetch_or(bit_of(place)); }

  // take answers a place, or nothing when the set was empty. Threads with another `hint` look in other words first, so that they
  // seldom write the same one.
  [[nodiscard]] std::optional<std::size_t> take(std::size_t hint) noexcept {
    for (std::size_t i = 0; i < kWords; ++i) {
      const std::size_t number = (hint + i) % kWords;
      auto& word = words_[number].bits;
      for (std::uint64_t bits = word.load(); bits != 0;) {
        const std::uint64_t lowest = bits & (~bits + 1);
        bits = word.fetch_and(~lowest);
        if ((bits & lowest) != 0) return static_cast<std::size_t>(std::countr_zero(lowest)) * kWords + number;
      }
    }
    return std::nullopt;
  }

  [[nodiscard]] std::size_t size() const noexcept {
    std::size_t count = 0;
    for (const auto& word : words_) count += static_cast<std::size_t>(std::popcount(word.bits.load()));
    return count;
  }

 private:
  static constexpr std::size_t kWords = kPlaces / 64;
  struct alignas(64) Word {  // a cache line of its own
    std::atomic<std::uint64_t> bits{0};
  };

  // Neighbours lie in different words.
  [[nodiscard]] std::atomic<std::uint64_t>& word_of(std::size_t place) noexcept { return words_[place % kWords].bits; }
  [[nodiscard]] static std::uint64_t bit_of(std::size_t place) noexcept { return std::uint64_t{1} << (place / kWords); }

  std::array<Word, kWords> words_;
};

}  // namespace custos::hsm
