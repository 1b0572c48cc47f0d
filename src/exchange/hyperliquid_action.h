// What Hyperliquid has signed of an action: EIP-712 digests, of hyperliquid-python-sdk 0.24.0, hyperliquid/utils/signing.py.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/writer.h"
#include "exchange/json.h"
#include "exchange/reason.h"

namespace custos::exchange {

using EthereumAddress = std::array<std::uint8_t, 20>;

// read_address reads "0x" and 40 hexadecimal digits in either case.
[[nodiscard]] std::optional<EthereumAddress> read_address(JsonValue value) noexcept;

// L1Action is one that the exchange's own chain checks: all of it is signed, as MessagePack.
struct L1Action {
  JsonValue action;
  std::uint64_t nonce = 0;
  std::optional<EthereumAddress> vault{};
  std::optional<std::uint64_t> expires_after{};
  bool mainnet = false;
};

// Fault is why there is no digest, and the member or number that shows it.
struct ActionFault {
  Reason reason = Reason::none;
  std::string_view subject{};
};

// l1_digest is the digest of Agent(source, connectionId); the second is keccak256 of the action and what the request says
// besides.
[[nodiscard]] ActionFault l1_digest(const L1Action& action, BoundedWriter& scratch, Digest32& digest) noexcept;

// UserAction is a type of action that a person's wallet shows field by field: it is signed as EIP-712 data of a type of its own.
struct UserAction {
  std::string_view type;             // action.type
  std::string_view encoded;          // EIP-712's encodeType: the primary type and its fields
  std::string_view optional_text{};  // a string field that may be missing, and is signed as the empty one then
  // nonce_field is the field that repeats the request's nonce; the last one of all types.
  [[nodiscard]] constexpr std::string_view nonce_field() const noexcept {
    const std::string_view last = encoded.substr(encoded.rfind(' ') + 1);
    return last.substr(0, last.size() - 1);
  }
};

// find_user_action answers the type of that name, which user_digest takes; nullptr for actions of the other kind.
[[nodiscard]] const UserAction* find_user_action(std::string_view type) noexcept;

// user_digest is the digest of a user-signed action. It refuses members that the type has not, which nothing would sign; a
// hyperliquidChain other than `mainnet` says; and whatever has not its field's type.
[[nodiscard]] ActionFault user_digest(const UserAction& type, JsonValue action, bool mainnet, BoundedWriter& scratch,
                                      Digest32& digest) noexcept;

}  // namespace custos::exchange
