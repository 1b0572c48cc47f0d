#include "tools/bench/plan.h"

#include "tools/bench/interrupt.h"
#include "tools/bench/tables.h"

namespace custos::bench {

void run_cases(std::vector<Case> cases, std::size_t repetitions, Progress& progress, Report& report) {
  for (std::size_t repetition = 0; repetition < repetitions; ++repetition) {
    for (std::size_t i = 0; i < cases.size() && !interrupted(); ++i) {
      const Measurement& head = cases[i].head;
      progress.show(head.group, load_text(head) + ", " + head.title, repetition * cases.size() + i, repetitions * cases.size());
      cases[i].head.add(cases[i].run());
    }
  }
  for (Case& each : cases) report.measurements.push_back(std::move(each.head));
}

}  // namespace custos::bench
