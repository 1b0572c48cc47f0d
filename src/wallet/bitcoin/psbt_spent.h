// What the inputs of a PSBT spend, and how sure that is.
#pragma once

#include <cstdint>
#include <vector>

#include "custos/result.h"
#include "wallet/bitcoin/psbt.h"

namespace custos::wallet::btc {

// Proof says where an input's amount and script come from.
enum class Proof : std::uint8_t {
  missing,  // no UTXO is there
  claimed,  // witness_utxo alone: whoever wrote the PSBT says so
  proved,   // non_witness_utxo, which hashes to the id that the input names
};

struct Spent {
  std::vector<TxOutput> outputs;  // one for each input; of a missing one empty
  std::vector<Proof> proofs;
};

// read_spent takes the outputs from non_witness_utxo and witness_utxo. Errors: bad_input: a non_witness_utxo that is malformed,
// another transaction than the input names, or has no such output; a witness_utxo that says something else.
[[nodiscard]] Result<Spent> read_spent(const Psbt& psbt);

}  // namespace custos::wallet::btc
