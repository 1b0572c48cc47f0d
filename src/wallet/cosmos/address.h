// Addresses of Cosmos chains, and the destinations that are made of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "custos/result.h"

namespace custos::wallet::cosmos_sdk {

// Address is what a bech32 address says.
struct Address {
  std::string prefix;
  Bytes bytes;
};

[[nodiscard]] std::optional<Address> read_address(std::string_view text);
// prefix_of is that of an address in its one spelling, in lower case; nothing for any other text.
[[nodiscard]] std::optional<std::string> prefix_of(std::string_view text);
[[nodiscard]] bool is_prefix(std::string_view text) noexcept;
// address_of is that of a secp256k1 key (cosmos-sdk, crypto/keys/secp256k1: Address).
[[nodiscard]] std::string address_of(ByteView public_key, std::string_view prefix);

// is_channel tells an IBC channel's name (ICS-4): "channel-141".
[[nodiscard]] bool is_channel(std::string_view text) noexcept;
// ibc_destination writes "channel-141/osmo1…", and "channel-141/osmo1…#104" with a memo for the other chain.
[[nodiscard]] std::string ibc_destination(std::string_view channel, std::string_view receiver, std::string_view memo);
// normal_destination is the one spelling of an address, or of one with a channel in front, a memo behind it, or both. Errors:
// bad_input.
[[nodiscard]] Result<std::string> normal_destination(std::string_view text);

}  // namespace custos::wallet::cosmos_sdk
