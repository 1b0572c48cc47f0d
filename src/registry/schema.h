// Schema of registry.db: its tables, and the migrations that bring an older file to it.
#pragma once

#include "custos/result.h"
#include "registry/database.h"

namespace custos::registry {

// kApplicationId marks the file as a Custos registry (PRAGMA application_id): "CUST".
inline constexpr std::int64_t kApplicationId = 0x43555354;

// Fresh says whether an empty database may become a registry: only where one is being made.
enum class Fresh : unsigned char { refuse, accept };

// Schema says what a file that may be used needs.
enum class Schema : unsigned char { newest, older };

// inspect tells, without writing or waiting for writers, whether the database may be used: it is a registry of this or an older
// schema, or an empty one where that is accepted. Errors: integrity for a file that is no registry or that a newer Custos wrote.
[[nodiscard]] Result<Schema> inspect(Database& database, const std::filesystem::path& path, Fresh fresh);

// migrate brings the database to the newest schema, in one transaction. Errors: as inspect.
Result<void> migrate(Database& database, const std::filesystem::path& path, Fresh fresh);

// verify_schema proves that the tables and indexes are exactly those that the migrations make: a stranger's trigger, index, rule
// on foreign keys or collation would change rows, or hide them, behind a true head. Errors: integrity.
[[nodiscard]] Result<void> verify_schema(Database& database);

}  // namespace custos::registry
