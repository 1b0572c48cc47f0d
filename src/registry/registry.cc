#include "registry/registry.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>

#include "base/file_descriptor.h"
#include "base/log.h"
#include "registry/database.h"
#include "registry/nonce_slots.h"
#include "registry/schema.h"
#include "registry/sealed_store.h"

namespace custos::registry {
namespace {

using Kind = Transaction::Kind;

// optional_row turns an optional row of values into one of its type.
template <class Row>
Result<std::optional<Row>> optional_row(Result<std::optional<Values>> found, Result<Row> (*codec)(const Values&)) {
  if (!found) return found.failure();
  if (!found->has_value()) return std::optional<Row>();
  auto row = codec(**found);
  if (!row) return row.failure();
  return std::optional<Row>(*std::move(row));
}

// text_of and number_of read a column that the schema types, without trusting the file to have that schema.
std::string text_of(const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text == nullptr ? std::string() : *text;
}
std::int64_t number_of(const Value& value) {
  const auto* number = std::get_if<std::int64_t>(&value);
  return number == nullptr ? 0 : *number;
}

constexpr int kFreeAttempts = 8;  // of reading beside busy writers

// Uses are noted to the minute, so that signers of many processes do not write without need.
constexpr std::int64_t kUseResolutionMs = 60'000;

constexpr std::string_view kKeyInUse = "WHERE token = ? AND name = ? AND state <> 'destroyed'";
constexpr std::string_view kCurrentVersion = "WHERE credential_id = ? AND role = 'current'";
constexpr std::string_view kOfCredential = "WHERE credential_id = ?";
constexpr std::string_view kVersionsOfCredential = "WHERE credential_id = ? ORDER BY n";
constexpr std::string_view kOfKey = "WHERE key_id = ?";
constexpr std::string_view kCopiesOfKey = "WHERE key_id = ? ORDER BY token";

Result<std::vector<CopyRow>> copies_of(SealedStore& store, std::string_view key_id) {
  auto rows = store.rows(kCopies, kCopiesOfKey, {std::string(key_id)});
  if (!rows) return rows.failure();
  std::vector<CopyRow> copies;
  for (const auto& values : *rows) {
    auto copy = copy_row(values);
    if (!copy) return copy.failure();
    copies.push_back(*std::move(copy));
  }
  return copies;
}

// read_key reads the one key that `rest` finds, with what belongs to it.
Result<std::optional<KeyView>> read_key(SealedStore& store, std::string_view rest, const Values& values) {
  auto key = optional_row(store.row(kKeys, rest, values), key_row);
  if (!key) return key.failure();
  if (!key->has_value()) return std::optional<KeyView>();
  KeyView view;
  view.key = **std::move(key);
  auto copies = copies_of(store, view.key.id);
  if (!copies) return copies.failure();
  view.copies = *std::move(copies);
  auto public_key = optional_row(store.row(kPublicKeys, kOfKey, {view.key.id}), public_key_row);
  if (!public_key) return public_key.failure();
  if (public_key->has_value()) view.public_key = std::move((*public_key)->spki);
  auto grants = optional_row(store.row(kKeyGrants, kOfKey, {view.key.id}), key_grants_row);
  if (!grants) return grants.failure();
  view.grants = *std::move(grants);
  return std::optional(std::move(view));
}

// SealedChange is a Change over a SealedStore, inside a write transaction.
class SealedChange final : public Change {
 public:
  SealedChange(Database& database, SealedStore& store, std::string_view actor, std::int64_t now_ms)
      : database_(database), store_(store), actor_(actor), now_ms_(now_ms) {}

  Result<std::optional<KeyRow>> find_key(std::string_view token, std::string_view name) override {
    return optional_row(store_.row(kKeys, kKeyInUse, {std::string(token), std::string(name)}), key_row);
  }

  Result<std::optional<KeyRow>> find_key_by_id(std::string_view id) override {
    return optional_row(store_.row(kKeys, "WHERE id = ?", {std::string(id)}), key_row);
  }

