#include "hsm/module_environment.h"

#include <spdlog/fmt/fmt.h>

#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace custos::hsm {
namespace {

bool is_plain(std::string_view value) {
  return !value.empty() && value.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-") ==
                               std::string_view::npos;
}

// shell_word quotes `value` for a POSIX shell where it needs it.
std::string shell_word(std::string_view value) {
  if (is_plain(value)) return std::string(value);
  std::string quoted = "'";
  for (const char c : value) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace

Result<void> check_environment(const ModuleSpec& spec) {
  for (const auto& [name, value] : spec.environment) {
    const char* found = std::getenv(name.c_str());
    if (found != nullptr && value == found) continue;
    return fail(
        Errc::bad_input, Origin::token,
        fmt::format("the module {} reads {} from the environment, where it is {}: run export {}={}",
                    spec.path.filename().string(), name, found == nullptr ? "not set" : "another", name, shell_word(value)));
  }
  return {};
}

std::string missing_files(const ModuleSpec& spec) {
  std::string missing;
  for (const auto& [name, value] : spec.environment) {
    const std::filesystem::path path(value);
    std::error_code error;
    if (!path.is_absolute() || std::filesystem::status(path, error).type() != std::filesystem::file_type::not_found) continue;
    missing += fmt::format("{}{} is {}, which does not exist", missing.empty() ? "" : ", ", name, value);
  }
  return missing.empty() ? missing : " (" + missing + ")";
}

}  // namespace custos::hsm
