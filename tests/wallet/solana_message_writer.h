// write_message writes a Solana message, for tests: what sol::read_message reads, and whatever else a test makes of it.
#pragma once

#include "wallet/solana/message.h"

namespace custos::wallet::testing {

inline void put(Bytes& out, ByteView bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

// put_count writes a compact-u16.
inline void put_count(Bytes& out, std::size_t value) {
  for (; value >= 0x80; value >>= 7U) out.push_back(static_cast<std::uint8_t>(value | 0x80U));
  out.push_back(static_cast<std::uint8_t>(value));
}
inline void put_counted(Bytes& out, ByteView bytes) {
  put_count(out, bytes.size());
  put(out, bytes);
}

inline Bytes write_message(const sol::Message& message) {
  Bytes out;
  if (message.version_0) out.push_back(0x80);
  put(out, std::array{message.signers, message.readonly_signers, message.readonly_others});
  put_count(out, message.keys.size());
  for (const auto& key : message.keys) put(out, key);
  put(out, message.recent_blockhash);
  put_count(out, message.instructions.size());
  for (const auto& instruction : message.instructions) {
    out.push_back(instruction.program);
    put_counted(out, instruction.accounts);
    put_counted(out, instruction.data);
  }
  if (!message.version_0) return out;
  put_count(out, message.lookups.size());
  for (const auto& lookup : message.lookups) {
    put(out, lookup.table);
    put_counted(out, lookup.writable);
    put_counted(out, lookup.readonly);
  }
  return out;
}

}  // namespace custos::wallet::testing
