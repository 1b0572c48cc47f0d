#include "registry/row_table.h"

#include <algorithm>
#include <array>
#include <limits>

namespace custos::registry {
namespace {

using Names = std::string_view;

constexpr std::array<Names, 13> kKeyColumns{"id",          "name",       "token",       "version",        "algorithm",
                                            "purpose",     "origin",     "state",       "recoverability", "check_salt",
                                            "check_value", "created_ms", "destroyed_ms"};
constexpr std::array<Names, 5> kCopyColumns{"key_id", "token", "uri", "custody", "created_ms"};
constexpr std::array<Names, 12> kCredentialColumns{"id",     "label",  "owner",     "venue",  "environment", "subaccount",
                                                   "status", "reason", "is_active", "grants", "hosts",       "created_ms"};
constexpr std::array<Names, 8> kVersionColumns{"credential_id",  "n",    "api_key", "key_id",
                                               "passphrase_ref", "role", "from_ms", "until_ms"};
constexpr std::array<Names, 2> kSettingColumns{"name", "value"};
constexpr std::array<Names, 2> kPublicKeyColumns{"key_id", "spki"};
constexpr std::array<Names, 4> kFallbackColumns{"credential_id", "key_id", "limit_ms", "created_ms"};
constexpr std::array<Names, 2> kKeyGrantsColumns{"key_id", "grants"};
constexpr std::array<Names, 3> kHeadColumns{"id", "counter", "hash"};
constexpr std::string_view kSealColumns = "row_version, seal_alg, seal_key_id, seal";

// Types of items in canonical encodings.
enum : std::uint8_t { kNull = 0, kInteger = 1, kText = 2, kBlob = 3 };

void append_sized(Bytes& out, std::uint8_t type, ByteView bytes) {
  out.push_back(type);
  append_number(out, bytes.size());
  out.insert(out.end(), bytes.begin(), bytes.end());
}

// Taker takes typed values in order and remembers whether one did not fit.
class Taker {
 public:
  explicit Taker(const Values& values) : values_(values) {}

  std::string text() { return take<std::string>(); }
  std::int64_t integer() { return take<std::int64_t>(); }
  std::uint32_t small() {
    const auto number = integer();
    if (number < 0 || number > std::numeric_limits<std::uint32_t>::max()) fits_ = false;
    return static_cast<std::uint32_t>(number);
  }
  std::optional<std::int64_t> optional_integer() {
    if (next_ < values_.size() && std::holds_alternative<std::monostate>(values_[next_])) {
      ++next_;
      return std::nullopt;
    }
    return integer();
  }
  Bytes any_bytes() { return take<Bytes>(); }
  template <std::size_t N>
  std::array<std::uint8_t, N> bytes() {
    const auto blob = take<Bytes>();
    std::array<std::uint8_t, N> fixed{};
    if (blob.size() != N) {
      fits_ = false;
    } else {
      std::ranges::copy(blob, fixed.begin());
    }
    return fixed;
  }
  // finish answers the row when every value had its type.
  template <class Row>
  Result<Row> finish(Row row, const RowTable& table) const {
    if (fits_ && next_ == values_.size()) return row;
    return fail(
        Errc::integrity, Origin::registry,
        "registry.db: a row of " + std::string(table.name) + " has values of wrong type or size: restore it from a backup");
  }

 private:
  template <class T>
  T take() {
    const auto* value = next_ < values_.size() ? std::get_if<T>(&values_[next_]) : nullptr;
    ++next_;
    if (value == nullptr) {
      fits_ = false;
      return T();
    }
    return *value;
  }

