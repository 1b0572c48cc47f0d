// Registry: keys, credentials and events of a home, in SQLite, sealed by a token key.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "custos/result.h"
#include "registry/control_page.h"
#include "registry/rows.h"
#include "registry/seal.h"

namespace custos::registry {

// Change is one transaction on the registry, handed to the function given to Registry::change. Its reads see its own writes, are
// verified, and answer nullopt for absent rows. Every write is sealed at commit.
class Change {
 public:
  Change() = default;
  Change(const Change&) = delete;
  Change& operator=(const Change&) = delete;
  virtual ~Change() = default;

  [[nodiscard]] virtual Result<std::optional<KeyRow>> find_key(std::string_view token,
                                                               std::string_view name) = 0;  // not destroyed
  [[nodiscard]] virtual Result<std::optional<KeyRow>> find_key_by_id(std::string_view id) = 0;
  // next_key_version is one more than the highest version that this name ever had in the token.
  [[nodiscard]] virtual Result<std::uint32_t> next_key_version(std::string_view token, std::string_view name) = 0;
  [[nodiscard]] virtual Result<std::optional<CredentialRow>> find_credential(std::string_view label) = 0;
  [[nodiscard]] virtual Result<std::optional<CredentialVersionRow>> current_version(std::string_view credential_id) = 0;
  [[nodiscard]] virtual Result<std::vector<CredentialVersionRow>> versions(std::string_view credential_id) = 0;

  virtual Result<void> put(const KeyRow& row) = 0;  // inserts or replaces by id
  virtual Result<void> put(const CopyRow& row) = 0;
  virtual Result<void> put(const PublicKeyRow& row) = 0;
  virtual Result<void> put(const FallbackRow& row) = 0;
  virtual Result<void> put(const KeyGrantsRow& row) = 0;
  virtual Result<void> put(const CredentialRow& row) = 0;
  virtual Result<void> put(const CredentialVersionRow& row) = 0;
  virtual Result<void> remove_copy(std::string_view key_id, std::string_view token) = 0;
  virtual Result<void> remove_credential(std::string_view credential_id) = 0;  // and its versions and fallback
  virtual Result<void> remove_fallback(std::string_view credential_id) = 0;
  [[nodiscard]] virtual Result<std::optional<FallbackRow>> find_fallback(std::string_view credential_id) = 0;
  [[nodiscard]] virtual Result<std::optional<KeyGrantsRow>> find_key_grants(std::string_view key_id) = 0;
  [[nodiscard]] virtual Result<std::vector<CopyRow>> copies(std::string_view key_id) = 0;
  virtual Result<void> put_setting(std::string_view name, std::string_view value) = 0;

  // record adds an event; every change records at least one.
  virtual Result<void> record(std::string_view action, std::string_view object, std::string_view before,
                              std::string_view after) = 0;
};

// KeyView is a key with its copies, verified.
struct KeyView {
  KeyRow key;
  std::vector<CopyRow> copies;
  Bytes public_key;  // SubjectPublicKeyInfo; empty for a secret key
  std::optional<KeyGrantsRow> grants;
};

// CredentialView is a credential with all that signing for it needs, verified and from one snapshot.
struct CredentialView {
  CredentialRow credential;
  CredentialVersionRow version;
  std::optional<KeyView> key;  // absent: the row is gone
  std::optional<FallbackRow> fallback;
  std::optional<KeyView> fallback_key;
  std::uint64_t epoch = 0;  // of the control page, read before the snapshot
};

// FallbackUses is the part of the registry that tells, across processes, what fallbacks are doing. It changes without an event
// and without an epoch, and is not sealed. Thread-safe.
class FallbackUses {
 public:
  virtual ~FallbackUses() = default;

  // note_fallback adds to the record of what a fallback is doing: the earliest `since_ms` stands, `signatures` are added.
  // end_fallback forgets it.
  virtual Result<void> note_fallback(std::string_view credential_id, const FallbackUse& use) = 0;
  virtual Result<void> end_fallback(std::string_view credential_id) = 0;
  [[nodiscard]] virtual Result<std::optional<FallbackUse>> fallback_use_unverified(std::string_view credential_id) = 0;
};

// Registry is one open registry file. Thread-safe (one connection behind a mutex); several processes may have it open.
class Registry : public FallbackUses {
 public:
  // create makes registry.db (0600) with the newest schema if it is absent; open opens an existing one and migrates an older
  // schema. WAL, foreign keys on, synchronous FULL, secure_delete on. Errors: not_found, integrity (truncated, not a registry,
  // or written by a newer version: says so), system (disk full, permission), busy (locked for 5 s).
  static Result<std::unique_ptr<Registry>> create(const std::filesystem::path& path, const Clock& clock);
  static Result<std::unique_ptr<Registry>> open(const std::filesystem::path& path, const Clock& clock);
  // open_copy opens, in memory, what `copy` answered, brought to the newest schema: for the *_unverified reads and
  // verify_unsealed. Errors: integrity.
  static Result<std::unique_ptr<Registry>> open_copy(ByteView copy);

