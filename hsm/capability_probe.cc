#include "hsm/capability_probe.h"

#include <iterator>

#include "hsm/probe_bench.h"
#include "hsm/probe_checks.h"

namespace custos::hsm {

Result<std::vector<Finding>> probe_capabilities(const Module& module, const TokenFacts& token, const Profile& profile,
                                                const ProbeOptions& options) {
  const ProbeBench bench{module, token, profile};
  if (auto removed = remove_probe_keys(bench); !removed) return removed.failure();
  std::vector<Finding> all;
  for (const ProbeCheck check : kProbeChecks) {
    auto found = check(bench, options);
    if (!found) return found.failure();
    std::move(found->begin(), found->end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace custos::hsm
