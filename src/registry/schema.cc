#include "registry/schema.h"

#include <array>
#include <string>
#include <string_view>

#include "registry/row_table.h"

namespace custos::registry {
namespace {

// kMigrations[i] brings schema i to schema i + 1. A migration that landed is never edited. Tables that hold sealed rows get no
// new columns, which their seals would not cover: what joins comes in a table of its own.
constexpr std::array<std::string_view, 4> kMigrations{R"sql(
CREATE TABLE keys (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  token TEXT NOT NULL,
  version INTEGER NOT NULL,
  algorithm TEXT NOT NULL,
  purpose TEXT NOT NULL,
  origin TEXT NOT NULL,
  state TEXT NOT NULL,
  recoverability TEXT NOT NULL,
  check_salt BLOB NOT NULL,
  check_value BLOB NOT NULL,
  created_ms INTEGER NOT NULL,
  destroyed_ms INTEGER,
  row_version INTEGER NOT NULL, seal_alg TEXT NOT NULL, seal_key_id TEXT NOT NULL, seal BLOB NOT NULL,
  UNIQUE (token, name, version)
) STRICT;
CREATE UNIQUE INDEX keys_in_use ON keys (token, name) WHERE state <> 'destroyed';

CREATE TABLE copies (
  key_id TEXT NOT NULL REFERENCES keys (id),
  token TEXT NOT NULL,
  uri TEXT NOT NULL,
  custody TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  row_version INTEGER NOT NULL, seal_alg TEXT NOT NULL, seal_key_id TEXT NOT NULL, seal BLOB NOT NULL,
  PRIMARY KEY (key_id, token)
) STRICT;

CREATE TABLE credentials (
  id TEXT PRIMARY KEY,
  label TEXT NOT NULL UNIQUE,
  owner TEXT NOT NULL,
  venue TEXT NOT NULL,
  environment TEXT NOT NULL,
  subaccount TEXT NOT NULL,
  status TEXT NOT NULL,
  reason TEXT NOT NULL,
  is_active INTEGER NOT NULL,
  grants TEXT NOT NULL,
  hosts TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  row_version INTEGER NOT NULL, seal_alg TEXT NOT NULL, seal_key_id TEXT NOT NULL, seal BLOB NOT NULL,
  last_used_ms INTEGER
) STRICT;

CREATE TABLE credential_versions (
  credential_id TEXT NOT NULL REFERENCES credentials (id),
  n INTEGER NOT NULL,
  api_key TEXT NOT NULL,
  key_id TEXT NOT NULL REFERENCES keys (id),
  passphrase_ref TEXT NOT NULL,
  role TEXT NOT NULL,
  from_ms INTEGER NOT NULL,
  until_ms INTEGER,
  row_version INTEGER NOT NULL, seal_alg TEXT NOT NULL, seal_key_id TEXT NOT NULL, seal BLOB NOT NULL,
  PRIMARY KEY (credential_id, n)
) STRICT;
CREATE INDEX credential_versions_by_key ON credential_versions (key_id);

CREATE TABLE settings (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL,
  row_version INTEGER NOT NULL, seal_alg TEXT NOT NULL, seal_key_id TEXT NOT NULL, seal BLOB NOT NULL
) STRICT;

CREATE TABLE head (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  counter INTEGER NOT NULL,
  hash BLOB NOT NULL,
  row_version INTEGER NOT NULL, seal_alg TEXT NOT NULL, seal_key_id TEXT NOT NULL, seal BLOB NOT NULL
) STRICT;

CREATE TABLE events (
  seq INTEGER PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  object TEXT NOT NULL,
  before TEXT NOT NULL,
  after TEXT NOT NULL,
  prev_hash BLOB NOT NULL
) STRICT;
)sql",
                                                      R"sql(
CREATE TABLE public_keys (
  key_id TEXT PRIMARY KEY REFERENCES keys (id),
  spki BLOB NOT NULL,
  row_version INTEGER NOT NULL, seal_alg TEXT NOT NULL, seal_key_id TEXT NOT NULL, seal BLOB NOT NULL
) STRICT;

CREATE TABLE fallbacks (
  credential_id TEXT PRIMARY KEY REFERENCES credentials (id),
  key_id TEXT NOT NULL REFERENCES keys (id),
  limit_ms INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  row_version INTEGER NOT NULL, seal_alg TEXT NOT NULL, seal_key_id TEXT NOT NULL, seal BLOB NOT NULL
) STRICT;

CREATE TABLE fallback_uses (
  credential_id TEXT PRIMARY KEY REFERENCES fallbacks (credential_id) ON DELETE CASCADE,
  since_ms INTEGER NOT NULL,
  last_ms INTEGER NOT NULL,
  signatures INTEGER NOT NULL,
  reason TEXT NOT NULL
) STRICT;
)sql",
                                                      R"sql(
CREATE TABLE nonce_slots (
  credential_id TEXT PRIMARY KEY REFERENCES credentials (id) ON DELETE CASCADE,
  slot INTEGER NOT NULL UNIQUE,
  mark INTEGER NOT NULL,
  boot TEXT NOT NULL
) STRICT;
)sql",
                                                      R"sql(
