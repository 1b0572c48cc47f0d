// Keystore URIs: how a key of the software keystore is named where a token's key has a PKCS#11 URI.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "key/key_id.h"
#include "key/sealer.h"

namespace custos::software {

inline constexpr std::string_view kKeystoreUri = "custos:keystore";

// keystore_uri writes "custos:keystore;id=UUID;label=binance-main%231", and for a sealed key
// ";sealed-under=TOKEN:UUID:aes-256" behind it; everything but letters, digits and "-._~" is percent-encoded.
[[nodiscard]] std::string keystore_uri(const key::KeyId& id, std::string_view label,
                                       const std::optional<key::SealReference>& sealed_under);

}  // namespace custos::software
