#include "settings.h"

#include <algorithm>
#include <cstdlib>

namespace fault_token {
namespace {

std::optional<std::string> variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

}  // namespace

Settings settings_of_environment() {
  return {variable("FAULT_TOKEN_MODULE").value_or(""),
          variable("FAULT_TOKEN_SCRIPT").value_or(""),
          variable("FAULT_TOKEN_LOG").value_or(""),
          {}};
}

std::optional<Settings> parse_settings(std::string_view text) {
  Settings settings;
  while (!text.empty()) {
    const auto setting = text.substr(0, text.find(';'));
    text.remove_prefix(std::min(text.size(), setting.size() + 1));
    const auto equals = setting.find('=');
    if (equals == setting.npos) return std::nullopt;
    const std::string name(setting.substr(0, equals)), value(setting.substr(equals + 1));
    if (name == "module") {
      settings.module = value;
    } else if (name == "script") {
      settings.script = value;
    } else if (name == "log") {
      settings.log = value;
    } else if (!name.empty() && name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == name.npos) {
      settings.variables[name] = value;
    } else {
      return std::nullopt;
    }
  }
  return settings;
}

ScopedVariables::ScopedVariables(const std::map<std::string, std::string>& variables) {
  for (const auto& [name, value] : variables) {
    before_[name] = variable(name.c_str());
    ::setenv(name.c_str(), value.c_str(), 1);
  }
}

ScopedVariables::~ScopedVariables() {
  for (const auto& [name, value] : before_) {
    if (value) {
      ::setenv(name.c_str(), value->c_str(), 1);
    } else {
      ::unsetenv(name.c_str());
    }
  }
}

}  // namespace fault_token
