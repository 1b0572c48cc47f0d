// ABI: the arguments of a contract call, in the one form that compilers give them (Solidity's contract ABI specification, "Formal
// Specification of the Encoding").
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/uint256.h"
#include "wallet/evm/address.h"

namespace custos::wallet::ethereum {

// AbiValue is one argument: what of it its type fills.
struct AbiValue {
  Address address{};             // address
  Uint256 number;                // uintN, bool, bytes32
  ByteView bytes;                // bytes
  std::vector<Uint256> numbers;  // uint256[]
};

inline constexpr std::size_t kMaxAbiArguments = 8;
using AbiValues = std::array<AbiValue, kMaxAbiArguments>;

// read_abi reads the arguments of a function, "transfer(address,uint256)", out of a call's data behind the selector. Types:
// address, bool, uintN, bytes32, bytes, uint256[]. Nothing when anything is not as a compiler writes it: dirty upper bytes,
// offsets that are not where the argument before ends, padding that is not zero, a byte too many or too few. The bytes point into
// `data`.
[[nodiscard]] std::optional<AbiValues> read_abi(std::string_view function, ByteView data);

}  // namespace custos::wallet::ethereum