  // attach hands over what seals and mirrors; until then only the *_unverified reads work. All three outlive the registry.
  // Without a mirror the return of an old file is not found.
  virtual void attach(ControlPage& page, RowSealer& sealer, HeadMirror* mirror) = 0;

  // change runs `body` in one write transaction as `actor`, then seals the changed rows, advances the head and its mirror,
  // commits, and raises the epoch. Nothing is changed when `body` or any step fails. The first change makes the first head.
  virtual Result<void> change(std::string_view actor, const std::function<Result<void>(Change&)>& body) = 0;

  // view_credential reads one credential, verified: its rows' seals, the head over all rows, and the head's mirror.
  // Errors: not_found; integrity, naming what does not fit ("row of credential binance-main was edited", "registry is older than
  // the token's mirror: an old file was put back", …).
  [[nodiscard]] virtual Result<CredentialView> view_credential(std::string_view label) = 0;
  [[nodiscard]] virtual Result<std::optional<KeyView>> view_key(std::string_view token, std::string_view name) = 0;
  [[nodiscard]] virtual Result<std::optional<std::string>> view_setting(std::string_view name) = 0;

  // verify checks every row, the event chain, the head and the mirror: for the doctor.
  [[nodiscard]] virtual Result<void> verify() = 0;

  // verify_unsealed proves what needs no seal key: the file's structure, its tables and the event chain. It answers the head's
  // counter, which is no proof.
  [[nodiscard]] virtual Result<std::uint64_t> verify_unsealed() = 0;

  // copy answers the registry as the bytes of one file, from the very snapshot that it proved as verify does: for a backup.
  [[nodiscard]] virtual Result<Bytes> copy() = 0;

  // reseal is `change` on a registry whose seals prove nothing here, because it came out of a backup, which was authenticated: it
  // proves what verify_unsealed does, seals every row anew with the attached sealer, then runs `body`. The head counts on from
  // the higher one of the file and the mirror, so that neither the lost registry nor the copy is taken for this one.
  virtual Result<void> reseal(std::string_view actor, const std::function<Result<void>(Change&)>& body) = 0;

  // settle waits for a change in flight and, when its writer died, ends it: afterwards the epoch is even. For signers that
  // meet an odd epoch.
  virtual Result<void> settle() = 0;

  // nonce_slot answers the credential's slot in the control page, which it gets at its first call. Where the counter in the page
  // cannot be relied on (the page is new, or the machine was started anew since), it is raised past the mark and the clock. A
  // mark less than 15 s ahead is moved to 30 s ahead and is durable when this returns. No event, no epoch, no seal: whoever may
  // write this file may write the control page as well, and all they reach is that the venue refuses a nonce. Errors: system,
  // when all slots are taken.
  virtual Result<NonceSlot> nonce_slot(std::string_view credential_id, const NonceNeed& need) = 0;

  // note_use records when a credential was last prepared; no event, no epoch.
  virtual Result<void> note_use(std::string_view credential_id) = 0;

  // Unverified reads, for listings: what they show is not proof.
  [[nodiscard]] virtual Result<std::vector<KeyRow>> keys_unverified() = 0;
  [[nodiscard]] virtual Result<std::vector<CopyRow>> copies_unverified(std::string_view key_id) = 0;
  [[nodiscard]] virtual Result<Bytes> public_key_unverified(std::string_view key_id) = 0;  // empty: a secret key
  [[nodiscard]] virtual Result<std::optional<KeyGrantsRow>> key_grants_unverified(std::string_view key_id) = 0;
  [[nodiscard]] virtual Result<std::optional<FallbackRow>> fallback_unverified(std::string_view credential_id) = 0;
  [[nodiscard]] virtual Result<std::vector<CredentialRow>> credentials_unverified() = 0;
  [[nodiscard]] virtual Result<std::optional<CredentialVersionRow>> current_version_unverified(
      std::string_view credential_id) = 0;
  [[nodiscard]] virtual Result<std::vector<CredentialVersionRow>> versions_unverified(std::string_view credential_id) = 0;
  [[nodiscard]] virtual Result<std::optional<std::string>> setting_unverified(std::string_view name) = 0;
  [[nodiscard]] virtual Result<std::vector<EventRow>> events_unverified() = 0;
};

}  // namespace custos::registry
