// Backup: the registry, the software keystore and custos.toml of a home in one encrypted file, and a home out of such a file.
//
// The file opens with a passphrase of its own, and whoever has both can read the registry; the keys of the software keystore stay
// under the keystore's own passphrase besides. Keys of devices are not inside: nothing takes them out of their device. Every call
// may block for seconds (Argon2id) and holds the parts in memory as a whole. docs/backup-and-recovery.md has the drill.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "custos/administration.h"
#include "custos/custodian.h"
#include "custos/export.h"
#include "custos/home.h"
#include "custos/result.h"
#include "custos/secret.h"

namespace custos {

// BackupPart is one file inside a backup.
struct BackupPart {
  std::string name;  // "registry.db", "keystore", "custos.toml"
  std::uint64_t size = 0;
  std::string sha256;  // hexadecimal
  friend bool operator==(const BackupPart&, const BackupPart&) = default;
};

// BackupKey is one key that the home had.
struct BackupKey {
  std::string name;  // TOKEN:LABEL
  std::string id;    // UUID
  std::string algorithm, purpose, custody, recoverability, state;
  std::string sealed_under;  // TOKEN:LABEL of the token key without which it does not open; empty: none
  bool inside = false;       // its private part is in the backup
  friend bool operator==(const BackupKey&, const BackupKey&) = default;
};

// BackupKeystore tells of the software keystore inside a backup.
struct BackupKeystore {
  std::uint64_t generation = 0, software_keys = 0, sealed_keys = 0;
  friend bool operator==(const BackupKeystore&, const BackupKeystore&) = default;
};

// BackupManifest lists what is inside a backup and what is not. It holds nothing secret; times are Unix milliseconds.
struct BackupManifest {
  std::string version;  // of the Custos that made it
  std::int64_t created_ms = 0;
  std::string actor;    // who made it
  std::string home;     // where the home was
  std::string home_id;  // UUID
  std::string mode;
  std::uint64_t changes = 0;  // of the registry until then: its head's counter
  std::uint64_t credentials = 0, events = 0;
  std::optional<BackupKeystore> keystore;  // absent: the home had none
  std::vector<BackupPart> parts;
  std::vector<BackupKey> keys;        // all but the destroyed ones
  std::vector<std::string> left_out;  // what is not inside, one line each
  friend bool operator==(const BackupManifest&, const BackupManifest&) = default;
};

// to_json gives a manifest as JSON, as it stands in the backup.
[[nodiscard]] CUSTOS_EXPORT std::string to_json(const BackupManifest& manifest);

// create_backup proves the whole registry and writes a backup of the home to `file`, which must not exist (mode 0600; whole or
// not at all). Safe beside running signers and other administration. Errors: already_exists; refused, for a weak passphrase in
// production; device_gone and authentication, while the token that seals the registry is away, since what is not proved is not
// backed up; integrity, naming what was changed; busy; system.
CUSTOS_EXPORT Result<BackupManifest> create_backup(const Custodian& custodian, const std::filesystem::path& file,
                                                   const SecretBytes& passphrase);

// verify_backup reads the whole file and proves it: that it is as it was written, that each part is the one that the manifest
// lists, and that registry, keystore and configuration can be read by this Custos. It writes nothing and needs no home. Errors:
// authentication (the passphrase is wrong, or the file's header was changed: the two cannot be told apart); integrity (torn,
// changed, another program's file, made by a newer version); not_found; system.
CUSTOS_EXPORT Result<BackupManifest> verify_backup(const std::filesystem::path& file, const SecretBytes& passphrase);

// RestoreConfirmation is asked before the files of a standing home make way: success goes on, an error is what restore answers.
using RestoreConfirmation = std::function<Result<void>(const BackupManifest& manifest, const std::filesystem::path& home)>;

struct RestoreOptions {
  std::filesystem::path file;
  std::filesystem::path home;   // empty: default_home(); made if it is not there
  std::string actor;            // recorded in events; empty: the user's login name
  RestoreConfirmation confirm;  // empty: a standing home is refused
  // As in OpenOptions; the prompt also asks for the keystore's passphrase where the keystore seals the registry.
  SecretPrompt prompt;
  bool harden_process = false;
  bool set_module_environment = false;
};

struct RestoreReport {
  std::filesystem::path home;
  BackupManifest manifest;
  std::filesystem::path kept_aside;   // where the files of the standing home are now; empty: there were none
  std::vector<std::string> made;      // what the home lacked and restore made: a token, a seal key
  std::vector<std::string> lost;      // keys, TOKEN:LABEL, that no token holds any more, and those that were sealed under them
  std::vector<std::string> not_seen;  // tokens that could not be asked for their keys, and why
};

// restore_backup makes the home of a backup anew: it proves the backup, as verify_backup does, moves what stands aside, puts the
// parts in place, seals every row of the registry anew with the key that seals it (a new one, where the token has it no more) and
// records the event home.restored. Running signers of the standing home stop, with integrity. A home with a SoftHSM2 token of its
// own gets a new one where the old one is gone.
//
// Until the end the home says that a restore of it was interrupted, and opens for nothing else: after a crash, or when the token
// could not be reached, the same call goes on; custos.toml then stays as it stands, so that a path in it can be corrected.
// Errors: as verify_backup; already_exists (a home stands there and nobody confirms); device_gone and authentication (the files
// are in place, the registry's token is away); refused (production); system.
CUSTOS_EXPORT Result<RestoreReport> restore_backup(const RestoreOptions& options, const SecretBytes& passphrase);

}  // namespace custos
