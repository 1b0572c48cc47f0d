// Times in messages.
#pragma once

#include <string>

#include "wallet/cosmos/message.h"

namespace custos::wallet::cosmos_sdk {

// date_of writes a google.protobuf.Timestamp as a date (RFC 3339), in UTC.
[[nodiscard]] std::string date_of(const Message& timestamp);

}  // namespace custos::wallet::cosmos_sdk
