// reset_in_children: a private copy of a library is as good as unused in a forked child.
#pragma once

#include "custos/result.h"

namespace custos::hsm {

// reset_in_children takes down the variables of the library behind `handle` (of dlopen) as they are now. A forked child finds
// these values again instead of what the parent's threads were in the middle of. Nobody calls an inherited module, but its static
// destructors run when the child exits: SoftHSM2's lock mutexes whose holders stayed in the parent, for ever, and take apart what
// those were changing (seen). Only for a library that is ours alone and never unloaded. Errors: system.
[[nodiscard]] Result<void> reset_in_children(void* handle);

}  // namespace custos::hsm
