// Tokens: the home's PKCS#11 tokens, loaded and logged in when they are first needed.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "custodian/config.h"
#include "custos/custodian.h"
#include "custos/result.h"
#include "hsm/token_backend.h"

namespace custos {

// TokenHooks are what a host wants to be asked about its tokens.
struct TokenHooks {
  SecretPrompt prompt;
  HealthSink on_health{};
  DeviceLogDrain on_device_log_full{};
};

// Tokens opens each configured token once and keeps it open. Thread-safe.
class Tokens {
 public:
  Tokens(const Config& config, std::filesystem::path home, TokenHooks hooks);

  // open answers the token's backend, logged in. A failed attempt is made again at the next call (never with a PIN that failed).
  // Errors: not_found (no such token in custos.toml) and those of hsm::TokenBackend::open.
  Result<std::shared_ptr<hsm::TokenBackend>> open(std::string_view name);

  // look tells what can be seen of a token without logging in.
  Result<hsm::TokenLook> look(std::string_view name) const;

 private:
  struct Entry {
    std::mutex mutex;
    std::shared_ptr<hsm::TokenBackend> backend;
    SecretBytes remembered_pin;  // of sources that can be read only once
  };

  Result<const TokenSettings*> settings(std::string_view name) const;
  [[nodiscard]] hsm::TokenConfig in_this_process(const TokenSettings& token) const;
  Result<SecretBytes> read_pin(const TokenSettings& token, Entry& entry) const;

  const Config& config_;
  std::filesystem::path home_;
  const TokenHooks hooks_;
  std::map<std::string, Entry, std::less<>> entries_;
};

// token_config turns settings into what hsm/ takes.
[[nodiscard]] hsm::TokenConfig token_config(const TokenSettings& settings, const std::filesystem::path& home);

}  // namespace custos