  Result<std::uint32_t> next_key_version(std::string_view token, std::string_view name) override {
    auto rows = store_.rows(kKeys, "WHERE token = ? AND name = ?", {std::string(token), std::string(name)});
    if (!rows) return rows.failure();
    std::uint32_t highest = 0;
    for (const auto& values : *rows) {
      auto row = key_row(values);
      if (!row) return row.failure();
      highest = std::max(highest, row->version);
    }
    return highest + 1;
  }

  Result<std::optional<CredentialRow>> find_credential(std::string_view label) override {
    return optional_row(store_.row(kCredentials, "WHERE label = ?", {std::string(label)}), credential_row);
  }

  Result<std::optional<CredentialVersionRow>> current_version(std::string_view credential_id) override {
    return optional_row(store_.row(kCredentialVersions, kCurrentVersion, {std::string(credential_id)}), credential_version_row);
  }

  Result<std::vector<CredentialVersionRow>> versions(std::string_view credential_id) override {
    auto rows = store_.rows(kCredentialVersions, kVersionsOfCredential, {std::string(credential_id)});
    if (!rows) return rows.failure();
    std::vector<CredentialVersionRow> versions;
    for (const auto& values : *rows) {
      auto version = credential_version_row(values);
      if (!version) return version.failure();
      versions.push_back(*std::move(version));
    }
    return versions;
  }

  Result<void> put(const KeyRow& row) override { return store_.put(kKeys, to_values(row)); }
  Result<void> put(const CopyRow& row) override { return store_.put(kCopies, to_values(row)); }
  Result<void> put(const PublicKeyRow& row) override { return store_.put(kPublicKeys, to_values(row)); }
  Result<void> put(const FallbackRow& row) override { return store_.put(kFallbacks, to_values(row)); }
  Result<void> put(const KeyGrantsRow& row) override { return store_.put(kKeyGrants, to_values(row)); }
  Result<void> put(const CredentialRow& row) override { return store_.put(kCredentials, to_values(row)); }
  Result<void> put(const CredentialVersionRow& row) override { return store_.put(kCredentialVersions, to_values(row)); }

  Result<void> remove_copy(std::string_view key_id, std::string_view token) override {
    return database_.run("DELETE FROM copies WHERE key_id = ? AND token = ?", {std::string(key_id), std::string(token)});
  }

  Result<void> remove_credential(std::string_view credential_id) override {
    if (auto removed = remove_fallback(credential_id); !removed) return removed;
    const Values id{std::string(credential_id)};
    if (auto removed = database_.run("DELETE FROM credential_versions WHERE credential_id = ?", id); !removed) return removed;
    return database_.run("DELETE FROM credentials WHERE id = ?", id);
  }

  Result<void> remove_fallback(std::string_view credential_id) override {
    return database_.run("DELETE FROM fallbacks WHERE credential_id = ?", {std::string(credential_id)});
  }

  Result<std::optional<FallbackRow>> find_fallback(std::string_view credential_id) override {
    return optional_row(store_.row(kFallbacks, kOfCredential, {std::string(credential_id)}), fallback_row);
  }

  Result<std::optional<KeyGrantsRow>> find_key_grants(std::string_view key_id) override {
    return optional_row(store_.row(kKeyGrants, kOfKey, {std::string(key_id)}), key_grants_row);
  }

  Result<std::vector<CopyRow>> copies(std::string_view key_id) override { return copies_of(store_, key_id); }

  Result<void> put_setting(std::string_view name, std::string_view value) override {
    return store_.put(kSettings, {std::string(name), std::string(value)});
  }

  Result<void> record(std::string_view action, std::string_view object, std::string_view before,
                      std::string_view after) override {
    recorded_ = true;
    return store_.append_event(now_ms_, actor_, action, object, before, after);
  }

  [[nodiscard]] bool recorded() const { return recorded_; }

