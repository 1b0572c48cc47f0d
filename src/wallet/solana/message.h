// Solana's messages and transactions on the wire (solana.com/docs/core/transactions; anza-xyz/solana-sdk, crates message,
// short-vec, transaction): legacy messages and those of version 0.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "custos/result.h"

namespace custos::wallet::sol {

using PublicKey = std::array<std::uint8_t, 32>;
using Signature = std::array<std::uint8_t, 64>;  // all zero where one is missing

// kMaxTransactionBytes is what fits into one IPv6 packet (solana-packet, PACKET_DATA_SIZE).
inline constexpr std::size_t kMaxTransactionBytes = 1232;

// Instruction names accounts by their place: first Message::keys, then what the lookups load.
struct Instruction {
  std::uint8_t program = 0;  // always one of the keys
  Bytes accounts;
  Bytes data;
};

// Lookup loads accounts out of an address lookup table.
struct Lookup {
  PublicKey table{};
  Bytes writable, readonly;  // places in the table
};

struct Message {
  bool version_0 = false;  // else legacy
  std::uint8_t signers = 0, readonly_signers = 0, readonly_others = 0;
  std::vector<PublicKey> keys;  // the first pays the fee; the first `signers` sign
  PublicKey recent_blockhash{};
  std::vector<Instruction> instructions;
  std::vector<Lookup> lookups;
};

// read_message reads one message and nothing behind it, as strictly as a validator that sanitizes it. Errors: bad_input.
[[nodiscard]] Result<Message> read_message(ByteView bytes);

// Unsigned is a message with the signatures that it has: one place for each signer.
struct Unsigned {
  Bytes bytes;  // of the message: what is signed
  Message message;
  std::vector<Signature> signatures;
};

// read_transaction reads a whole transaction or a bare message, in binary, hexadecimal (with 0x or without), base64 or base58
// form; white space around text is skipped. Errors: bad_input, also for what can be read in two ways.
[[nodiscard]] Result<Unsigned> read_transaction(std::string_view input);

// write_transaction writes the transaction in binary form.
[[nodiscard]] Bytes write_transaction(const Unsigned& transaction);

[[nodiscard]] std::string to_base58(ByteView bytes);  // at most encode::kMaxBase58Bytes

// refuse is the error of everything here.
[[nodiscard]] Unexpected refuse(const std::string& why);

}  // namespace custos::wallet::sol
