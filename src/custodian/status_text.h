// The sentences for what can go wrong while signing, besides what was handed over, its grants and its preparation.
#pragma once

#include <string>

#include "custos/request.h"

namespace custos {

// kSizesDiffer is the native code of the bad_input status of a batch whose spans differ in size.
inline constexpr std::uint32_t kSizesDiffer = 1;

// explain_status says what a status means; who signs stands before it.
[[nodiscard]] std::string explain_status(const SignStatus& status);

}  // namespace custos
