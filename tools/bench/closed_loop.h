// The closed loop: each thread signs again as soon as it has its answer.
#pragma once

#include <chrono>

#include "tools/bench/measurement.h"
#include "tools/bench/subject.h"

namespace custos::bench {

// Rearming says whether the time that a caller spends re-arming lowers the signatures per second; where it is not counted, there
// is no honest rate, and none is given. Latency never has it: the answer is on its way by then.
enum class Rearming : unsigned char { counted, not_counted };

// run_closed_loop signs on `threads` threads for `time`, after a tenth of that to warm up.
[[nodiscard]] Repetition run_closed_loop(const SubjectFactory& make, unsigned threads, std::chrono::nanoseconds time,
                                         Rearming rearming);

}  // namespace custos::bench
