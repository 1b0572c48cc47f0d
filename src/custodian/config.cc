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
#include "hsm/module.h"
#include "hsm/profile.h"
#include "key/algorithm.h"
#include "software/software_backend.h"

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

// read_pin_source reads the keys `what`_file, `what`_env, `what`_fd and `what`_prompt, of which at most one may stand.
PinSource read_pin_source(Reader& reader, const toml::table& table, const std::filesystem::path& home, const std::string& what,
                          bool required) {
  const std::string file = what + "_file", environment = what + "_env", descriptor = what + "_fd", prompt = what + "_prompt";
  const auto count = static_cast<int>(reader.has(file)) + static_cast<int>(reader.has(environment)) +
                     static_cast<int>(reader.has(descriptor)) + static_cast<int>(reader.flag(prompt));
  if (count > 1 || (required && count == 0)) {
    reader.note(table, "name exactly one of " + file + ", " + environment + ", " + descriptor + " and " + prompt + " = true");
  }
  if (reader.has(file)) return PinFile{(home / expand(reader.text(file), home)).lexically_normal()};
  if (reader.has(environment)) return PinEnvironment{reader.text(environment)};
  if (reader.has(descriptor)) return PinDescriptor{static_cast<int>(reader.integer(descriptor, 0, 1'000'000, -1))};
  return PinPrompt{};
}

TextMap read_text_map(Reader& reader, std::string_view key, const std::filesystem::path& home) {
  TextMap map;
  const auto* node = reader.node(key);
  if (node == nullptr) return map;
  const std::string must = std::string(key) + " must be a table of strings";
  const auto* table = node->as_table();
  if (table == nullptr) {
    reader.note(*node, must);
    return map;
  }
  for (const auto& [name, value] : *table) {
    const auto text = value.value<std::string>();
    const bool usable = value.is_string() && text && !name.str().empty() &&
                        name.str().find_first_of(std::string_view("=\0", 2)) == std::string_view::npos &&
                        text->find('\0') == std::string::npos;
    if (!usable) {
      reader.note(value, must);
      return map;
    }
    map.emplace(name.str(), expand(*text, home));
  }
  return map;
}

std::string read_arming(Reader& reader) {
  std::string arming = reader.text("arming");
  if (arming.empty() || hsm::parse_arming(arming)) return arming;
  reader.note(*reader.node("arming"), "arming must be \"off\", \"key\" or \"copies\"");
  return {};
}

std::string read_profile(Reader& reader) {
  std::string profile = reader.text("profile");
  if (profile.empty()) return profile;
  if (auto known = hsm::choose_profile(profile, {}); !known) reader.note(*reader.node("profile"), known.error().detail);
  return profile;
}

std::string read_deadlines(Reader& reader) {
  std::string deadlines = reader.text("deadlines");
  if (deadlines.empty() || hsm::parse_deadlines(deadlines)) return deadlines;
  reader.note(*reader.node("deadlines"), "deadlines must be \"inline\" or \"threaded\"");
  return {};
}

// read_verify reads verify = "always", of which nothing else is known.
bool read_verify(Reader& reader, const std::string& arming) {
  const std::string verify = reader.text("verify");
  if (verify.empty()) return false;
  if (verify != "always") reader.note(*reader.node("verify"), "verify must be \"always\"");
  if (arming == "key" || arming == "copies") {
    reader.note(*reader.node("verify"), "verify = \"always\" signs on sessions that are not armed: leave arming out");
  }
  return true;
}

