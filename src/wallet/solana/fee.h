// Fee: what a transaction pays (solana.com/docs/core/fees; anza-xyz/agave fee/src/lib.rs and compute-budget).
#pragma once

#include <optional>

#include "base/uint256.h"
#include "custos/result.h"
#include "wallet/solana/message.h"

namespace custos::wallet::sol {

struct Fee {
  Uint256 maximum;
  bool certain = true;  // else it can be less: the compute units are not limited, and how many those are validators may change
};

// fee_of reads the compute budget. Errors: bad_input, for a compute budget instruction that is unknown, or twice there: no
// validator takes it.
[[nodiscard]] Result<Fee> fee_of(const Message& message);

}  // namespace custos::wallet::sol
