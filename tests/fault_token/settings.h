// Settings: what the module is told before it starts.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace fault_token {

struct Settings {
  std::string module;                            // path of the real module
  std::string script;                            // empty: no rules
  std::string log;                               // empty: none
  std::map<std::string, std::string> variables;  // of the environment, while the real module is loaded
};

// settings_of_environment reads FAULT_TOKEN_MODULE, FAULT_TOKEN_SCRIPT and FAULT_TOKEN_LOG.
[[nodiscard]] Settings settings_of_environment();

// parse_settings reads "module=…;script=…;log=…;NAME=VALUE…", which C_Initialize got as pReserved.
[[nodiscard]] std::optional<Settings> parse_settings(std::string_view text);

// ScopedVariables sets variables of the environment and puts the old values back.
class ScopedVariables {
 public:
  explicit ScopedVariables(const std::map<std::string, std::string>& variables);
  ~ScopedVariables();
  ScopedVariables(const ScopedVariables&) = delete;
  ScopedVariables& operator=(const ScopedVariables&) = delete;

 private:
  std::map<std::string, std::optional<std::string>> before_;
};

}  // namespace fault_token
