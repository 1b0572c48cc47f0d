// The open loop: requests are due at a fixed rate, whether or not the last one is answered.
#pragma once

#include <chrono>

#include "tools/bench/measurement.h"
#include "tools/bench/subject.h"

namespace custos::bench {

// run_open_loop signs on one thread for `time`. Each latency is counted from the moment the request was due, so that a stall
// counts against every request that waited (no coordinated omission), and so does re-arming after an answer when it delays the
// next. The thread spins until the next one is due, as an engine does that polls its connections.
[[nodiscard]] Repetition run_open_loop(Subject& subject, unsigned rate, std::chrono::nanoseconds time);

// run_burst signs `size` requests that are all due at once, after all was made ready; each latency is counted from that moment.
// It repeats this `times` times.
[[nodiscard]] Repetition run_burst(Subject& subject, std::size_t size, std::size_t times);

}  // namespace custos::bench
