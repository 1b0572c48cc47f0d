// wipe_stack: removes what other code left below the caller's frame.
#pragma once

namespace custos {

// wipe_stack zeroes the 32 KiB of stack below its caller and the registers that a call may spoil. Hash functions, ours and those
// of libraries, leave message schedules and chaining values there; call it after them, from the frame that called them.
void wipe_stack() noexcept;

}  // namespace custos
