// The key that the test imports and `life` signs with.
#pragma once

#include <string_view>

#include "key/algorithm.h"

namespace custos::life {

inline constexpr auto kMadeAlgorithm = key::Algorithm::hmac_sha256;
inline constexpr std::string_view kMadeSecret = "a secret of thirty-two characters";

}  // namespace custos::life
