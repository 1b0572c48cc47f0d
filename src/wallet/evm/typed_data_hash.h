// The hashes of typed data (EIP-712): hashStruct of domain and message, and what is signed of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/uint256.h"
#include "wallet/evm/typed_data_types.h"

namespace custos::wallet::ethereum {

// TypedData is a message that was read, found whole, and hashed. What `domain` and `message` hold is of the types that the
// encoded types say, member for member.
struct TypedData {
  Json domain, message;
  std::string primary_type;
  std::string domain_type, message_type;  // as encodeType writes them, with what they refer to
  Digest32 domain_separator{}, struct_hash{};

  // digest is keccak256(0x19 01 ‖ domain separator ‖ hashStruct(message)).
  [[nodiscard]] Digest32 digest() const;
  // chain_id is the domain's; nothing when it names none.
  [[nodiscard]] std::optional<Uint256> chain_id() const;
};

// hash_typed_data reads JSON. Errors: bad_input, naming the place.
[[nodiscard]] Result<TypedData> hash_typed_data(std::string_view json);

}  // namespace custos::wallet::ethereum
