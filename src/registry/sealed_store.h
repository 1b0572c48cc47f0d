// SealedStore: the sealed rows, the event chain and the head over one database connection. It knows seals; Registry knows
// transactions, the mirror and the epoch.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registry/database.h"
#include "registry/row_table.h"
#include "registry/seal.h"

namespace custos::registry {

// SealedStore works inside the caller's transaction. Not thread-safe.
class SealedStore {
 public:
  SealedStore(Database& database, RowSealer& sealer) : database_(database), sealer_(sealer) {}

  // rows answers the verified rows of a table that match `rest`, a WHERE or ORDER clause with `?` for each of `values`.
  // Errors: integrity, naming the row whose seal does not fit.
  [[nodiscard]] Result<std::vector<Values>> rows(const RowTable& table, std::string_view rest, const Values& values);
  [[nodiscard]] Result<std::optional<Values>> row(const RowTable& table, std::string_view rest, const Values& values);

  // put seals a row, with a row_version above the standing one, and writes it.
  Result<void> put(const RowTable& table, Values values);

  // append_event chains an event to the last one.
  Result<void> append_event(std::int64_t at_ms, std::string_view actor, std::string_view action, std::string_view object,
                            std::string_view before, std::string_view after);
  // verify_rows proves the seal of every row; verify_events walks the whole chain of events, which needs no seal. Errors:
  // integrity, naming the row or event.
  [[nodiscard]] Result<void> verify_rows();
  [[nodiscard]] static Result<void> verify_events(Database& database);
  // reseal_rows seals every row anew, whatever its seal.
  Result<void> reseal_rows();
  // is_empty tells whether there is no sealed row and no event.
  [[nodiscard]] Result<bool> is_empty();

  // head answers the recorded head, its seal verified; a registry that never changed has head 0 with a hash of zeros.
  [[nodiscard]] Result<Head> head();
  // computed_hash commits to every sealed row with its seal, in the order of their keys, and to the last event.
  [[nodiscard]] Result<Digest32> computed_hash();
  // unverified_counter answers the head's counter without proof, 0 when there is no head.
  [[nodiscard]] static Result<std::uint64_t> unverified_counter(Database& database);
  // advance_head writes the head after the current rows and answers it.
  Result<Head> advance_head(const Head& before);

 private:
  Result<void> verify(const RowTable& table, const SealedRow& row);
  Result<Digest32> last_event_hash(std::int64_t& last_seq);

  Database& database_;
  RowSealer& sealer_;
};

}  // namespace custos::registry
