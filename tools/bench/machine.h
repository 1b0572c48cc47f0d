// What the figures were measured on.
#pragma once

#include "tools/bench/report.h"

namespace custos::bench {

// describe_machine names the processor, the system and the versions of what is compared.
[[nodiscard]] Facts describe_machine();

}  // namespace custos::bench
