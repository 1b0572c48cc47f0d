#include "custodian/hedge.h"

#include <algorithm>

#include "base/waker.h"

namespace custos {

HedgeOutcome sign_hedged(const std::array<KeyProof*, 2>& copies, ByteView message, std::span<std::uint8_t> out,
                         key::SignCall& call, std::chrono::nanoseconds after) noexcept {
  const auto now = std::chrono::steady_clock::now();
  const auto end = call.deadline.value_or(now + kLongestHedge);
  const auto late = std::min(end, now + after);
  Waker waker;  // outlives the calls, which are all taken or abandoned below
  std::array<key::SignCall, 2> calls{call, call};
  std::array<KeyProof::Begun, 2> begun;
  HedgeOutcome outcome;

  begun[0] = copies[0]->begin(message, calls[0], waker);
  outcome.begun = begun[0].pending != nullptr;
  if (!outcome.begun) return outcome;

  // take_what_is_done answers whether there is a signature.
  const auto take_what_is_done = [&] {
    for (std::size_t i = 0; i < begun.size() && !outcome.signer; ++i) {
      if (begun[i].pending == nullptr || !begun[i].pending->done()) continue;
      outcome.answers[i] = copies[i]->take(begun[i], message, out);
      begun[i].pending = nullptr;
      if (!outcome.answers[i]->ok()) continue;
      outcome.signer = i;
      call.path = calls[i].path;
      call.recovery_id = calls[i].recovery_id;
    }
    return outcome.signer.has_value();
  };
  const auto waits = [&] { return begun[0].pending != nullptr || begun[1].pending != nullptr; };

  bool is_late = false;
  while (!take_what_is_done() && waits()) {
    if (waker.wait(is_late ? end : late)) continue;
    if (is_late || late == end) break;
    is_late = true;
    begun[1] = copies[1]->begin(message, calls[1], waker);
    outcome.asked_second = begun[1].pending != nullptr;
  }
  for (auto& one : begun) {
    if (one.pending != nullptr) one.pending->abandon();
  }
  return outcome;
}

}  // namespace custos
