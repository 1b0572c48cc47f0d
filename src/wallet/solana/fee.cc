#include "wallet/solana/fee.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "wallet/solana/fields.h"
#include "wallet/solana/instruction_form.h"

namespace custos::wallet::sol {
namespace {

constexpr std::uint64_t kLamportsPerSignature = 5000;
constexpr std::uint64_t kDefaultUnits = 200'000;  // of an instruction, at most; built-in programs take less (SIMD-0170)
constexpr std::uint64_t kMaxUnits = 1'400'000;    // of a transaction
constexpr std::uint64_t kMicro = 1'000'000;

// kSignaturePrograms verify signatures, whose number is the first byte of the data, and which are paid for like the
// transaction's.
constexpr std::array<std::string_view, 3> kSignaturePrograms{"KeccakSecp256k11111111111111111111111111111",
                                                             "Ed25519SigVerify111111111111111111111111111",
                                                             "Secp256r1SigVerify1111111111111111111111111"};

enum BudgetTag : std::uint8_t { kHeapFrame = 1, kUnitLimit = 2, kUnitPrice = 3, kLoadedBytes = 4 };

// Budget is what the compute budget instructions say, by tag.
using Budget = std::array<std::optional<std::uint64_t>, 5>;

Result<void> read_budget(const Bytes& data, Budget& budget) {
  const std::uint8_t tag = data.empty() ? 0 : data[0];
  const bool known = tag >= kHeapFrame && tag <= kLoadedBytes;
  const auto fields = known ? read_fields(tag == kUnitPrice ? "q" : "d", ByteView(data).subspan(1)) : std::nullopt;
  if (!fields) return refuse("a compute budget instruction is malformed or unknown");
  if (budget[tag]) return refuse("a compute budget instruction stands there twice");
  budget[tag] = fields->numbers[0];
  return {};
}

}  // namespace

Result<Fee> fee_of(const Message& message) {
  Budget budget;
  std::uint64_t signatures = message.signers;
  std::uint64_t units = 0;
  for (const Instruction& instruction : message.instructions) {
    const std::string program = to_base58(message.keys[instruction.program]);
    if (program == kComputeBudgetProgram) {
      if (auto read = read_budget(instruction.data, budget); !read) return read.failure();
    }
    if (std::ranges::count(kSignaturePrograms, program) != 0 && !instruction.data.empty()) signatures += instruction.data[0];
    units += kDefaultUnits;
  }
  units = std::min(budget[kUnitLimit].value_or(units), kMaxUnits);
  const std::uint64_t price = budget[kUnitPrice].value_or(0);
  // price * units / 10^6, rounded up, in parts that do not overflow.
  const Uint256 priority = *Uint256(price / kMicro).times(units)->plus((price % kMicro * units + kMicro - 1) / kMicro);
  return Fee{*priority.plus(signatures * kLamportsPerSignature), price == 0 || budget[kUnitLimit].has_value()};
}

}  // namespace custos::wallet::sol
