#include "custodian/replica_choice.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace custos {
namespace {

// Rank, from good to bad. A copy whose device is being recovered, or is down, comes after one that was not proved yet.
enum class Rank : unsigned char { healthy, degraded, unproved, recovering, failing, down };

Rank rank_of(const ReplicaView& copy) noexcept {
  if (copy.state == TokenState::down) return Rank::down;
  if (copy.failing) return Rank::failing;
  if (copy.state == TokenState::recovering) return Rank::recovering;
  if (!copy.proved) return Rank::unproved;
  return copy.state == TokenState::degraded ? Rank::degraded : Rank::healthy;
}

// Of copies that take turns, a slower one is asked now and then: it may be as fast as the others by now.
constexpr std::uint64_t kLookAround = 16;

// sort_few sorts by insertion: g++ 12 finds fault with std::sort of so short an array (-Wstringop-overflow, wrongly).
template <class Less>
void sort_few(std::span<std::uint8_t> places, const Less& less) noexcept {
  for (std::size_t end = 1; end < places.size(); ++end) {
    for (std::size_t i = end; i > 0 && less(places[i], places[i - 1]); --i) std::swap(places[i], places[i - 1]);
  }
}

}  // namespace

ReplicaOrder choose_replicas(std::span<const ReplicaView> copies, std::size_t current, std::uint64_t turn) noexcept {
  ReplicaOrder order;
  order.count = std::min(copies.size(), kMostCopies);
  for (std::size_t i = 0; i < order.count; ++i) order.places[i] = static_cast<std::uint8_t>(i);
  const auto places = std::span(order.places).first(order.count);
  const auto is_better = [&](std::uint8_t one, std::uint8_t other) {
    const Rank of_one = rank_of(copies[one]), of_other = rank_of(copies[other]);
    if (of_one != of_other) return of_one < of_other;
    if (copies[one].latency_ns != copies[other].latency_ns) return copies[one].latency_ns < copies[other].latency_ns;
    return one < other;
  };
  sort_few(places, is_better);
  if (places.empty()) return order;

  const ReplicaView& best = copies[places.front()];
  const bool looks_around = best.spreads && turn % kLookAround == kLookAround - 1;
  const auto is_as_good = [&](std::uint8_t place) {
    const ReplicaView& copy = copies[place];
    const bool as_fast = copy.latency_ns <= best.latency_ns + best.latency_ns / 2;
    return rank_of(copy) == rank_of(best) && (as_fast || (looks_around && copy.spreads));
  };
  const auto equals = places.first(static_cast<std::size_t>(std::ranges::find_if_not(places, is_as_good) - places.begin()));
  if (std::ranges::all_of(equals, [&](std::uint8_t place) { return copies[place].spreads; })) {
    sort_few(equals, std::less());  // so that turns are the same whoever is the fastest just now
    std::ranges::rotate(equals, equals.begin() + static_cast<std::ptrdiff_t>((turn + turn / kLookAround) % equals.size()));
  } else if (const auto standing = std::ranges::find(equals, current); standing != equals.end()) {
    std::rotate(equals.begin(), standing, standing + 1);
  }
  return order;
}

}  // namespace custos
