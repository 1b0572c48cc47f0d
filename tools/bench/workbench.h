// Workbench: a throwaway home on the token that is measured, with keys of its own.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "custodian/config.h"
#include "custodian/custodian_impl.h"
#include "custos/custos.h"
#include "key/backend.h"
#include "tools/bench/raw_token.h"
#include "tools/bench/report.h"
#include "tools/bench/token_pin.h"

namespace custos::bench {

// WorkbenchOptions say whose token; the user's home is only read.
struct WorkbenchOptions {
  std::filesystem::path home;        // empty: the usual one
  std::optional<std::string> token;  // absent: the first
  bool demo = false;
  SecretPrompt prompt;
};

// TemporaryHome is a folder (0700) that is removed at the end.
class TemporaryHome {
 public:
  [[nodiscard]] static Result<TemporaryHome> make();
  ~TemporaryHome();
  TemporaryHome(TemporaryHome&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryHome& operator=(TemporaryHome&&) = delete;
  TemporaryHome(const TemporaryHome&) = delete;
  TemporaryHome& operator=(const TemporaryHome&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  explicit TemporaryHome(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

// Workbench holds three keys with one random secret: `kArmed`, a credential's, is signed with on armed sessions and by the raw
// loop, `kUnarmed` with arming off, `kShelf` with shelves of all depths, because all that prepare one key share its deepest
// shelf.
class Workbench {
 public:
  static constexpr std::string_view kArmed = "custos-bench";
  static constexpr std::string_view kUnarmed = "custos-bench-unarmed";
  static constexpr std::string_view kShelf = "custos-bench-shelf";

  // open makes the home and its keys. Errors: not_found (no such home or token), those of init_home, Custodian and RawToken.
  [[nodiscard]] static Result<std::unique_ptr<Workbench>> open(const WorkbenchOptions& options);
  ~Workbench();
  Workbench(const Workbench&) = delete;
  Workbench& operator=(const Workbench&) = delete;

  [[nodiscard]] Custodian& custodian() noexcept { return *custodian_; }
  [[nodiscard]] const RawToken& raw() const noexcept { return *raw_; }
  [[nodiscard]] const SecretBytes& secret() const noexcept { return secret_; }
  [[nodiscard]] const TokenSummary& token() const noexcept { return summary_; }
  [[nodiscard]] bool demo() const noexcept { return demo_; }

  // prepare_key opens a key as the custodian does. Errors: as key::Backend::prepare.
  [[nodiscard]] Result<std::shared_ptr<key::PreparedKey>> prepare_key(std::string_view name, std::size_t shelf);

  // clean destroys every object that was made in the token, once. Errors: those of the token.
  [[nodiscard]] Result<void> clean();

 private:
  explicit Workbench(TemporaryHome home) : home_(std::move(home)) {}
  [[nodiscard]] Result<void> choose_token(const WorkbenchOptions& options);
  [[nodiscard]] Result<void> open_home();
  [[nodiscard]] Result<void> import_keys();
  [[nodiscard]] Result<void> open_raw();
  [[nodiscard]] Result<key::KeyId> key_id(std::string_view name);

  const TemporaryHome home_;
  bool demo_ = false;
  std::filesystem::path user_home_;
  TokenSettings settings_;
  std::optional<TokenPin> pin_;
  SecretBytes secret_;
  std::optional<Custodian> custodian_;
  std::unique_ptr<RawToken> raw_;
  TokenSummary summary_;
};

}  // namespace custos::bench
