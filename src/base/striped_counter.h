// StripedCounter: a count that many threads raise without fighting for one cache line.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/thread_number.h"

namespace custos {

// Striped is one T for each of 16 groups of threads, each on cache lines of its own.
template <class T>
class Striped {
 public:
  [[nodiscard]] T& mine() noexcept { return stripes_[thread_number() % stripes_.size()].value; }

  // sum adds up what `part` tells of each stripe.
  template <class Part>
  [[nodiscard]] std::uint64_t sum(Part&& part) const noexcept {
    std::uint64_t total = 0;
    for (const auto& stripe : stripes_) total += part(stripe.value);
    return total;
  }

 private:
  struct alignas(64) Stripe {
    T value{};
  };
  std::array<Stripe, 16> stripes_;
};

class StripedCounter {
 public:
  void add() noexcept { counts_.mine().fetch_add(1, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t total() const noexcept {
    return counts_.sum([](const auto& count) { return count.load(std::memory_order_relaxed); });
  }

 private:
  Striped<std::atomic<std::uint64_t>> counts_;
};

}  // namespace custos
