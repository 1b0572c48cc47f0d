#include "wallet/bitcoin/tx.h"

#include <algorithm>

#include "encode/hex.h"

namespace custos::wallet::btc {
namespace {

constexpr std::size_t kSmallestInput = 32 + 4 + 1 + 4;
constexpr std::size_t kSmallestOutput = 8 + 1;
constexpr std::uint8_t kWitnessMarker = 0x00;  // stands where the count of inputs does; no transaction has none (BIP 144)
constexpr std::uint8_t kWitnessFlag = 0x01;

Bytes to_bytes(ByteView view) { return {view.begin(), view.end()}; }

Unexpected refused(std::string_view what, std::string_view fault) {
  return fail(Errc::bad_input, Origin::request, std::string(what) + ": " + std::string(fault));
}

TxInput read_input(WireReader& reader) {
  TxInput input;
  std::ranges::copy(reader.bytes(input.previous.txid.size()), input.previous.txid.begin());
  input.previous.index = reader.u32();
  input.script_sig = to_bytes(reader.var_bytes());
  input.sequence = reader.u32();
  return input;
}

TxOutput read_output(WireReader& reader) {
  TxOutput output;
  output.value = reader.u64();
  output.script = to_bytes(reader.var_bytes());
  return output;
}

void read_inputs(WireReader& reader, Tx& tx) {
  const std::size_t count = reader.count(kSmallestInput);
  tx.inputs.reserve(count);
  for (std::size_t i = 0; i < count && !reader.failed(); ++i) tx.inputs.push_back(read_input(reader));
}

void read_outputs(WireReader& reader, Tx& tx) {
  const std::size_t count = reader.count(kSmallestOutput);
  tx.outputs.reserve(count);
  for (std::size_t i = 0; i < count && !reader.failed(); ++i) tx.outputs.push_back(read_output(reader));
}

// fault_of says what rule a transaction breaks that reads well otherwise (bitcoin/bitcoin CheckTransaction); empty: none.
std::string_view fault_of(const Tx& tx) {
  std::uint64_t total = 0;
  for (const auto& output : tx.outputs) {
    if (output.value > kMaxMoney) return "an output is of more than there is";
    total += output.value;
    if (total > kMaxMoney) return "the outputs are of more than there is";
  }
  std::vector<OutPoint> spent;
  spent.reserve(tx.inputs.size());
  for (const auto& input : tx.inputs) spent.push_back(input.previous);
  std::ranges::sort(spent);
  return std::ranges::adjacent_find(spent) == spent.end() ? "" : "two inputs spend the same output";
}

bool has_witness(const Tx& tx) {
  return std::ranges::any_of(tx.inputs, [](const TxInput& input) { return !input.witness.empty(); });
}

void put_inputs_and_outputs(Bytes& out, const Tx& tx) {
  put_compact_size(out, tx.inputs.size());
  for (const auto& input : tx.inputs) {
    put_bytes(out, input.previous.txid);
    put_u32(out, input.previous.index);
    put_var_bytes(out, input.script_sig);
    put_u32(out, input.sequence);
  }
  put_compact_size(out, tx.outputs.size());
  for (const auto& output : tx.outputs) put_output(out, output);
}

// read_rest reads what comes behind the version and, in the witness form, the marker and the flag.
Result<Tx> read_rest(WireReader& reader, Tx tx, bool with_witness, std::string_view what) {
  read_inputs(reader, tx);
  read_outputs(reader, tx);
  if (with_witness) {
    for (auto& input : tx.inputs) input.witness = read_witness(reader);
  }
  tx.lock_time = reader.u32();
  if (reader.failed()) return refused(what, "the transaction ends too early, or a length in it is not in its shortest form");
  if (!reader.complete()) return refused(what, std::to_string(reader.rest().size()) + " bytes follow the transaction");
  if (with_witness && !has_witness(tx)) return refused(what, "the transaction has the form with witnesses, but none");
  if (const auto fault = fault_of(tx); !fault.empty()) return refused(what, fault);
  return tx;
}

}  // namespace

Result<Tx> read_tx(ByteView bytes, std::string_view what) {
  if (bytes.size() > kMaxTxSize) return refused(what, "the transaction is larger than a block");
  WireReader reader(bytes);
  Tx tx;
  tx.version = reader.u32();
  const bool with_witness = !reader.rest().empty() && reader.rest()[0] == kWitnessMarker;
  if (with_witness) {
    static_cast<void>(reader.u8());
    if (reader.u8() != kWitnessFlag) return refused(what, "the transaction has no inputs, or its witness flag is not 1");
  }
  auto read = read_rest(reader, std::move(tx), with_witness, what);
  if (read && (read->inputs.empty() || read->outputs.empty()))
    return refused(what, "the transaction has no inputs or no outputs");
  return read;
}

Result<Tx> read_tx_without_witness(ByteView bytes, std::string_view what) {
  if (bytes.size() > kMaxTxSize) return refused(what, "the transaction is larger than a block");
  WireReader reader(bytes);
  Tx tx;
  tx.version = reader.u32();
  return read_rest(reader, std::move(tx), false, what);
}

void put_output(Bytes& out, const TxOutput& output) {
  put_u64(out, output.value);
  put_var_bytes(out, output.script);
}

void put_witness(Bytes& out, const WitnessStack& witness) {
  put_compact_size(out, witness.size());
  for (const auto& item : witness) put_var_bytes(out, item);
}

WitnessStack read_witness(WireReader& reader) {
  const std::size_t count = reader.count(1);
  WitnessStack witness;
  for (std::size_t i = 0; i < count && !reader.failed(); ++i) witness.push_back(to_bytes(reader.var_bytes()));
  return witness;
}

Bytes serialise(const Tx& tx) {
  if (!has_witness(tx)) return serialise_without_witness(tx);
  Bytes out;
  put_u32(out, tx.version);
  put_u8(out, kWitnessMarker);
  put_u8(out, kWitnessFlag);
  put_inputs_and_outputs(out, tx);
  for (const auto& input : tx.inputs) put_witness(out, input.witness);
  put_u32(out, tx.lock_time);
  return out;
}

Bytes serialise_without_witness(const Tx& tx) {
  Bytes out;
  put_u32(out, tx.version);
  put_inputs_and_outputs(out, tx);
  put_u32(out, tx.lock_time);
  return out;
}

Digest32 txid(const Tx& tx) { return hash256(serialise_without_witness(tx)); }
Digest32 wtxid(const Tx& tx) { return hash256(serialise(tx)); }

std::string txid_text(const Digest32& id) {
  Digest32 reversed;
  std::ranges::reverse_copy(id, reversed.begin());
  return encode::to_hex(reversed);
}

std::size_t weight(const Tx& tx) { return 3 * serialise_without_witness(tx).size() + serialise(tx).size(); }
std::size_t virtual_size(const Tx& tx) { return (weight(tx) + 3) / 4; }

}  // namespace custos::wallet::btc
