#include "custodian/production.h"

#include <algorithm>
#include <bitset>

#include "base/log.h"
#include "custodian/files.h"
#include "software/passphrase_key.h"

namespace custos {
namespace {

constexpr std::size_t kLeastSecret = 16;
constexpr std::size_t kLeastDistinctBytes = 8;

Unexpected refuse(std::string what) { return fail(Errc::refused, Origin::config, "production refuses " + std::move(what)); }

bool is_inside(const std::filesystem::path& path, const std::filesystem::path& folder) {
  std::error_code error;
  const auto inner = std::filesystem::weakly_canonical(path, error);
  if (error) return true;  // what cannot be told apart is refused
  const auto outer = std::filesystem::weakly_canonical(folder, error);
  if (error) return true;
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

// found_not_writable judges a path that is there. One that is not is told by who needs it: as a device that is gone, as a PIN
// that is missing.
Result<void> found_not_writable(const std::filesystem::path& path) {
  auto checked = check_not_writable_by_others(path);
  return !checked && checked.error().code == Errc::not_found ? Result<void>() : checked;
}

// check_pin_source judges where a secret comes from; `what` names it: "a PIN" of `whose`.
Result<void> check_pin_source(const PinSource& source, std::string_view what, std::string_view whose,
                              const std::filesystem::path& home) {
  const std::string of = " (" + std::string(whose) + ")";
  if (std::holds_alternative<PinEnvironment>(source)) {
    return refuse(std::string(what) + " from the environment" + of + ": use a file, a file descriptor or a prompt");
  }
  const auto* file = std::get_if<PinFile>(&source);
  if (file == nullptr) return {};
  if (is_inside(file->path, home)) {
    return refuse(std::string(what) + " file inside the home" + of +
                  ": keep it elsewhere, so that a copy of the home opens nothing");
  }
  return found_not_writable(file->path);
}

// check_provider judges the library that holds a provider of OpenSSL, like a PKCS#11 module: it runs in this process.
Result<void> check_provider(const TextMap& options, std::string_view whose) {
  const auto module = options.find("module");
  if (module == options.end()) return {};
  const std::filesystem::path path(module->second);
  if (path.is_relative()) {
    return refuse("the relative module path of the provider of " + std::string(whose) + ": write it from the root");
  }
  return found_not_writable(path);
}

Result<void> check_store(const StoreSettings& store, const std::filesystem::path& home) {
  if (auto checked = check_pin_source(store.pin, "a PIN", "store " + store.name, home); !checked) return checked;
  if (auto checked = check_provider(store.provider_options, "store " + store.name); !checked) return checked;
  constexpr std::string_view kFile = "file:";
  if (!store.uri.starts_with(kFile)) return {};
  const std::filesystem::path path(store.uri.substr(kFile.size()));
  if (auto writable = found_not_writable(path); !writable) return writable;
  auto checked = check_private(path, FileKind::file);
  return !checked && checked.error().code == Errc::not_found ? Result<void>() : checked;
}

Result<void> check_token(const TokenSettings& token, const std::filesystem::path& home) {
  if (token.module.is_relative()) {
    return refuse("the relative module path of token " + token.name + ": write it from the root, as /usr/lib/…");
  }
  if (auto writable = found_not_writable(token.module); !writable) return writable;
  return check_pin_source(token.pin, "a PIN", "token " + token.name, home);
}

}  // namespace

Result<void> check_production(const Config& config, const std::filesystem::path& home) {
  if (auto writable = check_not_writable_by_others(home); !writable) return writable.failure();
  for (const auto& token : config.tokens) {
    if (auto checked = check_token(token, home); !checked) return checked.failure();
  }
  for (const auto& store : config.stores) {
    if (auto checked = check_store(store, home); !checked) return checked.failure();
  }
  if (auto checked = check_provider(config.software.provider_options, "the software keystore"); !checked) return checked;
  return check_pin_source(config.software.passphrase, "a passphrase", "software keystore", home);
}

Result<void> check_strong_secret(const SecretBytes& secret) {
  if (secret.size() < kLeastSecret) {
    return refuse("a secret of " + std::to_string(secret.size()) + " bytes: it must have at least " +
                  std::to_string(kLeastSecret));
  }
  std::bitset<256> seen;
  for (const auto byte : secret.view(InsecureSecretAccess{})) seen.set(byte);
  if (seen.count() < kLeastDistinctBytes) {
    return refuse("a weak secret: it has only " + std::to_string(seen.count()) +
                  " different bytes; use the one that the venue made");
  }
  return {};
}

Result<void> check_new_passphrase(Mode mode, const SecretBytes& passphrase) {
  auto strong = software::check_passphrase(passphrase);
  if (strong) return strong;
  if (mode == Mode::production) return refuse("a weak passphrase: " + strong.error().detail);
  log::warning("the passphrase is weak, production would refuse it: {}", strong.error().detail);
  return {};
}

}  // namespace custos
