// RowTable: how each sealed table's rows become values and canonical bytes, so that one piece of code reads, writes, seals and
// verifies them all.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "custos/result.h"
#include "registry/database.h"
#include "registry/rows.h"

namespace custos::registry {

// RowTable describes one sealed table: the first `key_columns` of `columns` are its primary key. Every sealed table ends with
// row_version, seal_alg, seal_key_id and seal.
struct RowTable {
  std::string_view name;
  std::span<const std::string_view> columns;
  std::size_t key_columns;
  std::string_view noun;      // for error lines: "credential"
  bool joined_later = false;  // not of the first schema: the head commits to it once it has rows, so that older heads still hold
};

extern const RowTable kKeys, kCopies, kCredentials, kCredentialVersions, kSettings, kPublicKeys, kFallbacks, kKeyGrants, kHead;

// sealed_tables lists the tables that the head commits to, in the order in which it does.
[[nodiscard]] std::span<const RowTable* const> sealed_tables() noexcept;

// SealedRow is a row as it stands in the file.
struct SealedRow {
  Values values;  // RowTable::columns
  std::int64_t row_version = 0;
  std::string seal_alg, seal_key_id;
  Bytes seal;
};

// kSealColumnCount is the number of a row's seal columns; select_sql names them last.
inline constexpr std::size_t kSealColumnCount = 4;

// canonical_row gives the bytes that a row's seal covers: 0x01 ‖ "custos-row-v1" ‖ table ‖ row_version ‖ seal_alg ‖ seal_key_id ‖
// values, each typed and prefixed with its length, so that no two rows share them. No canonicaliser and no check value emits a
// leading 0x01.
[[nodiscard]] Bytes canonical_row(const RowTable& table, const SealedRow& row);

// select_sql names all columns of a sealed table, those of its seal included; `rest` is appended.
[[nodiscard]] std::string select_sql(const RowTable& table, std::string_view rest);
// upsert_sql inserts a sealed row, or replaces the one with the same primary key.
[[nodiscard]] std::string upsert_sql(const RowTable& table);
// read_sealed takes the row that a statement of select_sql stands on.
[[nodiscard]] Result<SealedRow> read_sealed(const RowTable& table, const Statement& statement);
// bindings gives the values of upsert_sql's parameters.
[[nodiscard]] Values bindings(const SealedRow& row);

// Codecs between rows and values. Reading refuses values of another type or size than the schema's (integrity).
[[nodiscard]] Values to_values(const KeyRow& row);
[[nodiscard]] Values to_values(const CopyRow& row);
[[nodiscard]] Values to_values(const PublicKeyRow& row);
[[nodiscard]] Values to_values(const FallbackRow& row);
[[nodiscard]] Values to_values(const KeyGrantsRow& row);
[[nodiscard]] Values to_values(const CredentialRow& row);  // without last_used_ms
[[nodiscard]] Values to_values(const CredentialVersionRow& row);
[[nodiscard]] Result<KeyRow> key_row(const Values& values);
[[nodiscard]] Result<CopyRow> copy_row(const Values& values);
[[nodiscard]] Result<PublicKeyRow> public_key_row(const Values& values);
[[nodiscard]] Result<FallbackRow> fallback_row(const Values& values);
[[nodiscard]] Result<KeyGrantsRow> key_grants_row(const Values& values);
[[nodiscard]] Result<CredentialRow> credential_row(const Values& values);
[[nodiscard]] Result<CredentialVersionRow> credential_version_row(const Values& values);

// append_value and append_text write one typed, length-prefixed item of a canonical encoding.
void append_value(Bytes& out, const Value& value);
void append_text(Bytes& out, std::string_view text);
void append_number(Bytes& out, std::uint64_t number);

}  // namespace custos::registry
