// Fuzzes the reader of Ethereum transactions, as RLP and as JSON.
//
// What must hold: RLP that is taken is canonical, so that what is hashed of it is its own bytes (but for a sidecar, which is not
// signed); what is signed reads as signed already; facts always reach some class.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "hash/keccak.h"
#include "wallet/transaction.h"

namespace {

using custos::ByteView;

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace custos::wallet;  // NOLINT(google-build-using-namespace)
  const ByteView bytes(data, size);
  Input input;
  input.bytes = custos::as_text(bytes);
  input.without_replay_protection = true;
  const auto read = evm().read(input, nullptr);
  if (!read) return 0;
  const auto& message = (*read)->to_sign()[0].message;
  require(!(*read)->facts().reachable.empty() && message.size() == 32);
  constexpr std::size_t kSmallestSidecar = 131'072;
  if ((bytes[0] <= 4 || bytes[0] >= 0xC0) && size < kSmallestSidecar) {
    require(std::ranges::equal(message, custos::hash::keccak256(bytes)));
  }
  MadeSignature made;
  made.bytes.fill(1);
  const auto answer = (*read)->assemble({&made, 1});
  require(answer.has_value());
  input.bytes = answer->front().value;
  const auto again = evm().read(input, nullptr);
  require(!again && again.error().detail.find("a signature is already there") != std::string::npos);
  return 0;
}
