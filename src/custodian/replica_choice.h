// replica_choice: in what order the copies of a key are asked for a signature.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "custos/health.h"

namespace custos {

// kMostCopies is how many copies of a key can be at work.
inline constexpr std::size_t kMostCopies = 4;

// ReplicaView is one copy as the choice sees it.
struct ReplicaView {
  TokenState state = TokenState::healthy;  // of its device
  bool proved = true;                      // its key was proved for the handles that it has now
  bool failing = false;                    // it was asked and failed, and has not signed since
  bool spreads = false;                    // copies in several such devices sign more per second than one
  std::uint64_t latency_ns = 0;            // expected, of one signature
};

// ReplicaOrder is a list of copies by their place in what was judged, the first to be asked first.
struct ReplicaOrder {
  std::array<std::uint8_t, kMostCopies> places{};
  std::size_t count = 0;

  [[nodiscard]] auto begin() const noexcept { return places.begin(); }
  [[nodiscard]] auto end() const noexcept { return places.begin() + static_cast<std::ptrdiff_t>(count); }
};

// choose_replicas puts the copies of the healthiest devices first, and among those the fastest. Copies that expect at most half
// as much time again as the fastest count as equally fast: where their devices sign more together, `turn` decides, so that they
// take turns; elsewhere the one at `current`, which signed last, goes on.
[[nodiscard]] ReplicaOrder choose_replicas(std::span<const ReplicaView> copies, std::size_t current, std::uint64_t turn) noexcept;

}  // namespace custos
