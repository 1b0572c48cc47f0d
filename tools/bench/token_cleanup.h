// Leaving a token as it was found.
#pragma once

#include "custodian/config.h"
#include "custodian/custodian_impl.h"
#include "custos/result.h"

namespace custos::bench {

// destroy_made_objects destroys what a home made in its token: the keys that its registry records and its head's mirror. Nothing
// else is touched. It goes on after a failure and answers the first. Errors: those of the token.
[[nodiscard]] Result<void> destroy_made_objects(Custodian::Impl& home, const TokenSettings& token);

}  // namespace custos::bench
