#include "tools/bench/config_text.h"

#include <spdlog/fmt/fmt.h>

#include <bit>
#include <string_view>

namespace custos::bench {
namespace {

// toml_string writes a TOML basic string in ASCII, the only script that custos.toml takes. `text` is valid UTF-8: it came from
// TOML.
std::string toml_string(std::string_view text) {
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto first = static_cast<unsigned char>(text[i]);
    if (first == '"' || first == '\\') {
      out.append(1, '\\').append(1, text[i]);
    } else if (first >= ' ' && first < 0x7f) {
      out += text[i];
    } else {
      const auto size = static_cast<unsigned>(std::countl_one(first));  // 0: ASCII
      std::uint32_t letter = size == 0 ? first : first & (0x7fU >> size);
      for (unsigned rest = 1; rest < size && i + 1 < text.size(); ++rest) {
        letter = letter << 6U | (static_cast<unsigned char>(text[++i]) & 0x3fU);
      }
      out += fmt::format("\\U{:08X}", letter);
    }
  }
  return out + '"';
}

}  // namespace

std::string config_text(const TokenSettings& token, const std::filesystem::path& pin_file) {
  std::string text = fmt::format("version = 1\n\n[registry]\ntoken = {0}\n\n[token.{0}]\n", toml_string(token.name));
  const auto line = [&](std::string_view name, std::string_view value) { text += fmt::format("{} = {}\n", name, value); };
  line("module", toml_string(token.module.string()));
  line("uri", toml_string(token.uri));
  line("pin_file", toml_string(pin_file.string()));
  if (!token.profile.empty()) line("profile", toml_string(token.profile));
  if (!token.init_reserved.empty()) line("init_reserved", toml_string(token.init_reserved));
  if (!token.arming.empty()) line("arming", toml_string(token.arming));
  line("allow_shared_module", token.allow_shared_module ? "true" : "false");
  line("acquire_timeout_ms", std::to_string(token.acquire_timeout.count()));
  if (!token.environment.empty()) {
    std::string table;
    for (const auto& [name, value] : token.environment) {
      table += fmt::format("{}{} = {}", table.empty() ? "" : ", ", toml_string(name), toml_string(value));
    }
    line("environment", "{ " + table + " }");
  }
  return text;
}

}  // namespace custos::bench