 private:
  Database& database_;
  SealedStore& store_;
  std::string actor_;
  std::int64_t now_ms_;
  bool recorded_ = false;
};

class SqliteRegistry final : public Registry {
 public:
  SqliteRegistry(Database database, const Clock& clock) : database_(std::move(database)), clock_(clock) {}

  void attach(ControlPage& page, RowSealer& sealer, HeadMirror* mirror) override {
    const std::lock_guard lock(mutex_);
    page_ = &page;
    sealer_ = &sealer;
    mirror_ = mirror;
    proof_.reset();
  }

  Result<void> change(std::string_view actor, const std::function<Result<void>(Change&)>& body) override {
    const std::lock_guard lock(mutex_);
    if (auto ready = attached(); !ready) return ready;
    return commit_change(actor, body, [this](SealedStore& store) { return proved_whole(store); });
  }

  Result<void> reseal(std::string_view actor, const std::function<Result<void>(Change&)>& body) override {
    const std::lock_guard lock(mutex_);
    if (auto ready = attached(); !ready) return ready;
    return commit_change(actor, body, [this](SealedStore& store) { return resealed(store); });
  }

  Result<std::uint64_t> verify_unsealed() override {
    const std::lock_guard lock(mutex_);
    auto transaction = Transaction::begin(database_, Kind::read);
    if (!transaction) return transaction.failure();
    return unsealed_counter();
  }

  Result<Bytes> copy() override {
    const std::lock_guard lock(mutex_);
    if (auto ready = attached(); !ready) return ready.failure();
    proof_.reset();
    return verified_read<Bytes>([this](SealedStore& store) -> Result<Bytes> {
      if (auto whole = verify_all(store); !whole) return whole.failure();
      return database_.copy();
    });
  }

  Result<CredentialView> view_credential(std::string_view label) override {
    const std::lock_guard lock(mutex_);
    return verified_read<CredentialView>([&](SealedStore& store) { return read_credential(store, label); });
  }

  Result<std::optional<KeyView>> view_key(std::string_view token, std::string_view name) override {
    const std::lock_guard lock(mutex_);
    return verified_read<std::optional<KeyView>>(
        [&](SealedStore& store) { return read_key(store, kKeyInUse, {std::string(token), std::string(name)}); });
  }

  Result<std::optional<std::string>> view_setting(std::string_view name) override {
    const std::lock_guard lock(mutex_);
    return verified_read<std::optional<std::string>>([&](SealedStore& store) -> Result<std::optional<std::string>> {
      auto found = store.row(kSettings, "WHERE name = ?", {std::string(name)});
      if (!found) return found.failure();
      if (!found->has_value()) return std::optional<std::string>();
      return std::optional(text_of((**found)[1]));
    });
  }

  Result<void> verify() override {
    const std::lock_guard lock(mutex_);
    if (auto ready = attached(); !ready) return ready;
    proof_.reset();
    auto read = verified_read<bool>([this](SealedStore& store) -> Result<bool> {
      if (auto whole = verify_all(store); !whole) return whole.failure();
      return true;
    });
    if (!read) return read.failure();
    return {};
  }

  Result<void> settle() override {
    const std::lock_guard lock(mutex_);
    if (auto ready = attached(); !ready) return ready;
    auto transaction = Transaction::begin(database_, Kind::write);
    if (!transaction) return transaction.failure();
    if (page_->epoch() % 2 == 0) return {};
    // Its writer is gone: nobody else can hold the write lock now. What it committed is in the file, or never was.
    if (auto promoted = promote(); !promoted) return promoted;
    page_->end_change();
    return {};
  }

  Result<NonceSlot> nonce_slot(std::string_view credential_id, const NonceNeed& need) override {
    const std::lock_guard lock(mutex_);
    if (auto ready = attached(); !ready) return ready.failure();
    auto transaction = Transaction::begin(database_, Kind::write);
    if (!transaction) return transaction.failure();
    NonceSlots slots(database_, *page_);
    auto slot = slots.take(std::string(credential_id), need);
    if (!slot || !slots.wrote()) return slot;
    if (auto committed = transaction->commit(); !committed) return committed.failure();
    return slot;
  }

