// SIGINT, SIGTERM, SIGHUP and SIGQUIT end the benchmark early, but not before the token is clean again.
#pragma once

namespace custos::bench {

// watch_interrupts takes these signals over; SIGPIPE is ignored. A second one of a kind ends the program at once.
void watch_interrupts();

// interruption gives the signal that came, 0 while none did. One load.
[[nodiscard]] int interruption() noexcept;
[[nodiscard]] inline bool interrupted() noexcept { return interruption() != 0; }

}  // namespace custos::bench
