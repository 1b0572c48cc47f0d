// Validity: what a chain refuses in a message that it could read.
#pragma once

#include "wallet/cosmos/message.h"

namespace custos::wallet::cosmos_sdk {

// is_denomination tells whether a text may name a coin (cosmos-sdk, types/coin.go: ValidateDenom).
[[nodiscard]] bool is_denomination(std::string_view text) noexcept;

// check_address refuses what is no address of this prefix in its one spelling. Errors: bad_input.
[[nodiscard]] Result<void> check_address(std::string_view text, std::string_view prefix, const Where& where);

// check_valid looks at all that the message holds: its addresses are there and of this prefix, a validator's with "valoper"
// behind it; and a list of coins is as the SDK wants it (types/coin.go: Coins.Validate). Errors: bad_input.
[[nodiscard]] Result<void> check_valid(const Message& message, std::string_view prefix, const Where& where);

}  // namespace custos::wallet::cosmos_sdk
