// Schema of registry.db: its tables, and the migrations that bring an older file to it.
#pragma once

#include "custos/result.h"
#include "registry/database.h"

namespace custos::registry {

// kApplicationId marks the file as a Custos registry (PRAGMA application_id): "CUST".
inline constexpr std::int64_t kApplicationId = 0x43555354;

// Fresh says whether an empty database may become a registry: only when its file was just made.
enum class Fresh : unsigned char { refuse, accept };

// migrate brings the database to the newest schema, in one transaction. Errors: integrity for a file that is no registry or that
// a newer Custos wrote.
Result<void> migrate(Database& database, const std::filesystem::path& path, Fresh fresh);

}  // namespace custos::registry
