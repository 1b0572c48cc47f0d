// Schemas: the protocol buffers of Cosmos chains that are understood here, as tables. One table serves both forms of a message,
// protobuf and amino JSON. Sources: cosmos-sdk v0.50 and v0.53 (proto/cosmos), ibc-go v8 (proto/ibc), wasmd v0.53
// (proto/cosmwasm), dydxprotocol/v4-chain v9 (proto/dydxprotocol), osmosis v28 (proto/osmosis), and the amino names of
// @cosmjs/stargate 0.39 and osmojs 16.15.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace custos::wallet::cosmos_sdk {

// FieldType is what a field holds, and how it is written in the two forms.
enum class FieldType : std::uint8_t {
  text,         // any UTF-8
  symbol,       // printable ASCII without spaces, not much of it: a denomination, a type's name
  address,      // a symbol: an account of this chain
  validator,    // a symbol: a validator of this chain
  receiver,     // a symbol: an account of another chain
  amount,       // the decimal digits of a number below 2^256, as text
  decimal,      // the same, in units of 10^-18; amino writes the point
  bytes,        // not looked into
  json,         // JSON as bytes; amino has the value itself
  uint64,       // a varint; amino writes a text
  int64,        // a varint that is not negative
  uint32,       // a varint; amino writes a number
  enumeration,  // the same, below 2^31
  boolean,      // a varint of one
  fixed32,      // four bytes
  message,      // of `schema`
  any,          // google.protobuf.Any with a type of `role`
  opaque,       // a message that is not looked into
};

// Role is where a type may stand: an authorisation is no message of a transaction.
enum class Role : std::uint8_t { part, message, authorization, allowance, public_key, extension };

// Count is how often a field stands: once, but in protobuf its default is left out; once or not at all; as often as it likes, or
// at least once.
enum class Count : std::uint8_t { one, optional, many, some };

struct Schema;

struct SchemaField {
  std::uint32_t number;
  std::string_view name;
  FieldType type;
  Count count = Count::one;
  const Schema* schema = nullptr;
  Role role = Role::part;
  std::string_view amino{};  // its name in amino JSON, where that is another

  [[nodiscard]] constexpr bool repeated() const noexcept { return count == Count::many || count == Count::some; }
};

struct Schema {
  Role role = Role::part;
  std::string_view type_url{};            // empty: never in an Any
  std::string_view amino{};               // its name in amino JSON; empty: not read there
  std::span<const SchemaField> fields{};  // in the order of their numbers
  std::string_view signer{};              // the path to who signs a message: "from_address", "inputs.address"
  bool any_order = false;                 // its writers do not keep to the order of the numbers
  bool whole = false;                     // a message without one of its fields says nothing
};

// find_schema finds a type that may stand in an Any; nullptr when it is not known there. find_amino finds a message.
[[nodiscard]] const Schema* find_schema(std::string_view type_url, Role role) noexcept;
[[nodiscard]] const Schema* find_amino(std::string_view name) noexcept;

// The parts of a transaction (cosmos-sdk, proto/cosmos/tx/v1beta1/tx.proto).
extern const Schema kSignDoc, kTxRaw, kTxBody, kAuthInfo, kSignerInfo, kFee, kCoin;
// What a StdSignDoc says beside its body and fee (cosmos-sdk, x/auth/migrations/legacytx), and the message of ADR-036.
extern const Schema kStdHeader, kMsgSignData;

}  // namespace custos::wallet::cosmos_sdk
