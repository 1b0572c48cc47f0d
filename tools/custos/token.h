// Commands on one token.
#pragma once

#include "cli.h"

namespace custos::cli {

void add_probe_command(CLI::App& group, Cli& cli);
void add_drain_command(CLI::App& group, Cli& cli);

}  // namespace custos::cli
