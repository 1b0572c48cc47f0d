#include "custodian/development_token.h"

#include <variant>

#include "custodian/drawn_secret.h"
#include "custodian/files.h"
#include "custodian/tokens.h"
#include "hsm/token_backend.h"

namespace custos {
namespace {

namespace fs = std::filesystem;

fs::path configuration_of(const fs::path& home) { return home / "softhsm2.conf"; }

}  // namespace

const TokenSettings* development_token(const Config& config, const fs::path& home) noexcept {
  const TokenSettings* settings = config.find_token(kDevelopmentToken);
  if (settings == nullptr || !std::holds_alternative<PinFile>(settings->pin)) return nullptr;
  const auto variable = settings->environment.find("SOFTHSM2_CONF");
  const bool inside = variable != settings->environment.end() && fs::path(variable->second) == configuration_of(home);
  return inside ? settings : nullptr;
}

Result<void> make_token_folders(const fs::path& home, std::vector<std::string>& made) {
  for (const auto& folder : {home / "tokens", home / "pin"}) {
    if (auto done = make_private_folder(folder); !done) return done;
  }
  std::error_code error;
  if (fs::exists(configuration_of(home), error)) return {};
  const std::string text = "directories.tokendir = " + (home / "tokens").string() +
                           "\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = false\nslots.mechanisms = ALL\n";
  if (auto written = write_private_file(configuration_of(home), text); !written) return written;
  made.emplace_back("SoftHSM2 configuration softhsm2.conf");
  return {};
}

Result<void> make_development_token(const TokenSettings& settings, const fs::path& home, Lost lost,
                                    std::vector<std::string>& made) {
  const auto& pin_path = std::get<PinFile>(settings.pin).path;
  const auto seen = hsm::TokenBackend::look(token_config(settings, home));
  std::error_code error;
  if (seen && seen->initialised) {
    if (fs::exists(pin_path, error)) return {};
    return fail(Errc::authentication, Origin::home,
                pin_path.string() + " is missing: put the PIN of the token back there (mode 0600)");
  }
  if (!seen && seen.error().code != Errc::device_gone) return Unexpected{seen.error()};
  if (lost == Lost::refuse) {
    return fail(Errc::device_gone, Origin::home,
                "the token of this home is gone, and its keys with it: restore " + (home / "tokens").string() + " from a backup");
  }
  auto pin = drawn_secret(pin_path);
  if (!pin) return pin.failure();
  auto so_pin = drawn_secret(pin_path.string() + ".so");
  if (!so_pin) return so_pin.failure();
  auto initialised = hsm::TokenBackend::initialise(token_config(settings, home), *so_pin, *pin);
  if (initialised) made.push_back("token " + settings.uri + " (SoftHSM2), its PIN in " + pin_path.string());
  return initialised;
}

}  // namespace custos
