#include "registry/database.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

#include "encode/quote.h"

namespace custos::registry {
namespace {

constexpr int kBusyTimeoutMs = 5000;
constexpr int kBusyPauseMs = 1;

// wait_for_lock is SQLite's busy handler: it waits and answers whether to try again. SQLite's own sleeps up to 100 ms between two
// tries, so that a writer who makes one change after the other keeps all others out until they give up.
int wait_for_lock(void* /*unused*/, int tries) {
  if (tries * kBusyPauseMs >= kBusyTimeoutMs) return 0;
  std::this_thread::sleep_for(std::chrono::milliseconds(kBusyPauseMs));
  return 1;
}

// database_failure maps SQLite's result (sqlite.org/rescode.html) to an Error with one line for a person.
Unexpected database_failure(sqlite3* database, int code, const std::string& path) {
  const int extended = database == nullptr ? code : sqlite3_extended_errcode(database);
  const std::string why = database == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(database);
  const auto native = static_cast<std::uint32_t>(extended);
  // A shared-memory or log file that cannot grow comes back as an I/O error.
  const int system_error = database == nullptr ? 0 : sqlite3_system_errno(database);
  const bool full = (code & 0xFF) == SQLITE_IOERR && (system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG);
  switch (full ? SQLITE_FULL : code & 0xFF) {
    case SQLITE_NOMEM: return fail(Errc::system, Origin::registry, path + ": no memory left", native);
    case SQLITE_FULL:
      return fail(Errc::system, Origin::registry,
                  path + " cannot grow, the disk is full: nothing was changed; free some space and try again", native);
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return fail(Errc::integrity, Origin::registry, path + " is damaged or no registry (" + why + "): restore it from a backup",
                  native);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return fail(Errc::busy, Origin::registry, path + " was locked by another process for too long: try again", native);
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_IOERR:
      return fail(Errc::system, Origin::registry,
                  path + " cannot be used (" + why + "): check its folder, its owner and the disk", native);
    default: return fail(Errc::internal, Origin::registry, path + ": " + why, native);
  }
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
void Database::Close::operator()(sqlite3* database) const noexcept { sqlite3_close_v2(database); }

Result<void> Statement::bind_all(const Values& values) {
  int index = 0;
  for (const auto& value : values) {
    ++index;
    int code = SQLITE_OK;
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      code = sqlite3_bind_int64(statement_.get(), index, *number);
    } else if (const auto* text = std::get_if<std::string>(&value)) {
      code = sqlite3_bind_text64(statement_.get(), index, text->data(), text->size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    } else if (const auto* blob = std::get_if<Bytes>(&value)) {
      code = sqlite3_bind_blob64(statement_.get(), index, blob->data(), blob->size(), SQLITE_TRANSIENT);
    } else {
      code = sqlite3_bind_null(statement_.get(), index);
    }
    if (code != SQLITE_OK) return database_failure(database_, code, *path_);
  }
  return {};
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return database_failure(database_, code, *path_);
}

Value Statement::column(int index) const {
  sqlite3_stmt* statement = statement_.get();
  const auto size = [&] { return static_cast<std::size_t>(sqlite3_column_bytes(statement, index)); };
  switch (sqlite3_column_type(statement, index)) {
    case SQLITE_INTEGER: return static_cast<std::int64_t>(sqlite3_column_int64(statement, index));
    case SQLITE_TEXT: {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, index));
      return std::string(text, size());
    }
    case SQLITE_BLOB: {
      const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement, index));
      return bytes == nullptr ? Bytes() : Bytes(bytes, bytes + size());
    }
    default: return std::monostate();
  }
}

Values Statement::row(std::size_t count) const {
  Values values;
  values.reserve(count);
  for (std::size_t i = 0; i < count; ++i) values.push_back(column(static_cast<int>(i)));
  return values;
}

Result<Database> Database::open(const std::filesystem::path& path) {
  std::error_code error;
  const bool standing = std::filesystem::exists(path, error);
  if (!standing && !error) return fail(Errc::not_found, Origin::registry, "there is no " + path.string());
  // SQLITE_OPEN_NOFOLLOW refuses a link anywhere in the path; only the file itself may not be one.
  const auto folder = std::filesystem::canonical(path.has_parent_path() ? path.parent_path() : ".", error);
  if (error) return fail(Errc::system, Origin::registry, "cannot reach " + path.string() + ": " + error.message());
  return open_named((folder / path.filename()).string(), path);
}

Result<Database> Database::in_memory() { return open_named(":memory:", ":memory:"); }

Result<Database> Database::from_copy(ByteView bytes) {
  auto database = in_memory();
  if (!database || bytes.empty()) return database;
  // sqlite.org/fileformat2.html, 1.3.2: the size of a page. SQLite reads what is missing of the last one as zeros.
  constexpr std::size_t kHeader = 100, kPageSize = 16;
  const std::size_t page = bytes.size() < kHeader ? 0 : std::size_t{bytes[kPageSize]} << 8U | bytes[kPageSize + 1];
  if (page > 1 && bytes.size() % page != 0) {
    return fail(Errc::integrity, Origin::registry, "the copy of registry.db is torn: its last page is not whole");
  }
  auto* pages = static_cast<unsigned char*>(sqlite3_malloc64(bytes.size()));
  if (pages == nullptr) return database_failure(nullptr, SQLITE_NOMEM, *database->path_);
  std::ranges::copy(bytes, pages);
  const auto size = static_cast<sqlite3_int64>(bytes.size());
  const int code =
      sqlite3_deserialize(database->database_.get(), "main", pages, size, size,  // it frees the pages, also on failure
                          SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE);
  if (code != SQLITE_OK) return database_failure(database->database_.get(), code, *database->path_);
  *database->path_ = "the copy of registry.db";
  return database;
}