Result<TokenSettings> read_token(std::string_view name, const toml::table& table, const std::string& where,
                                 const std::filesystem::path& home) {
  if (auto known = only_known(
          table, where,
          {"kind", "module", "uri", "profile", "pin_file", "pin_env", "pin_fd", "pin_prompt", "environment", "init_reserved",
           "arming", "allow_shared_module", "acquire_timeout_ms", "deadlines", "verify", "operation_timeout_ms", "keep_alive_s"});
      !known) {
    return known.failure();
  }
  Reader reader(table, where);
  TokenSettings token;
  token.name = name;
  token.module = expand(reader.text("module"), home);
  token.uri = reader.text("uri");
  token.profile = read_profile(reader);
  token.pin = read_pin_source(reader, table, home, "pin", true);
  token.environment = read_text_map(reader, "environment", home);
  token.init_reserved = expand(reader.text("init_reserved"), home);
  token.arming = read_arming(reader);
  token.allow_shared_module = reader.flag("allow_shared_module");
  token.acquire_timeout = std::chrono::milliseconds(reader.integer("acquire_timeout_ms", 1, 600'000, 2000));
  token.deadlines = read_deadlines(reader);
  token.verify_always = read_verify(reader, token.arming);
  if (reader.has("operation_timeout_ms")) {
    token.operation_timeout = std::chrono::milliseconds(reader.integer("operation_timeout_ms", 10, 600'000, 0));
  }
  if (reader.has("keep_alive_s")) token.keep_alive = std::chrono::seconds(reader.integer("keep_alive_s", 0, 86'400, 0));
  if (token.module.empty()) reader.note(table, "module is missing: the path of the PKCS#11 library");
  if (token.uri.empty()) reader.note(table, "uri is missing: for example \"pkcs11:token=custos-dev\"");
  if (reader.error()) return Unexpected{*reader.error()};
  return token;
}

// read_provider reads a name that OpenSSL gives its providers, "default" unless there is one.
std::string read_provider(Reader& reader) { return reader.has("provider") ? reader.text("provider") : "default"; }

Result<StoreSettings> read_store(std::string_view name, const toml::table& table, const std::string& where,
                                 const std::filesystem::path& home) {
  if (auto known =
          only_known(table, where,
                     {"kind", "uri", "provider", "provider_options", "pin_file", "pin_env", "pin_fd", "pin_prompt", "custody"});
      !known) {
    return known.failure();
  }
  Reader reader(table, where);
  StoreSettings store;
  store.name = name;
  store.uri = expand(reader.text("uri"), home);
  store.provider = read_provider(reader);
  store.provider_options = read_text_map(reader, "provider_options", home);
  store.pin = read_pin_source(reader, table, home, "pin", false);
  if (store.uri.empty()) reader.note(table, "uri is missing: for example \"file:/etc/custos/key.pem\"");
  if (reader.has("custody")) store.custody = reader.text("custody");
  if (store.custody != "software" && store.custody != "device") {
    reader.note(*reader.node("custody"), "custody must be \"software\" or \"device\"");
  }
  if (store.custody == "device" && (store.provider == "default" || store.uri.starts_with("file:"))) {
    reader.note(
        *reader.node("custody"),
        "a key that OpenSSL's own provider reads is in this process's memory, not in a device: leave custody out, or name the "
        "device's provider");
  }
  if (reader.error()) return Unexpected{*reader.error()};
  return store;
}

// check_one_environment: a process has one value of a variable, so that of two tokens that want different ones, one could never
// be used.
Result<void> check_one_environment(const std::vector<TokenSettings>& tokens, const TokenSettings& added, const toml::node& node) {
  for (const auto& token : tokens) {
    for (const auto& [variable, value] : added.environment) {
      const auto found = token.environment.find(variable);
      if (found == token.environment.end() || found->second == value) continue;
      return bad(node, "[token." + token.name + "] and [token." + added.name + "] want different values of " + variable +
                           ", of which a process has one: give both the same value (one p11-kit server or SoftHSM2 "
                           "configuration can hold several tokens), or keep them in two homes");
    }
  }
  return {};
}

// read_key_place reads one [token.NAME] table, of whichever kind, into `config`.
Result<void> read_key_place(Config& config, std::string_view name, const toml::node& node, const std::filesystem::path& home) {
  if (!is_name(name)) return bad(node, "a token's name has 1 to 64 letters, digits, '.', '_' or '-'");
  if (name == software::kKeystoreName) return bad(node, "the name software belongs to the home's software keystore");
  const std::string where = "[token." + std::string(name) + "]";
  const auto* table = node.as_table();
  if (table == nullptr) return bad(node, where + " must be a table");
  Reader reader(*table, where);
  const std::string kind = reader.has("kind") ? reader.text("kind") : "pkcs11";
  if (kind == "openssl-store") {
    auto store = read_store(name, *table, where, home);
    if (!store) return store.failure();
    config.stores.push_back(*std::move(store));
    return {};
  }
  if (kind != "pkcs11") reader.note(*reader.node("kind"), "kind must be \"pkcs11\" or \"openssl-store\"");
  if (reader.error()) return Unexpected{*reader.error()};
  auto token = read_token(name, *table, where, home);
  if (!token) return token.failure();
  if (auto checked = check_one_environment(config.tokens, *token, node); !checked) return checked;
  config.tokens.push_back(*std::move(token));
  return {};
}

Result<SoftwareSettings> read_software(const toml::node& node, const std::filesystem::path& home) {
  const auto* table = node.as_table();
  if (table == nullptr) return bad(node, "software must be a table");
  if (auto known = only_known(*table, "[software]",
                              {"provider", "provider_options", "passphrase_file", "passphrase_env", "passphrase_fd",
                               "passphrase_prompt", "allow_software", "idle_seconds"});
      !known) {
    return known.failure();
  }
  Reader reader(*table, "[software]");
  SoftwareSettings software;
  software.provider = read_provider(reader);
  software.provider_options = read_text_map(reader, "provider_options", home);
  software.passphrase = read_pin_source(reader, *table, home, "passphrase", false);
  software.allow_software = reader.flag("allow_software");
  software.idle = std::chrono::seconds(reader.integer("idle_seconds", 0, 86'400, 0));
  if (reader.error()) return Unexpected{*reader.error()};
  return software;
}

Result<ProcessSettings> read_process(const toml::node& node) {
  const auto* table = node.as_table();
  if (table == nullptr) return bad(node, "process must be a table");
  if (auto known = only_known(*table, "[process]", {"threads"}); !known) return known.failure();
  Reader reader(*table, "[process]");
  ProcessSettings process{reader.flag("threads")};
  if (reader.error()) return Unexpected{*reader.error()};
  return process;
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

// read_texts reads an array of strings.
std::vector<std::string> read_texts(Reader& reader, std::string_view key) {
  std::vector<std::string> texts;
  const auto* node = reader.node(key);
  if (node == nullptr) return texts;
  const auto* array = node->as_array();
  if (array == nullptr) {
    reader.note(*node, std::string(key) + " must be an array of strings");
    return texts;
  }
  for (const auto& each : *array) {
    const auto text = each.value<std::string>();
    if (!each.is_string() || !text) {
      reader.note(each, std::string(key) + " must be an array of strings");
      return texts;
    }
    texts.push_back(*text);
  }
  return texts;
}

std::vector<exchange::GenericOperation> read_operations(Reader& reader) {
  std::vector<exchange::GenericOperation> operations;
  const auto* node = reader.node("operations");
  if (node == nullptr) return operations;
  const std::string must =
      "operations must be an array of [METHOD, PATH, CLASS], for example [\"GET\", \"/v1/balance\", \"read\"]";
  const auto* rows = node->as_array();
  if (rows == nullptr) {
    reader.note(*node, must);
    return operations;
  }
  for (const auto& each : *rows) {
    const auto* row = each.as_array();
    std::vector<std::string> texts;
    for (std::size_t i = 0; row != nullptr && i < row->size(); ++i) {
      if ((*row)[i].is_string()) texts.push_back(*(*row)[i].value<std::string>());
    }
    if (row == nullptr || row->size() != 3 || texts.size() != 3) {
      reader.note(each, must);
      return operations;
    }
    operations.push_back({texts[0], texts[1], texts[2]});
  }
  return operations;
}

// read_venue reads one [venue.NAME] table and sees that it makes a venue.
Result<exchange::GenericVenueSpec> read_venue(std::string_view name, const toml::node& node) {
  const std::string where = "[venue." + std::string(name) + "]";
  const auto* table = node.as_table();
  if (table == nullptr) return bad(node, where + " must be a table");
  if (auto known =
          only_known(*table, where,
                     {"title", "algorithm", "secret", "signature", "time", "nonce", "params", "preimage", "query", "body",
                      "message_preimage", "message", "headers", "hosts", "testnet_hosts", "operations", "passphrase"});
      !known) {
    return known.failure();
  }
  Reader reader(*table, where);
  exchange::GenericVenueSpec venue;
  venue.name = name;
  venue.title = reader.text("title");
  if (reader.has("algorithm")) {
    const std::string text = reader.text("algorithm");
    const auto algorithm = key::parse_algorithm(text);
    if (algorithm && key::facts_of(*algorithm).family != key::Family::aes) {
      venue.algorithm = key::facts_of(*algorithm).name;
    } else {
      reader.note(*reader.node("algorithm"), "'" + text.substr(0, 64) + "' is no algorithm that signs (hmac-sha256, ed25519, …)");
    }
  }
  venue.secret = reader.text("secret");
  venue.signature = reader.text("signature");
  venue.time = reader.text("time");
  venue.nonce = reader.text("nonce");
  venue.params = reader.text("params");
  venue.preimage = reader.text("preimage");
  venue.query = reader.text("query");
  venue.body = reader.text("body");
  venue.message_preimage = reader.text("message_preimage");
  venue.message = reader.text("message");
  venue.hosts = read_texts(reader, "hosts");
  venue.testnet_hosts = read_texts(reader, "testnet_hosts");
  venue.operations = read_operations(reader);
  venue.passphrase = reader.flag("passphrase");
  if (const auto* headers = reader.node("headers")) {
    const auto* pairs = headers->as_table();
    if (pairs == nullptr) reader.note(*headers, "headers must be a table of templates: { \"X-KEY\" = \"${key}\" }");
    for (const auto& [header, value] : pairs == nullptr ? toml::table() : *pairs) {
      if (value.is_string()) {
        venue.headers.emplace_back(std::string(header.str()), *value.value<std::string>());
      } else {
        reader.note(value, "the value of header " + std::string(header.str()) + " must be a string");
      }
    }
  }
  if (reader.error()) return Unexpected{*reader.error()};
  auto made = exchange::GenericVenue::make(venue);
  if (!made) return made.failure();
  return venue;
}

Result<Config> read_config(const toml::table& root, const std::filesystem::path& home) {
  if (auto known = only_known(root, "custos.toml", {"version", "process", "registry", "software", "token", "venue"}); !known)
    return known.failure();
  Reader reader(root, "custos.toml");
  if (!reader.has("version")) return fail(Errc::bad_input, Origin::config, "custos.toml: version = 1 is missing");
  reader.integer("version", 1, 1, 1);
  if (reader.error()) return Unexpected{*reader.error()};

  Config config;
  if (const auto* node = root.get("token")) {
    const auto* tokens = node->as_table();
    if (tokens == nullptr) return bad(*node, "token must be a table: [token.NAME]");
    for (const auto& [name, table] : *tokens) {
      if (auto read = read_key_place(config, name.str(), table, home); !read) return read.failure();
    }
  }
  if (const auto* node = root.get("software")) {
    auto software = read_software(*node, home);
    if (!software) return software.failure();
    config.software = *std::move(software);
  }
  if (const auto* node = root.get("process")) {
    auto process = read_process(*node);
    if (!process) return process.failure();
    config.process = *process;
  }
  if (const auto* node = root.get("venue")) {
    const auto* venues = node->as_table();
    if (venues == nullptr) return bad(*node, "venue must be a table: [venue.NAME]");
    for (const auto& [name, table] : *venues) {
      auto venue = read_venue(name.str(), table);
      if (!venue) return venue.failure();
      config.venues.push_back(*std::move(venue));
    }
  }
  if (const auto* node = root.get("registry")) {
    const auto* table = node->as_table();
    if (table == nullptr) return bad(*node, "registry must be a table");
    if (auto known = only_known(*table, "[registry]", {"token"}); !known) return known.failure();
    Reader registry(*table, "[registry]");
    config.registry_token = registry.text("token");
    if (registry.error()) return Unexpected{*registry.error()};
    const std::string& token = config.registry_token;
    if (!token.empty() && token != software::kKeystoreName && config.find_token(token) == nullptr) {
      return bad(*node, "[registry]: there is no [token." + token + "] of kind pkcs11");
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

const StoreSettings* Config::find_store(std::string_view name) const noexcept {
  const auto found = std::ranges::find(stores, name, &StoreSettings::name);
  return found == stores.end() ? nullptr : &*found;
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
