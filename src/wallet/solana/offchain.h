// Off-chain messages: text that a Solana key signs and that can be no transaction
// (docs.anza.xyz/proposals/off-chain-message-signing, header version 0).
#pragma once

#include <memory>

#include "wallet/solana/message.h"
#include "wallet/transaction.h"

namespace custos::wallet::sol {

struct OffchainMessage {
  std::array<std::uint8_t, 32> application{};  // "application domain"; zero where none is named
  std::vector<PublicKey> signers;
  std::string text;
};

// write_offchain puts the preamble in front of the text; its format is the narrowest that holds the text. Errors: bad_input, for
// text that is empty, no UTF-8 or too long.
[[nodiscard]] Result<Bytes> write_offchain(const OffchainMessage& message);

// read_offchain reads a preamble and its text, and nothing that write_offchain would not write but a wider format. Errors:
// bad_input.
[[nodiscard]] Result<OffchainMessage> read_offchain(ByteView bytes);

// is_offchain says that the bytes begin like a preamble.
[[nodiscard]] bool is_offchain(std::string_view bytes) noexcept;

}  // namespace custos::wallet::sol
