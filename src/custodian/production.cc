#include "custodian/production.h"

#include <algorithm>
#include <bitset>

#include "custodian/files.h"

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

Result<void> check_token(const TokenSettings& token, const std::filesystem::path& home) {
  if (token.module.is_relative()) {
    return refuse("the relative module path of token " + token.name + ": write it from the root, as /usr/lib/…");
  }
  if (auto writable = check_not_writable_by_others(token.module); !writable) return writable.failure();
  if (std::holds_alternative<PinEnvironment>(token.pin)) {
    return refuse("a PIN from the environment (token " + token.name + "): use pin_file, pin_fd or pin_prompt");
  }
  const auto* file = std::get_if<PinFile>(&token.pin);
  if (file == nullptr) return {};
  if (is_inside(file->path, home)) {
    return refuse("a PIN file inside the home (token " + token.name +
                  "): keep it elsewhere, so that a copy of the home opens nothing");
  }
  return check_not_writable_by_others(file->path);
}

}  // namespace

Result<void> check_production(const Config& config, const std::filesystem::path& home) {
  if (auto writable = check_not_writable_by_others(home); !writable) return writable.failure();
  for (const auto& token : config.tokens) {
    if (auto checked = check_token(token, home); !checked) return checked.failure();
  }
  return {};
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

}  // namespace custos