  Result<void> note_use(std::string_view credential_id) override {
    const std::lock_guard lock(mutex_);
    const std::int64_t now_ms = clock_.now_ms();
    return database_.run("UPDATE credentials SET last_used_ms = ? WHERE id = ? AND coalesce(last_used_ms, 0) < ?",
                         {now_ms, std::string(credential_id), now_ms - kUseResolutionMs});
  }

  Result<void> note_fallback(std::string_view credential_id, const FallbackUse& use) override {
    const std::lock_guard lock(mutex_);
    return database_.run(
        "INSERT INTO fallback_uses (credential_id, since_ms, last_ms, signatures, reason) VALUES (?, ?, ?, ?, ?) ON CONFLICT "
        "(credential_id) DO UPDATE SET since_ms = min(since_ms, excluded.since_ms), last_ms = excluded.last_ms, signatures = "
        "signatures + excluded.signatures, reason = excluded.reason",
        {std::string(credential_id), use.since_ms, use.last_ms, static_cast<std::int64_t>(use.signatures), use.reason});
  }

  Result<void> end_fallback(std::string_view credential_id) override {
    const std::lock_guard lock(mutex_);
    return database_.run("DELETE FROM fallback_uses WHERE credential_id = ?", {std::string(credential_id)});
  }

  Result<std::vector<KeyRow>> keys_unverified() override {
    return list<KeyRow>(kKeys, "ORDER BY token, name, version", {}, key_row);
  }

  Result<std::vector<CopyRow>> copies_unverified(std::string_view key_id) override {
    return list<CopyRow>(kCopies, kCopiesOfKey, {std::string(key_id)}, copy_row);
  }

  Result<Bytes> public_key_unverified(std::string_view key_id) override {
    auto rows = list<PublicKeyRow>(kPublicKeys, kOfKey, {std::string(key_id)}, public_key_row);
    if (!rows) return rows.failure();
    return rows->empty() ? Bytes() : std::move(rows->front().spki);
  }

  Result<std::optional<KeyGrantsRow>> key_grants_unverified(std::string_view key_id) override {
    auto rows = list<KeyGrantsRow>(kKeyGrants, kOfKey, {std::string(key_id)}, key_grants_row);
    if (!rows) return rows.failure();
    return rows->empty() ? std::optional<KeyGrantsRow>() : std::optional(std::move(rows->front()));
  }

  Result<std::optional<FallbackRow>> fallback_unverified(std::string_view credential_id) override {
    auto rows = list<FallbackRow>(kFallbacks, kOfCredential, {std::string(credential_id)}, fallback_row);
    if (!rows) return rows.failure();
    return rows->empty() ? std::optional<FallbackRow>() : std::optional(std::move(rows->front()));
  }

  Result<std::optional<FallbackUse>> fallback_use_unverified(std::string_view credential_id) override {
    const std::lock_guard lock(mutex_);
    auto statement = database_.prepare("SELECT since_ms, last_ms, signatures, reason FROM fallback_uses WHERE credential_id = ?");
    if (!statement) return statement.failure();
    if (auto bound = statement->bind_all({std::string(credential_id)}); !bound) return bound.failure();
    auto stepped = statement->step();
    if (!stepped) return stepped.failure();
    if (!*stepped) return std::optional<FallbackUse>();
    return std::optional(FallbackUse{number_of(statement->column(0)), number_of(statement->column(1)),
                                     static_cast<std::uint64_t>(number_of(statement->column(2))), text_of(statement->column(3))});
  }

  Result<std::vector<CredentialRow>> credentials_unverified() override {
    auto rows = list<CredentialRow>(kCredentials, "ORDER BY label", {}, credential_row);
    if (!rows) return rows;
    const std::lock_guard lock(mutex_);
    for (auto& row : *rows) {
      auto last = last_used(row.id);
      if (!last) return last.failure();
      row.last_used_ms = *last;
    }
    return rows;
  }

