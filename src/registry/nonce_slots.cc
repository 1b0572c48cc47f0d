#include "registry/nonce_slots.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <limits>

namespace custos::registry {
namespace {

// The mark is kept between these, in seconds ahead of the clock and the counter. What was raised to it is not yet too far ahead
// of the clock to be signed (60 s).
constexpr std::uint64_t kMarkAhead = 30;
constexpr std::uint64_t kMarkLeast = 15;

std::uint64_t number_of(const Value& value) {
  const auto* number = std::get_if<std::int64_t>(&value);
  return number == nullptr || *number < 0 ? 0 : static_cast<std::uint64_t>(*number);
}

std::int64_t stored(std::uint64_t number) {
  return static_cast<std::int64_t>(std::min<std::uint64_t>(number, std::numeric_limits<std::int64_t>::max()));
}

}  // namespace

const std::string& boot_id() {
  static const std::string id = [] {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string line;
    std::getline(file, line);
    return line.empty() ? std::string("unknown") : line;
  }();
  return id;
}

Result<NonceSlot> NonceSlots::take(const std::string& credential_id, const NonceNeed& need) {
  auto row = find(credential_id);
  if (!row) return row.failure();
  const std::size_t slot = row->slot.slot;
  if (row->is_new) page_.reset_nonce(slot);  // it was another credential's, which may have counted in another unit
  const std::uint64_t last = page_.last_nonce(slot);
  const bool lost = !row->is_new && (last == 0 || row->boot != boot_id());
  // What was handed out is at most the mark, or a second ahead of the clock (src/custodian/nonces.h).
  page_.raise_nonce(slot, lost ? std::max(row->slot.mark, need.clock + need.per_second) : 1);  // from now on it is no new page

  const std::uint64_t base = std::max(page_.last_nonce(slot), need.clock);
  const bool fresh = !row->is_new && row->boot == boot_id() && row->slot.mark >= base + kMarkLeast * need.per_second;
  if (fresh) return row->slot;
  row->slot.mark = std::max(row->slot.mark, base + kMarkAhead * need.per_second);
  auto put = database_.run(
      "INSERT INTO nonce_slots (credential_id, slot, mark, boot) VALUES (?, ?, ?, ?) ON CONFLICT (credential_id) DO UPDATE SET "
      "mark = excluded.mark, boot = excluded.boot",
      {credential_id, static_cast<std::int64_t>(slot), stored(row->slot.mark), boot_id()});
  if (!put) return put.failure();
  wrote_ = true;
  return row->slot;
}

Result<NonceSlots::Row> NonceSlots::find(const std::string& credential_id) {
  auto statement = database_.prepare("SELECT slot, mark, boot FROM nonce_slots WHERE credential_id = ?");
  if (!statement) return statement.failure();
  if (auto bound = statement->bind_all({credential_id}); !bound) return bound.failure();
  auto stepped = statement->step();
  if (!stepped) return stepped.failure();
  Row row;
  if (*stepped) {
    row.slot = {static_cast<std::size_t>(number_of(statement->column(0))), number_of(statement->column(1))};
    const Value boot = statement->column(2);
    if (const auto* text = std::get_if<std::string>(&boot)) row.boot = *text;
    if (row.slot.slot < ControlPage::kNonceSlots) return row;
    return fail(Errc::integrity, Origin::registry,
                "registry.db names a nonce slot that the control page has not: restore it from a backup");
  }
  auto slot = free_slot();
  if (!slot) return slot.failure();
  row.slot.slot = *slot;
  row.is_new = true;
  return row;
}

// free_slot prefers slots that nobody ever counted in: a signer of a removed credential may be about to count once more.
Result<std::size_t> NonceSlots::free_slot() {
  auto statement = database_.prepare("SELECT slot FROM nonce_slots");
  if (!statement) return statement.failure();
  std::array<bool, ControlPage::kNonceSlots> taken{};
  for (;;) {
    auto stepped = statement->step();
    if (!stepped) return stepped.failure();
    if (!*stepped) break;
    const std::uint64_t slot = number_of(statement->column(0));
    if (slot < taken.size()) taken.at(slot) = true;
  }
  std::size_t found = ControlPage::kNonceSlots;
  for (std::size_t slot = 0; slot < taken.size(); ++slot) {
    if (taken.at(slot)) continue;
    if (page_.last_nonce(slot) == 0) return slot;
    if (found == ControlPage::kNonceSlots) found = slot;
  }
  if (found < ControlPage::kNonceSlots) return found;
  return fail(Errc::system, Origin::registry,
              "all " + std::to_string(ControlPage::kNonceSlots) +
                  " nonce counters of this home are taken: remove credentials that are no longer used, or add a second home");
}

}  // namespace custos::registry
