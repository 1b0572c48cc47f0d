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
  // An empty path remembers for this object's life only. Logins take turns by `turn` (hsm/turn.h): with all that share the guard,
  // unless it is a file of its own, for a token that may hang meanwhile.
  explicit PinGuard(const std::filesystem::path& file) : PinGuard(file, file) {}
  PinGuard(std::filesystem::path file, std::filesystem::path turn) : file_(std::move(file)), turn_(std::move(turn)) {}

  // Hold keeps other processes and threads from logging in by the same turn, so that two of them do not spend two tries.
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
    // change writes the file anew, with what the others wrote meanwhile; an empty hash stands for no record.
    [[nodiscard]] Result<void> change(const std::string& hash);

    PinGuard* guard_;
    std::string token_;
    Turn turn_;
  };

  // hold waits for its turn and reads the file. `token` names the token for good: its URI with label and serial number.
  // Errors: busy (another process logs in), integrity (the file is not ours), system.
  [[nodiscard]] Result<Hold> hold(std::string token, std::chrono::milliseconds patience = Turn::kPatience);

  [[nodiscard]] const std::filesystem::path& turn() const noexcept { return turn_; }

 private:
  [[nodiscard]] Result<void> load();
  [[nodiscard]] Result<void> store() const;

  std::filesystem::path file_, turn_;
  std::map<std::string, std::string> refused_;  // token → Argon2id string
};

}  // namespace custos::hsm
