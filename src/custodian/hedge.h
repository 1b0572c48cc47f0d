// hedge: one signature asked of two copies, the second when the first is late.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>

#include "custodian/key_proof.h"
#include "key/backend.h"

namespace custos {

// HedgeOutcome tells what became of the two. A copy without a status was not asked, or had not answered when the other did.
struct HedgeOutcome {
  bool begun = false;  // the first was asked; otherwise nothing was
  bool asked_second = false;
  std::array<std::optional<SignStatus>, 2> answers;
  std::optional<std::size_t> signer;  // which of them made the signature in `out`
};

// sign_hedged asks `copies[0]`, and copies[1] when no answer came after `after`; the first signature is taken, the other call is
// abandoned. Both must sign in threads of their devices and be proved; otherwise nothing is begun, or the first alone asked.
// Without a deadline it waits at most kLongestHedge. call.path is that of the copy that signed.
inline constexpr std::chrono::seconds kLongestHedge{10};
[[nodiscard]] HedgeOutcome sign_hedged(const std::array<KeyProof*, 2>& copies, ByteView message, std::span<std::uint8_t> out,
                                       key::SignCall& call, std::chrono::nanoseconds after) noexcept;

}  // namespace custos