  Result<std::optional<CredentialVersionRow>> current_version_unverified(std::string_view credential_id) override {
    auto rows =
        list<CredentialVersionRow>(kCredentialVersions, kCurrentVersion, {std::string(credential_id)}, credential_version_row);
    if (!rows) return rows.failure();
    if (rows->empty()) return std::optional<CredentialVersionRow>();
    return std::optional(std::move(rows->front()));
  }

  Result<std::vector<CredentialVersionRow>> versions_unverified(std::string_view credential_id) override {
    return list<CredentialVersionRow>(kCredentialVersions, kVersionsOfCredential, {std::string(credential_id)},
                                      credential_version_row);
  }

  Result<std::optional<std::string>> setting_unverified(std::string_view name) override {
    const std::lock_guard lock(mutex_);
    auto statement = database_.prepare("SELECT value FROM settings WHERE name = ?");
    if (!statement) return statement.failure();
    if (auto bound = statement->bind_all({std::string(name)}); !bound) return bound.failure();
    auto stepped = statement->step();
    if (!stepped) return stepped.failure();
    if (!*stepped) return std::optional<std::string>();
    return std::optional(text_of(statement->column(0)));
  }

  Result<std::vector<EventRow>> events_unverified() override {
    const std::lock_guard lock(mutex_);
    auto statement = database_.prepare("SELECT seq, at_ms, actor, action, object, before, after FROM events ORDER BY seq");
    if (!statement) return statement.failure();
    std::vector<EventRow> events;
    for (;;) {
      auto stepped = statement->step();
      if (!stepped) return stepped.failure();
      if (!*stepped) return events;
      const auto text = [&](int column) { return text_of(statement->column(column)); };
      const auto number = [&](int column) { return number_of(statement->column(column)); };
      events.push_back({static_cast<std::uint64_t>(number(0)), number(1), text(2), text(3), text(4), text(5), text(6), {}});
    }
  }

 private:
  // Proof is the head that was proved last, good as long as the file has this data version: as long as no other connection
  // committed (sqlite.org/pragma.html#pragma_data_version).
  struct Proof {
    std::int64_t data_version = 0;
    Head head;
  };

  Result<void> attached() const {
    if (sealer_ != nullptr) return {};
    return fail(Errc::internal, Origin::registry, "the registry's seal key is not attached");
  }

  Result<void> verify_all(SealedStore& store) {
    if (auto rows = store.verify_rows(); !rows) return rows;
    return SealedStore::verify_events(database_);
  }

  // Basis is what a change builds on: the head that the new one follows, and the one that the mirror goes on holding.
  struct Basis {
    Proof proof;
    Head mirrored;
  };

  // commit_change runs the body on what `basis` answers and commits it with a new head.
  template <class MakeBasis>
  Result<void> commit_change(std::string_view actor, const std::function<Result<void>(Change&)>& body, const MakeBasis& basis) {
    std::optional<Proof> announced;
    auto committed = announce_and_commit(actor, body, basis, announced);
    if (announced) finish_change();
    proof_ = committed ? announced : std::nullopt;
    return committed;
  }

  // announce_and_commit leaves the file as it was when anything fails. From the moment at which the token knows of the change,
  // `announced` holds what it leads to, and finish_change must follow.
  template <class MakeBasis>
  Result<void> announce_and_commit(std::string_view actor, const std::function<Result<void>(Change&)>& body,
                                   const MakeBasis& basis, std::optional<Proof>& announced) {
    auto transaction = Transaction::begin(database_, Kind::write);
    if (!transaction) return transaction.failure();
    SealedStore store(database_, *sealer_);
    Result<Basis> before = basis(store);
    if (!before) return before.failure();

    SealedChange change(database_, store, actor, clock_.now_ms());
    if (auto done = body(change); !done) return done;
    if (!change.recorded()) return fail(Errc::internal, Origin::registry, "a change without an event");
    auto after = store.advance_head(before->proof.head);
    if (!after) return after.failure();

    if (mirror_ != nullptr) {
      if (auto stored = mirror_->store({before->mirrored, *after}); !stored) return stored;
    }
    announced = {before->proof.data_version, *after};
    page_->begin_change();
    return transaction->commit();
  }

