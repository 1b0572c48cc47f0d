// The host's process: what the library changes in it, only when asked.
#pragma once

#include <map>
#include <string>

#include "custos/result.h"
#include "custos/secret_source.h"

namespace custos {

// set_environment sets the variables that a module reads. Only for single-threaded programs.
void set_environment(const std::map<std::string, std::string>& variables);

// login_name names the user for events; the user id as text when there is no such account.
[[nodiscard]] std::string login_name();

}  // namespace custos
