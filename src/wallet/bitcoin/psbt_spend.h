// Spend: how an input of a PSBT is unlocked, as far as its scripts tell (BIP 174, "Data Signers Check For").
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "custos/result.h"
#include "hash/ripemd160.h"
#include "wallet/bitcoin/psbt.h"
#include "wallet/bitcoin/sighash.h"

namespace custos::wallet::btc {

struct Spend {
  enum class Kind : std::uint8_t {
    unknown,     // an output that nobody knows to spend
    incomplete,  // p2sh without its redeem script, p2wsh without its witness script
    legacy,
    witness_v0,  // BIP 143
    taproot,     // BIP 341
  };
  Kind kind = Kind::unknown;
  std::optional<hash::Digest20> key_hash{};  // p2pkh, p2wpkh: of the one key
  Bytes script_code{};                       // what the digest is made of; without a key_hash also where the keys stand
};

// read_spend of an input that spends `script`. `redeem_script` is the field's, or one that the signer knows; empty: none.
// Errors: bad_input: a redeem or witness script that is not the output's, or has no place there; witness_utxo beside a spend
// without witness.
[[nodiscard]] Result<Spend> read_spend(const PsbtMap& input, ByteView script, ByteView redeem_script, std::string_view where);

// spend_digest is what an ECDSA signature of the input is made of. Errors: those of SighashCache.
[[nodiscard]] Result<Digest32> spend_digest(SighashCache& cache, std::size_t input, const Spend& spend, std::uint64_t value,
                                            std::uint8_t sighash);

}  // namespace custos::wallet::btc