  // proved_whole proves the head and the event chain: the head commits to the last event, and each event to the one before.
  Result<Basis> proved_whole(SealedStore& store) {
    auto proof = proved(store);
    if (!proof) return proof.failure();
    if (!events_proved_) {
      if (auto chain = SealedStore::verify_events(database_); !chain) return chain.failure();
      events_proved_ = true;
    }
    return Basis{*proof, proof->head};
  }

  // resealed seals every row anew. The mirror keeps the head of the registry that was lost, which is good until the new one is
  // committed.
  Result<Basis> resealed(SealedStore& store) {
    auto counter = unsealed_counter();
    if (!counter) return counter.failure();
    if (auto sealed = store.reseal_rows(); !sealed) return sealed.failure();
    auto data_version = database_.integer("PRAGMA data_version");
    if (!data_version) return data_version.failure();
    auto mirror = mirror_ == nullptr ? Result<std::optional<Mirror>>(std::nullopt) : mirror_->load();
    if (!mirror) return mirror.failure();
    const Mirror recorded = mirror->value_or(Mirror{});
    const Head basis{std::max({*counter, recorded.current.counter, recorded.pending.value_or(Head{}).counter}), {}};
    return Basis{{*data_version, basis}, recorded.current};
  }

  // unsealed_counter proves what needs no seal, in the caller's transaction, and answers the head's counter.
  Result<std::uint64_t> unsealed_counter() {
    if (auto schema = verify_schema(database_); !schema) return schema.failure();
    if (auto structure = database_.verify_structure(); !structure) return structure.failure();
    if (auto chain = SealedStore::verify_events(database_); !chain) return chain.failure();
    return SealedStore::unverified_counter(database_);
  }

  // finish_change makes the committed head the mirror's current one and the epoch even, under the write lock, so that no other
  // writer's announcement is overwritten: a commit that failed has lost the lock. When it cannot, the next reader of an odd
  // epoch does it (settle).
  void finish_change() {
    auto transaction = Transaction::begin(database_, Kind::write);
    auto promoted = transaction ? promote() : Result<void>(transaction.failure());
    if (promoted) {
      page_->end_change();
    } else {
      log::warning("the end of a registry change is not yet recorded in the token: {}", promoted.error().detail);
    }
  }

  // promote makes the mirror's pending head current when it is the file's. One that is not stays announced: a commit that failed
  // while its log was flushed may still come to life in the log's recovery. Needs the write lock.
  Result<void> promote() {
    if (mirror_ == nullptr) return {};
    auto mirror = mirror_->load();
    if (!mirror) return mirror.failure();
    if (!mirror->has_value() || !(*mirror)->pending) return {};
    SealedStore store(database_, *sealer_);
    auto head = store.head();
    if (!head) return head.failure();
    return *head == *(*mirror)->pending ? mirror_->store({*head, std::nullopt}) : Result<void>();
  }

  // proved answers the proof for the caller's transaction, made anew when another connection committed since the last one.
  Result<Proof> proved(SealedStore& store) {
    auto data_version = database_.integer("PRAGMA data_version");
    if (!data_version) return data_version.failure();
    if (proof_ && proof_->data_version == *data_version) return *proof_;
    proof_.reset();
    auto head = verified_head(store);
    if (!head) return head.failure();
    proof_ = {*data_version, *head};
    return *proof_;
  }

