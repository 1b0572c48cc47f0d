#include "custodian/config.h"

// toml++ before its pull request 301 asserts, or in release builds assumes, that "[[[" and the like never reach its key parser,
// which reports them properly when it is let. NDEBUG must be off for it to ask TOML_ASSERT instead of the optimiser.
#undef NDEBUG
#define TOML_ASSERT(condition) static_assert(true)
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include <algorithm>
#include <initializer_list>
#include <optional>

#include "custodian/files.h"
#include "hsm/profile.h"

namespace custos {
namespace {

constexpr std::size_t kMaxConfigSize = 1024 * 1024;

// at names a place in the file for an error line.
std::string at(const toml::node& node) {
  const auto begin = node.source().begin;
  return "custos.toml line " + std::to_string(begin.line) + ": ";
}

Unexpected bad(const toml::node& node, const std::string& what) { return fail(Errc::bad_input, Origin::config, at(node) + what); }

// only_known refuses keys that `known` does not list.
Result<void> only_known(const toml::table& table, std::string_view where, std::initializer_list<std::string_view> known) {
  for (const auto& [key, node] : table) {
    if (std::ranges::find(known, key.str()) != known.end()) continue;
    std::string names;
    for (const auto name : known) names += (names.empty() ? "" : ", ") + std::string(name);
    return bad(node, "unknown key '" + std::string(key.str()) + "' in " + std::string(where) + " (known: " + names + ")");
  }
  return {};
}

// Reader takes typed values out of one table and keeps the first error.
class Reader {
 public:
  Reader(const toml::table& table, std::string where) : table_(table), where_(std::move(where)) {}

