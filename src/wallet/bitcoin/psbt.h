// PSBT: partially signed Bitcoin transactions, version 0 (BIP 174) and version 2 (BIP 370), with taproot's fields (BIP 371).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "custos/result.h"
#include "wallet/bitcoin/psbt_fields.h"
#include "wallet/bitcoin/tx.h"

namespace custos::wallet::btc {

// PsbtMap is one map's records, in the order in which they stood there. Copies point to the same bytes.
class PsbtMap {
 public:
  PsbtMap() = default;
  explicit PsbtMap(std::vector<PsbtField> fields) : fields_(std::move(fields)) {}

  [[nodiscard]] std::span<const PsbtField> fields() const noexcept { return fields_; }
  // find is the first of a type; nullptr where there is none.
  [[nodiscard]] const PsbtField* find(std::uint64_t type) const noexcept;
  [[nodiscard]] const PsbtField* find(std::uint64_t type, ByteView key) const noexcept;
  // value of the first of a type; empty where there is none.
  [[nodiscard]] ByteView value(std::uint64_t type) const noexcept;
  [[nodiscard]] bool has(std::uint64_t type) const noexcept { return find(type) != nullptr; }

  // put replaces the field of the same key, or adds it before the first of a higher one: a sorted map stays sorted.
  void put(const PsbtField& field);
  // keep_final drops what is of no use to a final input.
  void keep_final();

 private:
  std::vector<PsbtField> fields_;
};

// Psbt is one that was read: each field in its form, no key twice, everything there that its version demands. Its maps point into
// its bytes: it moves, and is not copied.
class Psbt {
 public:
  // read reads the binary form. Errors: bad_input, saying where ("input 3: partial_sig: …").
  [[nodiscard]] static Result<Psbt> read(Bytes bytes);

  Psbt(Psbt&&) noexcept = default;
  Psbt& operator=(Psbt&&) noexcept = default;
  Psbt(const Psbt&) = delete;
  Psbt& operator=(const Psbt&) = delete;
  ~Psbt() = default;

  [[nodiscard]] unsigned version() const noexcept { return version_; }
  // unsigned_tx has empty scripts and witnesses; of version 2 it is made of the fields, its lock time as BIP 370 determines it.
  [[nodiscard]] const Tx& unsigned_tx() const noexcept { return tx_; }
  [[nodiscard]] const PsbtMap& global() const noexcept { return global_; }
  [[nodiscard]] std::span<const PsbtMap> inputs() const noexcept { return inputs_; }
  [[nodiscard]] std::span<const PsbtMap> outputs() const noexcept { return outputs_; }

 private:
  Psbt() = default;
  [[nodiscard]] Result<void> read_maps();
  [[nodiscard]] Result<void> read_unsigned_tx();

  Bytes bytes_;
  unsigned version_ = 0;
  Tx tx_;
  PsbtMap global_;
  std::vector<PsbtMap> inputs_, outputs_;
};

// write_psbt writes the binary form of maps.
[[nodiscard]] Bytes write_psbt(const PsbtMap& global, std::span<const PsbtMap> inputs, std::span<const PsbtMap> outputs);

// psbt_bytes takes what a caller hands over: base64, hexadecimal, or the binary form itself; white space around text passes.
// Errors: bad_input.
[[nodiscard]] Result<Bytes> psbt_bytes(std::string_view input);

// input_name and output_name say which one an error speaks of: "input 3", counted from 0 as Bitcoin's tools do.
[[nodiscard]] inline std::string input_name(std::size_t index) { return "input " + std::to_string(index); }
[[nodiscard]] inline std::string output_name(std::size_t index) { return "output " + std::to_string(index); }

}  // namespace custos::wallet::btc
