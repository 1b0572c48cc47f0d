// What parse_config accepts, written out again in full, parses to the same configuration.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "custodian/config.h"

namespace {

using custos::Config;
using custos::TokenSettings;

// toml_string writes a TOML basic string in ASCII (toml.io v1.0.0, "String"); `text` is valid UTF-8, as the parser made it.
std::string toml_string(std::string_view text) {
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i++]);
    const int rest = lead < 0x80 ? 0 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    std::uint32_t point = rest == 0 ? lead : lead & (0x3FU >> rest);
    for (int k = 0; k < rest; ++k) point = point << 6 | (static_cast<unsigned char>(text.at(i++)) & 0x3FU);
    if (point >= ' ' && point < 127 && point != '"' && point != '\\') {
      out += static_cast<char>(point);
      continue;
    }
    char escape[12];
    std::snprintf(escape, sizeof escape, "\\U%08X", point);
    out += escape;
  }
  return out + '"';
}

struct PinLine {
  std::string operator()(const custos::PinFile& file) const { return "pin_file = " + toml_string(file.path.string()); }
  std::string operator()(const custos::PinEnvironment& variable) const { return "pin_env = " + toml_string(variable.name); }
  std::string operator()(const custos::PinDescriptor& source) const { return "pin_fd = " + std::to_string(source.descriptor); }
  std::string operator()(const custos::PinPrompt&) const { return "pin_prompt = true"; }
};

std::string token_text(const TokenSettings& token) {
  std::string text = "[token." + toml_string(token.name) + "]\nmodule = " + toml_string(token.module.string()) +
                     "\nuri = " + toml_string(token.uri) + "\n";
  if (!token.profile.empty()) text += "profile = " + toml_string(token.profile) + "\n";
  if (!token.init_reserved.empty()) text += "init_reserved = " + toml_string(token.init_reserved) + "\n";
  if (!token.arming.empty()) text += "arming = " + toml_string(token.arming) + "\n";
  text += std::visit(PinLine(), token.pin) + "\nallow_shared_module = " + (token.allow_shared_module ? "true" : "false") +
          "\nacquire_timeout_ms = " + std::to_string(token.acquire_timeout.count()) + "\n";
  for (const auto& [name, value] : token.environment)
    text += "environment." + toml_string(name) + " = " + toml_string(value) + "\n";
  return text;
}

std::string config_text(const Config& config) {
  std::string text = "version = 1\n";
  if (!config.registry_token.empty()) text += "registry.token = " + toml_string(config.registry_token) + "\n";
  for (const auto& token : config.tokens) text += token_text(token);
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (input.find("${home}") != std::string_view::npos) return 0;  // expanded once, it reads differently the second time
  const auto config = custos::parse_config(input, "/srv/custos");
  if (!config) return 0;
  const auto text = config_text(*config);
  const auto again = custos::parse_config(text, "/srv/custos");
  if (!again || !(*again == *config)) {
    std::fprintf(stderr, "does not read back (%s):\n%s\n", again ? "another value" : again.error().detail.c_str(), text.c_str());
    std::abort();
  }
  return 0;
}
