// PinGuard: a PIN that a token refused is not tried again, by any process, so that a mistake in a configuration file cannot lock
// the token (devices.md 1.12).
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "custos/result.h"
#include "custos/secret.h"
#include "hsm/turn.h"

namespace custos::hsm {

// PinGuard keeps, per token, the last refused PIN as an Argon2id string (libsodium), never the PIN, in a file of mode 0600 that
// is replaced as a whole.
class PinGuard {
 public:
  // An empty path remembers for this object's life only.
  explicit PinGuard(std::filesystem::path file) : file_(std::move(file)) {}

  // Hold keeps other processes and threads from logging in with the same guard, so that two of them do not spend two tries.
  class Hold {
   public:
    // check fails with authentication when `pin` is the one that the token refused before; the line says what to do.
    [[nodiscard]] Result<void> check(const SecretBytes& pin) const;
    // remember records `pin` as refused. Errors: system.
    [[nodiscard]] Result<void> remember(const SecretBytes& pin);
    // forget drops the token's record, after another PIN was accepted. Errors: system.
    [[nodiscard]] Result<void> forget();

   private:
    friend class PinGuard;
    Hold(PinGuard& guard, std::string token, Turn turn) : guard_(&guard), token_(std::move(token)), turn_(std::move(turn)) {}
    [[nodiscard]] Result<void> store() const;

    PinGuard* guard_;
    std::string token_;
    Turn turn_;
  };

  // hold waits for its turn and reads the file. `token` names the token for good: its URI with label and serial number.
  // Errors: busy (another process logs in), integrity (the file is not ours), system.
  [[nodiscard]] Result<Hold> hold(std::string token, std::chrono::milliseconds patience = Turn::kPatience);

  [[nodiscard]] const std::filesystem::path& file() const noexcept { return file_; }

 private:
  [[nodiscard]] Result<void> load();

  std::filesystem::path file_;
  std::map<std::string, std::string> refused_;  // token → Argon2id string
};

}  // namespace custos::hsm
