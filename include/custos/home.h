// Home: the folder that holds the registry, the control page, custos.toml and, in development, a SoftHSM2 token.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "custos/custodian.h"
#include "custos/export.h"
#include "custos/result.h"

namespace custos {

// Mode is how strict a home is; it is sealed at init and never lowered.
enum class Mode : unsigned char { development, demo, staging, production };
[[nodiscard]] CUSTOS_EXPORT std::string_view to_string(Mode mode) noexcept;
[[nodiscard]] CUSTOS_EXPORT Result<Mode> parse_mode(std::string_view text);

// default_home resolves an empty path to $CUSTOS_HOME, else $XDG_DATA_HOME/custos, else ~/.local/share/custos.
[[nodiscard]] CUSTOS_EXPORT Result<std::filesystem::path> default_home();

struct InitOptions {
  std::filesystem::path home;  // empty: default_home()
  std::optional<Mode> mode;    // absent: the home's own, development for a new one
  bool without_token = false;  // a new home gets no SoftHSM2 token: its registry is sealed by a key of the software keystore
  std::string actor;
  bool harden_process = false;
  bool set_module_environment = false;  // see OpenOptions
};

struct InitReport {
  std::filesystem::path home;
  Mode mode = Mode::development;
  std::vector<std::string> created;  // what this call made, in order; empty on a home that was complete
};

// init_home makes a working home or completes one that was interrupted: folder, custos.toml, a private SoftHSM2 token with a
// random PIN in a 0600 file, in development a passphrase for the software keystore likewise, registry, seal key and control page.
// Safe to run twice. Nothing outside the home is touched. Errors:
// bad_input (another mode than the home's), device_gone (no SoftHSM2), system.
CUSTOS_EXPORT Result<InitReport> init_home(const InitOptions& options);

// HealthCheck is one line of the doctor's report.
struct HealthCheck {
  enum class Verdict : unsigned char { good, notice, bad };
  std::string name;  // "home.permissions"
  Verdict verdict = Verdict::good;
  std::string finding;   // what was seen
  std::string remedy;    // what to do; empty when good
  Errc code = Errc::ok;  // of a bad one
};

// examine runs every check that a person needs on the home of `options`; it never fails as a whole.
[[nodiscard]] CUSTOS_EXPORT std::vector<HealthCheck> examine(const OpenOptions& options);

}  // namespace custos