  // verified_head proves the tables, the head, the mirror and the rows against each other, in the caller's transaction.
  Result<Head> verified_head(SealedStore& store) {
    if (auto schema = verify_schema(database_); !schema) return schema.failure();
    auto head = store.head();
    if (!head) return head;
    const bool first = head->counter == 0;
    if (auto mirrored = verify_mirror(*head); !mirrored) return mirrored.failure();
    if (auto structure = database_.verify_structure(); !structure) return structure.failure();
    if (first) {
      auto empty = store.is_empty();
      if (!empty) return empty.failure();
      if (*empty) return head;
      return fail(Errc::integrity, Origin::registry,
                  "registry.db has rows and has no head, it was removed outside Custos: restore the home from a backup");
    }
    auto computed = store.computed_hash();
    if (!computed) return computed.failure();
    if (*computed == head->hash) return head;
    if (auto rows = store.verify_rows(); !rows) return rows.failure();  // names the row, if it was an edit
    return fail(Errc::integrity, Origin::registry,
                "rows of registry.db were added, removed, exchanged or put back outside Custos: find out by whom, and restore "
                "the home from a backup");
  }

  // verify_mirror proves that the head is the one that the token recorded or was told of.
  Result<void> verify_mirror(const Head& head) {
    if (mirror_ == nullptr) return {};
    auto mirror = mirror_->load();
    if (!mirror) return mirror.failure();
    if (!mirror->has_value()) {
      if (head.counter == 0) return {};
      return fail(Errc::integrity, Origin::registry,
                  "the token holds no record of this registry: it is another token, or its record was removed; restore both from "
                  "one backup");
    }
    const Mirror& recorded = **mirror;
    if (head == recorded.current || recorded.pending == head) return {};
    if (head.counter < recorded.current.counter) {
      return fail(Errc::integrity, Origin::registry,
                  "registry.db is older than the token's record of it (change " + std::to_string(head.counter) + " instead of " +
                      std::to_string(recorded.current.counter) + "): an old copy was put back; restore the newest one");
    }
    return fail(Errc::integrity, Origin::registry,
                "registry.db is not the one that the token recorded last: it belongs to another token or was replaced; restore "
                "both from one backup");
  }

  // verified_read runs `read` in one snapshot after the head was proved for it. A head that does not fit is looked at again, in a
  // new snapshot where writers moved the mirror meanwhile, and under the write lock before it counts: nobody changes then.
  template <class T, class Read>
  Result<T> verified_read(const Read& read) {
    if (auto ready = attached(); !ready) return ready.failure();
    for (int attempt = 0; attempt < kFreeAttempts; ++attempt) {
      auto answer = read_in<T>(Kind::read, read);
      if (answer || answer.error().code != Errc::integrity) return answer;
      if (epoch_ % 2 == 0 && epoch_ == page_->epoch()) break;
    }
    return read_in<T>(Kind::write, read);
  }

  template <class T, class Read>
  Result<T> read_in(Kind kind, const Read& read) {
    epoch_ = page_->epoch();
    auto transaction = Transaction::begin(database_, kind);
    if (!transaction) return transaction.failure();
    SealedStore store(database_, *sealer_);
    if (auto proof = proved(store); !proof) return proof.failure();
    return read(store);
  }

  Result<CredentialView> read_credential(SealedStore& store, std::string_view label) {
    CredentialView view;
    view.epoch = epoch_;
    auto credential = optional_row(store.row(kCredentials, "WHERE label = ?", {std::string(label)}), credential_row);
    if (!credential) return credential.failure();
    if (!credential->has_value()) {
      return fail(Errc::not_found, Origin::registry,
                  "there is no credential '" + std::string(label.substr(0, 64)) + "': see custos credential list");
    }
    view.credential = **std::move(credential);
    auto version = optional_row(store.row(kCredentialVersions, kCurrentVersion, {view.credential.id}), credential_version_row);
    if (!version) return version.failure();
    if (!version->has_value()) {
      return fail(Errc::integrity, Origin::registry,
                  "credential '" + view.credential.label + "' has no current version in registry.db: restore it from a backup");
    }
    view.version = **std::move(version);
    auto key = read_key(store, "WHERE id = ?", {view.version.key_id});
    if (!key) return key.failure();
    view.key = *std::move(key);
    auto fallback = optional_row(store.row(kFallbacks, kOfCredential, {view.credential.id}), fallback_row);
    if (!fallback) return fallback.failure();
    view.fallback = *std::move(fallback);
    if (!view.fallback) return view;
    auto fallback_key = read_key(store, "WHERE id = ?", {view.fallback->key_id});
    if (!fallback_key) return fallback_key.failure();
    view.fallback_key = *std::move(fallback_key);
    return view;
  }