  const Values& values_;
  std::size_t next_ = 0;
  bool fits_ = true;
};

Value optional_value(const std::optional<std::int64_t>& number) { return number ? Value(*number) : Value(); }

template <std::size_t N>
Value blob(const std::array<std::uint8_t, N>& bytes) {
  return Bytes(bytes.begin(), bytes.end());
}

std::string join(std::span<const std::string_view> names, std::string_view before = "") {
  std::string list;
  for (const auto name : names) list += (list.empty() ? "" : ", ") + std::string(before) + std::string(name);
  return list;
}

}  // namespace

const RowTable kKeys{"keys", kKeyColumns, 1, "key"};
const RowTable kCopies{"copies", kCopyColumns, 2, "copy of key"};
const RowTable kCredentials{"credentials", kCredentialColumns, 1, "credential"};
const RowTable kCredentialVersions{"credential_versions", kVersionColumns, 2, "version of credential"};
const RowTable kSettings{"settings", kSettingColumns, 1, "setting"};
const RowTable kPublicKeys{"public_keys", kPublicKeyColumns, 1, "public key", true};
const RowTable kFallbacks{"fallbacks", kFallbackColumns, 1, "fallback of credential", true};
const RowTable kKeyGrants{"key_grants", kKeyGrantsColumns, 1, "grants of key", true};
const RowTable kHead{"head", kHeadColumns, 1, "head"};

std::span<const RowTable* const> sealed_tables() noexcept {
  static constexpr std::array<const RowTable*, 8> kTables{&kKeys,     &kCopies,     &kCredentials, &kCredentialVersions,
                                                          &kSettings, &kPublicKeys, &kFallbacks,   &kKeyGrants};
  return kTables;
}

void append_number(Bytes& out, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(number >> shift));
}

void append_text(Bytes& out, std::string_view text) { append_sized(out, kText, as_bytes(text)); }

void append_value(Bytes& out, const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    out.push_back(kInteger);
    append_number(out, static_cast<std::uint64_t>(*number));
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    append_text(out, *text);
  } else if (const auto* bytes = std::get_if<Bytes>(&value)) {
    append_sized(out, kBlob, *bytes);
  } else {
    out.push_back(kNull);
  }
}

Bytes canonical_row(const RowTable& table, const SealedRow& row) {
  Bytes out{0x01};
  append_text(out, "custos-row-v1");
  append_text(out, table.name);
  append_value(out, row.row_version);
  append_text(out, row.seal_alg);
  append_text(out, row.seal_key_id);
  for (const auto& value : row.values) append_value(out, value);
  return out;
}

std::string select_sql(const RowTable& table, std::string_view rest) {
  return "SELECT " + join(table.columns) + ", " + std::string(kSealColumns) + " FROM " + std::string(table.name) + " " +
         std::string(rest);
}

std::string upsert_sql(const RowTable& table) {
  std::string marks;
  for (std::size_t i = 0; i < table.columns.size() + kSealColumnCount; ++i) marks += i == 0 ? "?" : ", ?";
  std::string updates;
  for (const auto column : table.columns.subspan(table.key_columns))
    updates += std::string(column) + " = excluded." + std::string(column) + ", ";
  return "INSERT INTO " + std::string(table.name) + " (" + join(table.columns) + ", " + std::string(kSealColumns) + ") VALUES (" +
         marks + ") ON CONFLICT (" + join(table.columns.first(table.key_columns)) + ") DO UPDATE SET " + updates +
         "row_version = excluded.row_version, seal_alg = excluded.seal_alg, seal_key_id = excluded.seal_key_id, seal = "
         "excluded.seal";
}

Result<SealedRow> read_sealed(const RowTable& table, const Statement& statement) {
  SealedRow row;
  row.values = statement.row(table.columns.size());
  Values seal;
  for (std::size_t i = 0; i < kSealColumnCount; ++i) seal.push_back(statement.column(static_cast<int>(table.columns.size() + i)));
  const auto* version = std::get_if<std::int64_t>(&seal[0]);
  const auto* algorithm = std::get_if<std::string>(&seal[1]);
  const auto* key = std::get_if<std::string>(&seal[2]);
  const auto* bytes = std::get_if<Bytes>(&seal[3]);
  if (version == nullptr || algorithm == nullptr || key == nullptr || bytes == nullptr) {
    return fail(Errc::integrity, Origin::registry,
                "registry.db: a row of " + std::string(table.name) + " has no seal: restore it from a backup");
  }
  row.row_version = *version;
  row.seal_alg = *algorithm;
  row.seal_key_id = *key;
  row.seal = *bytes;
  return row;
}

