// Tx: Bitcoin's network transaction (BIP 144 with witnesses, and the older form without).
// The namespace of this folder is btc: custos::wallet::bitcoin is the chain itself.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "custos/result.h"
#include "wallet/bitcoin/wire.h"

namespace custos::wallet::btc {

inline constexpr std::uint64_t kMaxMoney = 2'100'000'000'000'000;  // satoshi; no output and no sum of outputs is more
inline constexpr std::size_t kMaxTxSize = 4'000'000;               // bytes: a block's weight (BIP 141)
inline constexpr std::uint32_t kFinalSequence = 0xFFFFFFFF;

// OutPoint names an output. txid is in the order of the wire; people see it reversed (txid_text).
struct OutPoint {
  Digest32 txid{};
  std::uint32_t index = 0;
  friend bool operator==(const OutPoint&, const OutPoint&) = default;
  friend auto operator<=>(const OutPoint&, const OutPoint&) = default;
};

using WitnessStack = std::vector<Bytes>;

struct TxInput {
  OutPoint previous;
  Bytes script_sig{};
  std::uint32_t sequence = kFinalSequence;
  WitnessStack witness{};
  friend bool operator==(const TxInput&, const TxInput&) = default;
};

struct TxOutput {
  std::uint64_t value = 0;  // satoshi
  Bytes script{};
  friend bool operator==(const TxOutput&, const TxOutput&) = default;
};

struct Tx {
  std::uint32_t version = 2;
  std::vector<TxInput> inputs;
  std::vector<TxOutput> outputs;
  std::uint32_t lock_time = 0;
  friend bool operator==(const Tx&, const Tx&) = default;
};

// read_tx reads one whole transaction in either form: at least one input and one output, no amount or sum above kMaxMoney, no
// outpoint spent twice, a witness form only where an input has a witness. Errors: bad_input, naming `what` ("input 3's
// non_witness_utxo") and the fault.
[[nodiscard]] Result<Tx> read_tx(ByteView bytes, std::string_view what);
// read_tx_without_witness reads the older form alone, as PSBT's unsigned transaction has it (BIP 174); there it may be without
// inputs and outputs. Otherwise as read_tx.
[[nodiscard]] Result<Tx> read_tx_without_witness(ByteView bytes, std::string_view what);

// serialise writes the witness form where an input has a witness, else the older one.
[[nodiscard]] Bytes serialise(const Tx& tx);
[[nodiscard]] Bytes serialise_without_witness(const Tx& tx);
void put_output(Bytes& out, const TxOutput& output);

// put_witness writes the count of items, then each behind its length; read_witness reads that. The reader's flag says whether.
void put_witness(Bytes& out, const WitnessStack& witness);
[[nodiscard]] WitnessStack read_witness(WireReader& reader);

[[nodiscard]] Digest32 txid(const Tx& tx);
[[nodiscard]] Digest32 wtxid(const Tx& tx);
// txid_text writes an id as people see it: hexadecimal, last byte first.
[[nodiscard]] std::string txid_text(const Digest32& id);
[[nodiscard]] std::size_t weight(const Tx& tx);        // BIP 141
[[nodiscard]] std::size_t virtual_size(const Tx& tx);  // a fourth of the weight, rounded up

}  // namespace custos::wallet::btc