  template <class Row>
  Result<std::vector<Row>> list(const RowTable& table, std::string_view rest, const Values& values,
                                Result<Row> (*codec)(const Values&)) {
    const std::lock_guard lock(mutex_);
    auto statement = database_.prepare(select_sql(table, rest));
    if (!statement) return statement.failure();
    if (auto bound = statement->bind_all(values); !bound) return bound.failure();
    std::vector<Row> rows;
    for (;;) {
      auto stepped = statement->step();
      if (!stepped) return stepped.failure();
      if (!*stepped) return rows;
      auto row = codec(statement->row(table.columns.size()));
      if (!row) return row.failure();
      rows.push_back(*std::move(row));
    }
  }

  Result<std::optional<std::int64_t>> last_used(const std::string& credential_id) {
    auto statement = database_.prepare("SELECT last_used_ms FROM credentials WHERE id = ?");
    if (!statement) return statement.failure();
    if (auto bound = statement->bind_all({credential_id}); !bound) return bound.failure();
    auto stepped = statement->step();
    if (!stepped) return stepped.failure();
    const Value value = *stepped ? statement->column(0) : Value();
    const auto* number = std::get_if<std::int64_t>(&value);
    return number == nullptr ? std::optional<std::int64_t>() : std::optional(*number);
  }

  std::mutex mutex_;
  Database database_;
  const Clock& clock_;
  ControlPage* page_ = nullptr;
  RowSealer* sealer_ = nullptr;
  HeadMirror* mirror_ = nullptr;
  std::uint64_t epoch_ = 0;  // read before the running snapshot
  std::optional<Proof> proof_;
  bool events_proved_ = false;
};

Result<std::unique_ptr<Registry>> open_with(const std::filesystem::path& path, const Clock& clock, Fresh fresh) {
  auto database = Database::open(path);
  if (!database) return database.failure();
  auto schema = inspect(*database, path, fresh);
  if (!schema) return schema.failure();
  if (auto logged = database->use_write_ahead_log(); !logged) return logged.failure();
  if (*schema == Schema::older) {
    if (auto migrated = migrate(*database, path, fresh); !migrated) return migrated.failure();
  }
  return std::unique_ptr<Registry>(std::make_unique<SqliteRegistry>(*std::move(database), clock));
}

}  // namespace

Result<std::unique_ptr<Registry>> Registry::create(const std::filesystem::path& path, const Clock& clock) {
  FileDescriptor made(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!made.valid() && errno != EEXIST) {
    const int number = errno;
    return fail(Errc::system, Origin::registry, "cannot create " + path.string() + ": " + std::strerror(number),
                static_cast<std::uint32_t>(number));
  }
  // Closing any descriptor of a file drops all locks that the process has on it: SQLite's too
  // (sqlite.org/howtocorrupt.html, 2.2).
  made.reset();
  return open_with(path, clock, Fresh::accept);
}

Result<std::unique_ptr<Registry>> Registry::open_copy(ByteView copy) {
  auto database = Database::from_copy(copy);
  if (!database) return database.failure();
  if (auto migrated = migrate(*database, "the copy of registry.db", Fresh::refuse); !migrated) return migrated.failure();
  return std::unique_ptr<Registry>(std::make_unique<SqliteRegistry>(*std::move(database), Clock::system()));
}

Result<std::unique_ptr<Registry>> Registry::open(const std::filesystem::path& path, const Clock& clock) {
  return open_with(path, clock, Fresh::refuse);
}

}  // namespace custos::registry
