#include "registry/sealed_store.h"

#include <sodium.h>

#include <algorithm>
#include <array>

#include <utility>

#include "encode/quote.h"
#include "hash/hash.h"

namespace custos::registry {
namespace {

constexpr std::array<std::string_view, 8> kEventColumns{"seq",    "at_ms",  "actor", "action",
                                                        "object", "before", "after", "prev_hash"};
constexpr std::string_view kSelectEvents = "SELECT seq, at_ms, actor, action, object, before, after, prev_hash FROM events ";

// name_of names a row as a person knows it.
std::string name_of(const RowTable& table, const Values& values) {
  const bool labelled = &table == &kKeys || &table == &kCredentials;
  const auto* text = std::get_if<std::string>(&values.at(labelled ? 1 : 0));
  return std::string(table.noun) + (text == nullptr ? "" : " " + encode::quoted(text->substr(0, 80)));
}

Digest32 event_hash(const Values& event) {
  Bytes out{0x02};
  append_text(out, "custos-event-v1");
  for (const auto& value : event) append_value(out, value);
  return hash::sha256(ByteView(out));
}

Unexpected changed_outside(const std::string& what) {
  return fail(Errc::integrity, Origin::registry,
              what + " in registry.db was changed outside Custos: find out by whom, and restore the home from a backup");
}

}  // namespace

Result<void> SealedStore::verify(const RowTable& table, const SealedRow& row) {
  if (row.seal_alg == sealer_.algorithm() && row.seal_key_id == sealer_.key_id() && row.seal.size() == sizeof(Digest32)) {
    auto mac = sealer_.mac(canonical_row(table, row));
    if (!mac) return mac.failure();
    if (sodium_memcmp(mac->data(), row.seal.data(), mac->size()) == 0) return {};
  }
  return changed_outside("the row of " + name_of(table, row.values));
}

Result<std::vector<Values>> SealedStore::rows(const RowTable& table, std::string_view rest, const Values& values) {
  auto statement = database_.prepare(select_sql(table, rest));
  if (!statement) return statement.failure();
  if (auto bound = statement->bind_all(values); !bound) return bound.failure();
  std::vector<Values> found;
  for (;;) {
    auto stepped = statement->step();
    if (!stepped) return stepped.failure();
    if (!*stepped) return found;
    auto row = read_sealed(table, *statement);
    if (!row) return row.failure();
    if (auto verified = verify(table, *row); !verified) return verified.failure();
    found.push_back(std::move(row->values));
  }
}

Result<std::optional<Values>> SealedStore::row(const RowTable& table, std::string_view rest, const Values& values) {
  auto found = rows(table, rest, values);
  if (!found) return found.failure();
  if (found->empty()) return std::optional<Values>();
  return std::optional(std::move(found->front()));
}

Result<void> SealedStore::put(const RowTable& table, Values values) {
  std::string where = "WHERE ";
  for (std::size_t i = 0; i < table.key_columns; ++i) where += (i == 0 ? "" : " AND ") + std::string(table.columns[i]) + " = ?";
  auto standing = database_.prepare("SELECT row_version FROM " + std::string(table.name) + " " + where);
  if (!standing) return standing.failure();
  if (auto bound = standing->bind_all(Values(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(table.key_columns)));
      !bound)
    return bound;
  auto stepped = standing->step();
  if (!stepped) return stepped.failure();

  SealedRow row;
  row.values = std::move(values);
  row.row_version = 1;
  if (*stepped) {
    const Value version = standing->column(0);
    if (const auto* number = std::get_if<std::int64_t>(&version)) row.row_version = *number + 1;
  }
  row.seal_alg = sealer_.algorithm();
  row.seal_key_id = sealer_.key_id();
  auto mac = sealer_.mac(canonical_row(table, row));
  if (!mac) return mac.failure();
  row.seal.assign(mac->begin(), mac->end());
  return database_.run(upsert_sql(table), bindings(row));
}

Result<Digest32> SealedStore::last_event_hash(std::int64_t& last_seq) {
  auto last = database_.prepare(std::string(kSelectEvents) + "ORDER BY seq DESC LIMIT 1");
  if (!last) return last.failure();
  auto stepped = last->step();
  if (!stepped) return stepped.failure();
  if (!*stepped) {
    last_seq = 0;
    return Digest32{};
  }
  const Values event = last->row(kEventColumns.size());
  const auto* seq = std::get_if<std::int64_t>(&event.front());
  last_seq = seq == nullptr ? 0 : *seq;
  return event_hash(event);
}

Result<void> SealedStore::append_event(std::int64_t at_ms, std::string_view actor, std::string_view action,
                                       std::string_view object, std::string_view before, std::string_view after) {
  std::int64_t last_seq = 0;
  auto previous = last_event_hash(last_seq);
  if (!previous) return previous.failure();
  return database_.run(
      "INSERT INTO events (seq, at_ms, actor, action, object, before, after, prev_hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      {last_seq + 1, at_ms, std::string(actor), std::string(action), std::string(object), std::string(before), std::string(after),
       Bytes(previous->begin(), previous->end())});
}

