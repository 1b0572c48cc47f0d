// Plan: measurements to be made, in repetitions that take turns.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "tools/bench/measurement.h"
#include "tools/bench/progress.h"
#include "tools/bench/report.h"

namespace custos::bench {

// Case is one measurement to be made; `run` makes one repetition.
struct Case {
  Measurement head;  // all but its figures
  std::function<Repetition()> run;
};

// run_cases repeats all cases in turn, so that a change of the machine's pace meets each of them, and adds them to the report.
void run_cases(std::vector<Case> cases, std::size_t repetitions, Progress& progress, Report& report);

}  // namespace custos::bench