Result<Database> Database::open_named(const std::string& name, const std::filesystem::path& path) {
  sqlite3* raw = nullptr;
  const int code =
      sqlite3_open_v2(name.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, nullptr);
  Database database(raw, path.string());
  if (code != SQLITE_OK) return database_failure(raw, code, *database.path_);
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_handler(raw, wait_for_lock, nullptr);
  // A stranger's file may hold code (sqlite.org/security.html); ours has no triggers and no views.
  for (const auto& [option, value] : {std::pair(SQLITE_DBCONFIG_DEFENSIVE, 1), std::pair(SQLITE_DBCONFIG_ENABLE_TRIGGER, 0),
                                      std::pair(SQLITE_DBCONFIG_ENABLE_VIEW, 0)})
    sqlite3_db_config(raw, option, value, nullptr);
  auto prepared = database.execute(
      "PRAGMA trusted_schema = OFF; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; PRAGMA synchronous = FULL; "
      "PRAGMA cell_size_check = ON;");
  if (!prepared) return prepared.failure();
  return database;
}

Result<void> Database::use_write_ahead_log() {
  // Where two processes turn a new file at once, SQLite tells one of them at once that it is busy, for fear of a deadlock.
  for (int tries = 0;; ++tries) {
    auto turned = execute("PRAGMA journal_mode = WAL");
    if (turned || turned.error().code != Errc::busy || wait_for_lock(nullptr, tries) == 0) return turned;
  }
}

Result<void> Database::verify_structure() {
  auto check = prepare("PRAGMA integrity_check(1)");
  if (!check) return check.failure();
  auto stepped = check->step();
  if (!stepped) return stepped.failure();
  const Value answer = *stepped ? check->column(0) : Value();
  const auto* text = std::get_if<std::string>(&answer);
  if (text != nullptr && *text == "ok") return {};
  return fail(Errc::integrity, Origin::registry,
              *path_ + " is damaged (" + (text == nullptr ? "no answer" : encode::quoted(*text)) + "): restore it from a backup");
}

Result<Bytes> Database::copy() {
  // sqlite.org/fileformat2.html, 1.3: the versions that stand at offsets 18 and 19 are 2 for a file with a write-ahead log.
  constexpr std::size_t kWriteVersion = 18, kReadVersion = 19;
  constexpr std::uint8_t kWithoutLog = 1;
  sqlite3_int64 size = 0;
  const std::unique_ptr<unsigned char, decltype(&sqlite3_free)> pages(sqlite3_serialize(database_.get(), "main", &size, 0),
                                                                      sqlite3_free);
  if (pages == nullptr) return database_failure(nullptr, SQLITE_NOMEM, *path_);
  Bytes bytes(pages.get(), pages.get() + size);
  if (bytes.size() > kReadVersion) bytes[kWriteVersion] = bytes[kReadVersion] = kWithoutLog;
  return bytes;
}

Result<void> Database::execute(const std::string& sql) {
  const int code = sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return database_failure(database_.get(), code, *path_);
  return {};
}

Result<Statement> Database::prepare(const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(database_.get(), sql.c_str(), static_cast<int>(sql.size()), &statement, nullptr);
  if (code != SQLITE_OK) return database_failure(database_.get(), code, *path_);
  return Statement(database_.get(), statement, path_.get());
}

Result<void> Database::run(const std::string& sql, const Values& values) {
  auto statement = prepare(sql);
  if (!statement) return statement.failure();
  if (auto bound = statement->bind_all(values); !bound) return bound;
  auto stepped = statement->step();
  if (!stepped) return stepped.failure();
  return {};
}

Result<std::int64_t> Database::integer(const std::string& sql) {
  auto statement = prepare(sql);
  if (!statement) return statement.failure();
  auto stepped = statement->step();
  if (!stepped) return stepped.failure();
  if (!*stepped) return std::int64_t{0};
  const Value value = statement->column(0);
  const auto* number = std::get_if<std::int64_t>(&value);
  return number == nullptr ? std::int64_t{0} : *number;
}

Result<Transaction> Transaction::begin(Database& database, Kind kind) {
  if (auto begun = database.execute(kind == Kind::write ? "BEGIN IMMEDIATE" : "BEGIN"); !begun) return begun.failure();
  return Transaction(database);
}

Transaction::~Transaction() {
  // A failed statement may have rolled back already; then this one's refusal means nothing.
  if (database_ != nullptr) static_cast<void>(database_->execute("ROLLBACK").has_value());
}

Result<void> Transaction::commit() {
  auto committed = database_->execute("COMMIT");
  if (committed) database_ = nullptr;
  return committed;
}

}  // namespace custos::registry
