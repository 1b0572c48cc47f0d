// OpenSSL's secure heap, in which it keeps private numbers: locked and not dumped.
#pragma once

#include "custos/result.h"

namespace custos::software {

// ensure_secure_heap makes it, once per process, unless the host has made one of its own. OpenSSL has one for all library
// contexts, so that this is seen by the host too: its own private keys move there. Where the system refuses to lock memory, one
// warning with the remedy is logged. Errors: system.
[[nodiscard]] Result<void> ensure_secure_heap();

}  // namespace custos::software
