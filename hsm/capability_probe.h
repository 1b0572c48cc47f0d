// CapabilityProbe: what a token can do, tried out on throwaway keys, and where that differs from its profile.
#pragma once

#include <vector>

#include "custos/result.h"
#include "custos/token_probe.h"
#include "hsm/module.h"
#include "hsm/profile.h"
#include "hsm/slot.h"

namespace custos::hsm {

using Finding = ProbeFinding;

// probe_capabilities tries what hsm/probe_checks.h names, one after the other, on sessions of its own beside the pool's. The
// token is logged in, and nobody else uses a token that bears one thread. Its keys are gone afterwards, and those that a killed
// probe left. Errors: as token_failure, when the token gives no session any more.
[[nodiscard]] Result<std::vector<Finding>> probe_capabilities(const Module& module, const TokenFacts& token,
                                                              const Profile& profile, const ProbeOptions& options = {});

}  // namespace custos::hsm