Values bindings(const SealedRow& row) {
  Values values = row.values;
  values.emplace_back(row.row_version);
  values.emplace_back(row.seal_alg);
  values.emplace_back(row.seal_key_id);
  values.emplace_back(row.seal);
  return values;
}

Values to_values(const KeyRow& row) {
  return {row.id,
          row.name,
          row.token,
          std::int64_t{row.version},
          row.algorithm,
          row.purpose,
          row.origin,
          row.state,
          row.recoverability,
          blob(row.check_salt),
          blob(row.check_value),
          row.created_ms,
          optional_value(row.destroyed_ms)};
}

Values to_values(const CopyRow& row) { return {row.key_id, row.token, row.uri, row.custody, row.created_ms}; }

Values to_values(const PublicKeyRow& row) { return {row.key_id, row.spki}; }

Values to_values(const FallbackRow& row) { return {row.credential_id, row.key_id, row.limit_ms, row.created_ms}; }

Values to_values(const KeyGrantsRow& row) { return {row.key_id, row.grants}; }

Values to_values(const CredentialRow& row) {
  return {row.id,     row.label,       row.owner,
          row.venue,  row.environment, row.subaccount,
          row.status, row.reason,      std::int64_t{row.is_active ? 1 : 0},
          row.grants, row.hosts,       row.created_ms};
}

Values to_values(const CredentialVersionRow& row) {
  return {row.credential_id, std::int64_t{row.n},         row.api_key, row.key_id, row.passphrase_ref, row.role,
          row.from_ms,       optional_value(row.until_ms)};
}

Result<KeyRow> key_row(const Values& values) {
  Taker take(values);
  KeyRow row;
  row.id = take.text();
  row.name = take.text();
  row.token = take.text();
  row.version = take.small();
  row.algorithm = take.text();
  row.purpose = take.text();
  row.origin = take.text();
  row.state = take.text();
  row.recoverability = take.text();
  row.check_salt = take.bytes<32>();
  row.check_value = take.bytes<16>();
  row.created_ms = take.integer();
  row.destroyed_ms = take.optional_integer();
  return take.finish(std::move(row), kKeys);
}

Result<CopyRow> copy_row(const Values& values) {
  Taker take(values);
  CopyRow row;
  row.key_id = take.text();
  row.token = take.text();
  row.uri = take.text();
  row.custody = take.text();
  row.created_ms = take.integer();
  return take.finish(std::move(row), kCopies);
}

Result<PublicKeyRow> public_key_row(const Values& values) {
  Taker take(values);
  PublicKeyRow row;
  row.key_id = take.text();
  row.spki = take.any_bytes();
  return take.finish(std::move(row), kPublicKeys);
}

Result<FallbackRow> fallback_row(const Values& values) {
  Taker take(values);
  FallbackRow row;
  row.credential_id = take.text();
  row.key_id = take.text();
  row.limit_ms = take.integer();
  row.created_ms = take.integer();
  return take.finish(std::move(row), kFallbacks);
}

Result<KeyGrantsRow> key_grants_row(const Values& values) {
  Taker take(values);
  KeyGrantsRow row;
  row.key_id = take.text();
  row.grants = take.text();
  return take.finish(std::move(row), kKeyGrants);
}

Result<CredentialRow> credential_row(const Values& values) {
  Taker take(values);
  CredentialRow row;
  row.id = take.text();
  row.label = take.text();
  row.owner = take.text();
  row.venue = take.text();
  row.environment = take.text();
  row.subaccount = take.text();
  row.status = take.text();
  row.reason = take.text();
  row.is_active = take.integer() == 1;
  row.grants = take.text();
  row.hosts = take.text();
  row.created_ms = take.integer();
  return take.finish(std::move(row), kCredentials);
}

Result<CredentialVersionRow> credential_version_row(const Values& values) {
  Taker take(values);
  CredentialVersionRow row;
  row.credential_id = take.text();
  row.n = take.small();
  row.api_key = take.text();
  row.key_id = take.text();
  row.passphrase_ref = take.text();
  row.role = take.text();
  row.from_ms = take.integer();
  row.until_ms = take.optional_integer();
  return take.finish(std::move(row), kCredentialVersions);
}

}  // namespace custos::registry
