// Config: custos.toml, read strictly. Unknown tables and keys are errors with their line.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "custos/result.h"
#include "exchange/generic_venue.h"

namespace custos {

// PinSource says where a token's PIN comes from; custos.toml names exactly one.
struct PinFile {
  std::filesystem::path path;  // absolute
  friend bool operator==(const PinFile&, const PinFile&) = default;
};
struct PinEnvironment {
  std::string name;
  friend bool operator==(const PinEnvironment&, const PinEnvironment&) = default;
};
struct PinDescriptor {
  int descriptor = -1;
  friend bool operator==(const PinDescriptor&, const PinDescriptor&) = default;
};
struct PinPrompt {
  friend bool operator==(const PinPrompt&, const PinPrompt&) = default;
};
using PinSource = std::variant<PinPrompt, PinFile, PinEnvironment, PinDescriptor>;

// TextMap holds a table of strings.
using TextMap = std::map<std::string, std::string>;

// TokenSettings is one [token.NAME] table of kind "pkcs11", which is the default.
struct TokenSettings {
  std::string name;
  std::filesystem::path module;
  std::string uri;
  std::string profile;
  PinSource pin;
  TextMap environment;
  std::string init_reserved;  // the string that C_Initialize takes as pReserved; empty for none
  std::string arming;         // "off", "key" or "copies"; empty: as the profile says
  bool allow_shared_module = false;
  std::chrono::milliseconds acquire_timeout{2000};
  std::string deadlines;       // "inline" or "threaded"; empty: as the profile says
  bool verify_always = false;  // verify = "always"
  std::optional<std::chrono::milliseconds> operation_timeout;
  std::optional<std::chrono::seconds> keep_alive;  // between two; zero: none
  friend bool operator==(const TokenSettings&, const TokenSettings&) = default;
};

// StoreSettings is a [token.NAME] table of kind "openssl-store": one key behind an OpenSSL STORE URI.
struct StoreSettings {
  std::string name;
  std::string uri;  // "file:/etc/custos/key.pem", "pkcs11:token=hsm;object=signer"
  std::string provider = "default";
  TextMap provider_options;
  PinSource pin;                     // asked for only when the store wants one
  std::string custody = "software";  // what a person vouches for: "device" or "software"
  friend bool operator==(const StoreSettings&, const StoreSettings&) = default;
};

// SoftwareSettings is the [software] table.
struct SoftwareSettings {
  std::string provider = "default";  // of OpenSSL
  TextMap provider_options;
  PinSource passphrase;          // a prompt unless passphrase_file, passphrase_env or passphrase_fd is there
  bool allow_software = false;   // in production
  std::chrono::seconds idle{0};  // idle_seconds: keys unused for so long are wiped, by a thread; 0: they stay open until closed
  friend bool operator==(const SoftwareSettings&, const SoftwareSettings&) = default;
};

// ProcessSettings is the [process] table: what Custos may do in the processes that open this home.
struct ProcessSettings {
  bool threads = false;  // start threads when a token needs them: to recover it, to keep it alive, to leave what hangs in it
  friend bool operator==(const ProcessSettings&, const ProcessSettings&) = default;
};

struct Config {
  std::string registry_token;  // whose key seals the registry: the first token, unless [registry] says ("software": the keystore)
  std::vector<TokenSettings> tokens;  // in the order of their names
  std::vector<StoreSettings> stores;
  SoftwareSettings software;
  ProcessSettings process;
  std::vector<exchange::GenericVenueSpec> venues;  // [venue.NAME] tables, each of which makes a venue

  [[nodiscard]] const TokenSettings* find_token(std::string_view name) const noexcept;
  [[nodiscard]] const StoreSettings* find_store(std::string_view name) const noexcept;
  friend bool operator==(const Config&, const Config&) = default;
};

// parse_config reads the text of custos.toml; `home` (absolute) resolves relative paths and "${home}". Errors: bad_input with
// line and column.
[[nodiscard]] Result<Config> parse_config(std::string_view text, const std::filesystem::path& home);

// load_config reads <home>/custos.toml. Errors: not_found, bad_input, system.
[[nodiscard]] Result<Config> load_config(const std::filesystem::path& home);

// is_name tells whether `text` may name a token, key or credential: 1 to 64 of letters, digits, '.', '_' and '-', beginning with
// a letter or digit.
[[nodiscard]] bool is_name(std::string_view text) noexcept;

}  // namespace custos
