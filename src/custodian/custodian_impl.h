// Custodian::Impl: an open home, shared by the facade, the administration and the signers.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "authorise/audit_sink.h"
#include "base/clock.h"
#include "base/process_life.h"
#include "custodian/backends.h"
#include "custodian/config.h"
#include "custodian/outage.h"
#include "custodian/registry_seal.h"
#include "custodian/tokens.h"
#include "custos/custodian.h"
#include "custos/home.h"
#include "exchange/generic_venue.h"
#include "registry/control_page.h"
#include "registry/registry.h"

namespace custos {

struct Custodian::Impl {
  Impl(std::filesystem::path home_path, Config settings, registry::ControlPage page, std::unique_ptr<registry::Registry> rows,
       const OpenOptions& options);
  ~Impl();

  // unseal logs in to the registry's token and attaches the seal key and the mirror, once; what needs proof calls it first. It
  // also proves the mode. Errors: those of the token; integrity.
  Result<void> unseal();

  // home_id is the UUID in the registry, not yet proved; empty while the home is being made.
  [[nodiscard]] Result<std::string> home_id();

  // prove_for_display verifies the whole registry before it is shown. While the token is away it is shown all the same, with a
  // warning that it is no proof. Errors: integrity.
  Result<void> prove_for_display();

  // find_venue finds a built-in venue, or one of custos.toml by "generic:NAME"; nullptr when there is none. It lives as long as
  // the home is open.
  [[nodiscard]] const exchange::Venue* find_venue(std::string_view name) const noexcept;
  // known_venues lists the names of both, for people.
  [[nodiscard]] std::string known_venues() const;

  // forked is true in a child of the process that opened the home: nothing inherited may be touched there (devices.md 1.15, and
  // sqlite.org/howtocorrupt, section 2.6). One load.
  [[nodiscard]] bool forked() const noexcept { return fork_count() != fork_count_; }

  std::filesystem::path home;
  std::string new_home_id;  // of a home that is being made and has none in its registry
  Config config;
  std::vector<std::unique_ptr<exchange::GenericVenue>> generic_venues;  // of the configuration
  std::string actor;
  Mode mode = Mode::development;
  const Clock& clock = Clock::system();
  registry::ControlPage control;
  std::unique_ptr<RegistrySeal> seal;
  std::unique_ptr<TokenMirror> mirror;           // absent where the token keeps no data objects
  std::unique_ptr<registry::Registry> registry;  // after what it is attached to
  Outages outages{*registry, clock};             // after what it notes them in
  Tokens tokens;
  Backends backends;  // after what it opens
  authorise::CountingSink audit;

 private:
  const std::uint64_t fork_count_ = fork_count();
  std::mutex unseal_mutex_;
  bool unsealed_ = false;
};

// kRegistryKeyName is the label of the key that seals the registry, in the registry's token.
inline constexpr std::string_view kRegistryKeyName = "custos-registry";

// Names of sealed settings.
inline constexpr std::string_view kModeSetting = "mode";
inline constexpr std::string_view kHomeIdSetting = "home_id";
// kMirrorSetting says kNoMirror in a home whose registry's token keeps no data objects; it is there in no other, unless the
// home was restored onto a token that does.
inline constexpr std::string_view kMirrorSetting = "mirror";
inline constexpr std::string_view kNoMirror = "none";
inline constexpr std::string_view kWithMirror = "token";

}  // namespace custos
