// fork_count and exiting tell the two moments in a process's life at which a PKCS#11 module must not be touched any more: after a
// fork, in the child, and once exit has begun (devices.md 1.14 and 1.15).
#pragma once

#include <cstdint>

namespace custos {

// fork_count is zero in the first process and grows in each child; what was opened under another count is not ours. One load.
[[nodiscard]] std::uint64_t fork_count() noexcept;

// exiting is true once exit handlers run. One load.
[[nodiscard]] bool exiting() noexcept;

// watch_process makes both of them tell the truth from here on. Call it after every C_Initialize: exit handlers run in reverse
// order, so that ours comes before the module's own destructors only when it is registered later.
void watch_process();

// on_fork_in_child adds a function that a child runs before fork returns. Only for what cannot wait: one thread, other threads'
// locks are lost.
void on_fork_in_child(void (*action)());

// on_exit_begun adds a function that runs once when exit begins, after exiting() turned true.
void on_exit_begun(void (*action)());

}  // namespace custos
