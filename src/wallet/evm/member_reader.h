// MemberReader: the members of a JSON object, in the forms that Ethereum's JSON-RPC gives them.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/uint256.h"
#include "custos/result.h"
#include "wallet/evm/address.h"
#include "wallet/json_input.h"

namespace custos::wallet::ethereum {

// MemberReader reads one object. What is missing or malformed is its fault for good: a caller reads straight down, and asks
// result() once; until then what was at fault reads as zero or empty. It points into the object.
class MemberReader {
 public:
  // `where` stands in front of every fault: "the transaction", "accessList[2]". Members that are not among `known` are a fault.
  MemberReader(const Json& object, std::string where, std::initializer_list<std::string_view> known);

  [[nodiscard]] bool has(std::string_view name) const { return find(name) != nullptr; }

  // Numbers: "0x…" or decimal text, or a JSON integer; whole, not negative, below 2^256 or 2^64.
  Uint256 quantity(std::string_view name);
  std::uint64_t quantity64(std::string_view name);
  Address address(std::string_view name);
  Bytes data(std::string_view name);  // "0x" and pairs of hexadecimal digits
  // list is nullptr when the member is missing or no array; only the first is no fault.
  const Json* list(std::string_view name);

  // One item of a list, read as the functions above read members.
  Bytes data_item(const Json& item, std::string_view name);
  Digest32 hash_item(const Json& item, std::string_view name);

  // refuse keeps a fault: of `name`, unless that is empty.
  void refuse(std::string_view name, std::string_view why);
  // adopt takes over what a reader of a nested object answers.
  void adopt(Result<void> nested);
  [[nodiscard]] Result<void> result();

 private:
  [[nodiscard]] const Json* find(std::string_view name) const;
  const Json* required(std::string_view name);

  const Json& object_;
  const std::string where_;
  std::string fault_;
};

}  // namespace custos::wallet::ethereum
