// softhsm_rescue: a copy of what SoftHSM2 may lose of a token when a process is killed.
#pragma once

#include <map>
#include <string>

namespace custos::hsm {

// SoftHSM2's C_Login empties a token's token.object and then writes it again (2.6.1, seen with strace); a process killed in
// between leaves it empty, and the module then sees no token, so that every key of it is lost. Both functions look below
// directories.tokendir of the file that SOFTHSM2_CONF in `environment` names; without one, there or in the file, they do nothing.
// The caller has its Turn. What fails is logged and is otherwise no failure: the token itself says whether it can be used.

// rescue_softhsm_tokens puts token.object.copy back where token.object is empty. Called before the module starts, which would
// otherwise not see the token. A copy that is not this user's own regular file, or is of another token, is left alone.
void rescue_softhsm_tokens(const std::map<std::string, std::string>& environment);

// save_softhsm_tokens makes token.object.copy what token.object is, where the latter is not empty.
void save_softhsm_tokens(const std::map<std::string, std::string>& environment);

}  // namespace custos::hsm