Result<void> SealedStore::verify_rows() {
  for (const auto* table : sealed_tables()) {
    if (auto verified = rows(*table, "", {}); !verified) return verified.failure();
  }
  return {};
}

Result<bool> SealedStore::is_empty() {
  std::string any = "SELECT EXISTS (SELECT 1 FROM events)";
  for (const auto* table : sealed_tables()) any += " OR EXISTS (SELECT 1 FROM " + std::string(table->name) + ")";
  auto found = database_.integer(any);
  if (!found) return found.failure();
  return *found == 0;
}

Result<void> SealedStore::reseal_rows() {
  for (const auto* table : sealed_tables()) {
    std::vector<Values> standing;
    auto statement = database_.prepare(select_sql(*table, ""));
    if (!statement) return statement.failure();
    for (;;) {
      auto stepped = statement->step();
      if (!stepped) return stepped.failure();
      if (!*stepped) break;
      standing.push_back(statement->row(table->columns.size()));
    }
    for (auto& values : standing) {
      if (auto sealed = put(*table, std::move(values)); !sealed) return sealed;
    }
  }
  return {};
}

Result<void> SealedStore::verify_events(Database& database) {
  auto events = database.prepare(std::string(kSelectEvents) + "ORDER BY seq");
  if (!events) return events.failure();
  Digest32 previous{};
  for (std::int64_t seq = 1;; ++seq) {
    auto stepped = events->step();
    if (!stepped) return stepped.failure();
    if (!*stepped) return {};
    const Values event = events->row(kEventColumns.size());
    if (event.front() != Value(seq)) return changed_outside("the event " + std::to_string(seq));
    if (event.back() != Value(Bytes(previous.begin(), previous.end())))
      return changed_outside("the event " + std::to_string(seq - 1) + " or " + std::to_string(seq));
    previous = event_hash(event);
  }
}

Result<Head> SealedStore::head() {
  auto found = row(kHead, "WHERE id = ?", {std::int64_t{1}});
  if (!found) return found.failure();
  Head head;
  if (!found->has_value()) return head;
  const Values& values = **found;
  const auto* counter = std::get_if<std::int64_t>(&values[1]);
  const auto* hash = std::get_if<Bytes>(&values[2]);
  if (counter == nullptr || hash == nullptr || hash->size() != head.hash.size()) return changed_outside("the head");
  head.counter = static_cast<std::uint64_t>(*counter);
  std::ranges::copy(*hash, head.hash.begin());
  return head;
}

Result<std::uint64_t> SealedStore::unverified_counter(Database& database) {
  auto counter = database.integer("SELECT counter FROM head");
  if (!counter) return counter.failure();
  return static_cast<std::uint64_t>(*counter);
}

Result<Digest32> SealedStore::computed_hash() {
  Bytes out;
  append_text(out, "custos-head-v1");
  for (const auto* table : sealed_tables()) {
    bool named = !table->joined_later;
    if (named) append_text(out, table->name);
    std::string order = "ORDER BY ";
    for (std::size_t i = 0; i < table->key_columns; ++i) order += (i == 0 ? "" : ", ") + std::string(table->columns[i]);
    auto statement = database_.prepare(select_sql(*table, order));
    if (!statement) return statement.failure();
    for (;;) {
      auto stepped = statement->step();
      if (!stepped) return stepped.failure();
      if (!*stepped) break;
      if (!std::exchange(named, true)) append_text(out, table->name);
      for (const auto& value : statement->row(table->columns.size() + kSealColumnCount)) append_value(out, value);
    }
  }
  std::int64_t last_seq = 0;
  auto last_event = last_event_hash(last_seq);
  if (!last_event) return last_event.failure();
  append_value(out, last_seq);
  out.insert(out.end(), last_event->begin(), last_event->end());
  return hash::sha256(ByteView(out));
}

Result<Head> SealedStore::advance_head(const Head& before) {
  auto hash = computed_hash();
  if (!hash) return hash.failure();
  const Head head{before.counter + 1, *hash};
  auto put_head =
      put(kHead, {std::int64_t{1}, static_cast<std::int64_t>(head.counter), Bytes(head.hash.begin(), head.hash.end())});
  if (!put_head) return put_head.failure();
  return head;
}

}  // namespace custos::registry
