// Database and Statement: SQLite 3 with errors as values.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "custos/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace custos::registry {

// Value is one column of one row: NULL, INTEGER, TEXT or BLOB.
using Value = std::variant<std::monostate, std::int64_t, std::string, Bytes>;
using Values = std::vector<Value>;

// Statement is one prepared SQL statement. Not thread-safe.
class Statement {
 public:
  // bind_all sets parameters 1, 2, … to `values`.
  Result<void> bind_all(const Values& values);
  // step runs to the next row: true when there is one.
  Result<bool> step();
  [[nodiscard]] Value column(int index) const;
  // row reads columns 0 to count - 1.
  [[nodiscard]] Values row(std::size_t count) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };
  Statement(sqlite3* database, sqlite3_stmt* statement, const std::string* path)
      : database_(database), statement_(statement), path_(path) {}

  sqlite3* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  const std::string* path_;
};

// Database is one connection. Not thread-safe: Registry guards it.
class Database {
 public:
  // open opens an existing file, which may not be a symbolic link, with foreign keys, synchronous FULL and secure_delete, and
  // without triggers and views. It writes nothing. Errors: not_found, integrity (no database), busy, system.
  static Result<Database> open(const std::filesystem::path& path);
  // in_memory makes an empty database that dies with the connection.
  static Result<Database> in_memory();
  // from_copy makes one from bytes that `copy` answered. Errors: integrity (no database), system.
  static Result<Database> from_copy(ByteView bytes);

  // use_write_ahead_log turns the file, once and for good, to WAL. Only for files that are known to be ours.
  Result<void> use_write_ahead_log();
  // verify_structure checks every page, and every index against its table (integrity): a row that an index hides or invents
  // would be missed by whoever looks it up.
  [[nodiscard]] Result<void> verify_structure();

  // copy answers the database as the bytes of a file without a log, from the caller's transaction. Errors: system.
  [[nodiscard]] Result<Bytes> copy();

  Result<void> execute(const std::string& sql);
  Result<Statement> prepare(const std::string& sql);
  // run prepares, binds and steps a statement that answers no rows.
  Result<void> run(const std::string& sql, const Values& values);
  // integer answers the first column of the first row, 0 when there is none.
  Result<std::int64_t> integer(const std::string& sql);

 private:
  struct Close {
    void operator()(sqlite3* database) const noexcept;
  };
  Database(sqlite3* database, std::string path) : database_(database), path_(std::make_unique<std::string>(std::move(path))) {}
  static Result<Database> open_named(const std::string& name, const std::filesystem::path& path);

  std::unique_ptr<sqlite3, Close> database_;
  std::unique_ptr<std::string> path_;
};

// Transaction rolls back unless it was committed.
class Transaction {
 public:
  enum class Kind : unsigned char { read, write };
  static Result<Transaction> begin(Database& database, Kind kind);
  ~Transaction();
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  Result<void> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace custos::registry
