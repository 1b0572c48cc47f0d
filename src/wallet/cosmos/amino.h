// Amino JSON: the legacy form in which hardware and old wallets sign (cosmos-sdk, x/auth/migrations/legacytx; ADR-036).
#pragma once

#include "wallet/cosmos/message.h"
#include "wallet/json_input.h"

namespace custos::wallet::cosmos_sdk {

// canonical_json writes JSON as chains sign it: compact, names in order, and "<", ">", "&", U+2028 and U+2029 escaped (as Go's
// encoding/json does). Errors: bad_input, for what chains write differently: integers that a double has to round, and the
// characters backspace and form feed.
[[nodiscard]] Result<std::string> canonical_json(const Json& value, const Where& where);

// from_amino reads a message's value in amino JSON. Errors: bad_input.
[[nodiscard]] Result<Message> from_amino(const Schema& schema, const Json& object, const Where& where);
// any_from_amino reads {"type", "value"}. Errors: bad_input, also for a type that is not known.
[[nodiscard]] Result<Message> any_from_amino(const Json& object, const Where& where);

}  // namespace custos::wallet::cosmos_sdk