  std::string text(std::string_view key) {
    const auto* node = table_.get(key);
    if (node == nullptr) return {};
    const auto value = node->value<std::string>();
    if (node->is_string() && value && !value->empty() && value->find('\0') == std::string::npos) return *value;
    note(*node, std::string(key) + " must be a string that is not empty");
    return {};
  }
  std::int64_t integer(std::string_view key, std::int64_t least, std::int64_t most, std::int64_t otherwise) {
    const auto* node = table_.get(key);
    if (node == nullptr) return otherwise;
    const auto value = node->is_integer() ? node->value<std::int64_t>() : std::nullopt;
    if (value && *value >= least && *value <= most) return *value;
    note(*node, std::string(key) + " must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    return otherwise;
  }
  bool flag(std::string_view key) {
    const auto* node = table_.get(key);
    if (node == nullptr) return false;
    if (node->is_boolean()) return *node->value<bool>();
    note(*node, std::string(key) + " must be true or false");
    return false;
  }
  [[nodiscard]] bool has(std::string_view key) const { return table_.contains(key); }
  [[nodiscard]] const toml::node* node(std::string_view key) const { return table_.get(key); }
  void note(const toml::node& node, const std::string& what) {
    if (!error_) error_ = Error{Errc::bad_input, Origin::config, 0, at(node) + where_ + ": " + what};
  }
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
  const toml::table& table_;
  std::string where_;
  std::optional<Error> error_;
};

// expand replaces "${home}".
std::string expand(std::string text, const std::filesystem::path& home) {
  constexpr std::string_view kVariable = "${home}";
  const std::string value = home.string();
  for (auto found = text.find(kVariable); found != std::string::npos; found = text.find(kVariable, found + value.size())) {
    text.replace(found, kVariable.size(), value);
  }
  return text;
}

PinSource read_pin_source(Reader& reader, const toml::table& table, const std::filesystem::path& home) {
  const auto count = static_cast<int>(reader.has("pin_file")) + static_cast<int>(reader.has("pin_env")) +
                     static_cast<int>(reader.has("pin_fd")) + static_cast<int>(reader.flag("pin_prompt"));
  if (count != 1) reader.note(table, "name exactly one of pin_file, pin_env, pin_fd and pin_prompt = true");
  if (reader.has("pin_file")) return PinFile{(home / expand(reader.text("pin_file"), home)).lexically_normal()};
  if (reader.has("pin_env")) return PinEnvironment{reader.text("pin_env")};
  if (reader.has("pin_fd")) return PinDescriptor{static_cast<int>(reader.integer("pin_fd", 0, 1'000'000, -1))};
  return PinPrompt{};
}

std::map<std::string, std::string> read_environment(Reader& reader, const std::filesystem::path& home) {
  std::map<std::string, std::string> environment;
  const auto* node = reader.node("environment");
  if (node == nullptr) return environment;
  const auto* table = node->as_table();
  if (table == nullptr) {
    reader.note(*node, "environment must be a table of strings");
    return environment;
  }
  for (const auto& [name, value] : *table) {
    const auto text = value.value<std::string>();
    const bool usable = value.is_string() && text && !name.str().empty() &&
                        name.str().find_first_of(std::string_view("=\0", 2)) == std::string_view::npos &&
                        text->find('\0') == std::string::npos;
    if (!usable) {
      reader.note(value, "environment must be a table of strings");
      return environment;
    }
    environment.emplace(name.str(), expand(*text, home));
  }
  return environment;
}

std::string read_arming(Reader& reader) {
  std::string arming = reader.text("arming");
  if (arming.empty() || hsm::parse_arming(arming)) return arming;
  reader.note(*reader.node("arming"), "arming must be \"off\", \"key\" or \"copies\"");
  return {};
}

Result<TokenSettings> read_token(std::string_view name, const toml::node& node, const std::filesystem::path& home) {
  if (!is_name(name)) return bad(node, "a token's name has 1 to 64 letters, digits, '.', '_' or '-'");
  const std::string where = "[token." + std::string(name) + "]";
  const auto* table = node.as_table();
  if (table == nullptr) return bad(node, where + " must be a table");
  if (auto known = only_known(*table, where,
                              {"module", "uri", "profile", "pin_file", "pin_env", "pin_fd", "pin_prompt", "environment",
                               "init_reserved", "arming", "allow_shared_module", "acquire_timeout_ms"});
      !known) {
    return known.failure();
  }
  Reader reader(*table, where);
  TokenSettings token;
  token.name = name;
  token.module = expand(reader.text("module"), home);
  token.uri = reader.text("uri");
  token.profile = reader.text("profile");
  token.pin = read_pin_source(reader, *table, home);
  token.environment = read_environment(reader, home);
  token.init_reserved = expand(reader.text("init_reserved"), home);
  token.arming = read_arming(reader);
  token.allow_shared_module = reader.flag("allow_shared_module");
  token.acquire_timeout = std::chrono::milliseconds(reader.integer("acquire_timeout_ms", 1, 600'000, 2000));
  if (token.module.empty()) reader.note(*table, "module is missing: the path of the PKCS#11 library");
  if (token.uri.empty()) reader.note(*table, "uri is missing: for example \"pkcs11:token=custos-dev\"");
  if (reader.error()) return Unexpected{*reader.error()};
  return token;
}

// ascii_only blanks comment lines and refuses what is not ASCII elsewhere: toml++ runs into undefined behaviour on letters of
// other scripts outside of strings (is_non_ascii_horizontal_whitespace, seen with 3.3.0 by the fuzzer).
Result<std::string> ascii_only(std::string_view text) {
  std::string plain(text);
  std::size_t line = 1;
  for (std::size_t begin = 0; begin < plain.size(); ++line) {
    const auto end = std::min(plain.find('\n', begin), plain.size());
    const auto first = plain.find_first_not_of(" \t", begin);
    const bool comment = first < end && plain[first] == '#';
    for (std::size_t i = begin; i < end; ++i) {
      if (comment) {
        plain[i] = ' ';
      } else if (static_cast<unsigned char>(plain[i]) > 127) {
        return fail(Errc::bad_input, Origin::config,
                    "custos.toml line " + std::to_string(line) +
                        ": outside of comment lines only ASCII is read; write other letters as \\u00e9");
      }
    }
    begin = end + 1;
  }
  return plain;
}

Result<Config> read_config(const toml::table& root, const std::filesystem::path& home) {
  if (auto known = only_known(root, "custos.toml", {"version", "registry", "token"}); !known) return known.failure();
  Reader reader(root, "custos.toml");
  if (!reader.has("version")) return fail(Errc::bad_input, Origin::config, "custos.toml: version = 1 is missing");
  reader.integer("version", 1, 1, 1);
  if (reader.error()) return Unexpected{*reader.error()};

  Config config;
  if (const auto* node = root.get("token")) {
    const auto* tokens = node->as_table();
    if (tokens == nullptr) return bad(*node, "token must be a table: [token.NAME]");
    for (const auto& [name, table] : *tokens) {
      auto token = read_token(name.str(), table, home);
      if (!token) return token.failure();
      config.tokens.push_back(*std::move(token));
    }
  }
  if (const auto* node = root.get("registry")) {
    const auto* table = node->as_table();
    if (table == nullptr) return bad(*node, "registry must be a table");
    if (auto known = only_known(*table, "[registry]", {"token"}); !known) return known.failure();
    Reader registry(*table, "[registry]");
    config.registry_token = registry.text("token");
    if (registry.error()) return Unexpected{*registry.error()};
    if (!config.registry_token.empty() && config.find_token(config.registry_token) == nullptr) {
      return bad(*node, "[registry]: there is no [token." + config.registry_token + "]");
    }
  }
  if (config.registry_token.empty() && !config.tokens.empty()) config.registry_token = config.tokens.front().name;
  return config;
}

}  // namespace

const TokenSettings* Config::find_token(std::string_view name) const noexcept {
  const auto found = std::ranges::find(tokens, name, &TokenSettings::name);
  return found == tokens.end() ? nullptr : &*found;
}

Result<Config> parse_config(std::string_view text, const std::filesystem::path& home) {
  auto plain = ascii_only(text);
  if (!plain) return plain.failure();
  const auto parsed = toml::parse(std::string_view(*plain));
  if (!parsed) {
    const auto& error = parsed.error();
    const auto begin = error.source().begin;
    return fail(Errc::bad_input, Origin::config,
                "custos.toml line " + std::to_string(begin.line) + " column " + std::to_string(begin.column) + ": " +
                    std::string(error.description()));
  }
  return read_config(parsed.table(), home);
}

Result<Config> load_config(const std::filesystem::path& home) {
  auto text = read_text_file(home / "custos.toml", kMaxConfigSize);
  if (!text) return text.failure();
  return parse_config(*text, home);
}

bool is_name(std::string_view text) noexcept {
  const auto alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= 64 && alphanumeric(text.front()) &&
         std::ranges::all_of(text, [&](char c) { return alphanumeric(c) || c == '.' || c == '_' || c == '-'; });
}

}  // namespace custos