CREATE TABLE key_grants (
  key_id TEXT PRIMARY KEY REFERENCES keys (id),
  grants TEXT NOT NULL,
  row_version INTEGER NOT NULL, seal_alg TEXT NOT NULL, seal_key_id TEXT NOT NULL, seal BLOB NOT NULL
) STRICT;
)sql"};

Unexpected no_registry(const std::filesystem::path& path) {
  return fail(Errc::integrity, Origin::registry, path.string() + " is not a Custos registry: restore it from a backup");
}

// standing_version answers the schema of the file, 0 for an empty one.
Result<std::size_t> standing_version(Database& database, const std::filesystem::path& path, Fresh fresh) {
  auto application = database.integer("PRAGMA application_id");
  if (!application) return application.failure();
  auto version = database.integer("PRAGMA user_version");
  if (!version) return version.failure();
  auto objects = database.integer("SELECT count(*) FROM sqlite_master");
  if (!objects) return objects.failure();

  const bool empty = *application == 0 && *version == 0 && *objects == 0;
  if (empty && fresh == Fresh::refuse) {
    return fail(Errc::integrity, Origin::registry, path.string() + " is empty, it was truncated: restore it from a backup");
  }
  const auto newest = static_cast<std::int64_t>(kMigrations.size());
  if (!empty && (*application != kApplicationId || *version < 1)) return no_registry(path);
  if (*version > newest) {
    return fail(Errc::integrity, Origin::registry,
                path.string() + " was written by a newer Custos (schema " + std::to_string(*version) + ", this one knows " +
                    std::to_string(newest) + "): upgrade Custos");
  }
  return static_cast<std::size_t>(*version);
}

Result<void> apply_migrations(Database& database, std::size_t from) {
  for (std::size_t step = from; step < kMigrations.size(); ++step) {
    if (auto migrated = database.execute(std::string(kMigrations[step])); !migrated) return migrated;
  }
  return {};
}

// schema_bytes writes down all that the database's schema says.
Result<Bytes> schema_bytes(Database& database) {
  auto objects = database.prepare("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name");
  if (!objects) return objects.failure();
  Bytes out;
  for (;;) {
    auto stepped = objects->step();
    if (!stepped) return stepped.failure();
    if (!*stepped) return out;
    for (const auto& value : objects->row(4)) append_value(out, value);
  }
}

Result<Bytes> expected_schema() {
  auto database = Database::in_memory();
  if (!database) return database.failure();
  if (auto made = apply_migrations(*database, 0); !made) return made.failure();
  return schema_bytes(*database);
}

}  // namespace

Result<Schema> inspect(Database& database, const std::filesystem::path& path, Fresh fresh) {
  auto snapshot = Transaction::begin(database, Transaction::Kind::read);  // another process may be making the registry
  if (!snapshot) return snapshot.failure();
  auto standing = standing_version(database, path, fresh);
  if (!standing) return standing.failure();
  return *standing == kMigrations.size() ? Schema::newest : Schema::older;
}

Result<void> migrate(Database& database, const std::filesystem::path& path, Fresh fresh) {
  auto transaction = Transaction::begin(database, Transaction::Kind::write);
  if (!transaction) return transaction.failure();
  auto standing = standing_version(database, path, fresh);
  if (!standing) return standing.failure();
  if (*standing == kMigrations.size()) return {};
  if (auto migrated = apply_migrations(database, *standing); !migrated) return migrated;
  const std::string marks = "PRAGMA application_id = " + std::to_string(kApplicationId) +
                            "; PRAGMA user_version = " + std::to_string(kMigrations.size());
  if (auto marked = database.execute(marks); !marked) return marked;
  return transaction->commit();
}

Result<void> verify_schema(Database& database) {
  static const Result<Bytes> expected = expected_schema();
  if (!expected) return Unexpected{expected.error()};
  auto found = schema_bytes(database);
  if (!found) return found.failure();
  if (*found == *expected) return {};
  return fail(Errc::integrity, Origin::registry,
              "the tables of registry.db were changed outside Custos: find out by whom, and restore the home from a backup");
}

}  // namespace custos::registry
