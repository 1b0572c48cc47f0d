#include "exchange/operation_index.h"

#include <algorithm>
#include <cstdlib>

namespace custos::exchange {
namespace {

// for_each_word visits the words of a list that is separated by spaces.
template <class Visit>
void for_each_word(std::string_view list, Visit visit) noexcept {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(' '), list.size());
    if (end != 0) visit(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
}

// kSegmentCharacters may stand where a pattern has "{}": names and numbers, and what joins several of them.
constexpr auto kSegmentCharacters = [] {
  std::array<bool, 256> table{};
  for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:,@")) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}();

// is_covered says that a request's signature covers its path, so that its bytes lead to no other row; so with messages.
bool is_covered(const Venue& venue, const Operation& operation) noexcept {
  if (operation.method == "WS" || operation.method == "FIX") return true;
  for (const Scheme& scheme : venue.schemes) {
    if (scheme.kind == RequestKind::rest && operation.path.starts_with(scheme.select)) return scheme.binding.path;
  }
  return false;
}

}  // namespace

OperationIndex::OperationIndex(const Venue& venue) noexcept {
  const std::span<const Collision> collisions = venue.collisions;
  slots_.fill(kNoRow);
  first_pattern_.fill(kNoRow);
  NameSet everywhere;
  for_each_word(venue.universal, [&](std::string_view name) { everywhere.add(names_.add(name)); });

  std::uint32_t listed = 0;
  for (const auto& operation : venue.operations) {
    std::int8_t collision = -1;
    for (std::size_t i = 0; i < collisions.size(); ++i) {
      if (collisions[i].method != operation.method || collisions[i].path != operation.path) continue;
      collision = static_cast<std::int8_t>(i);
      listed |= 1U << i;
    }
    add_row(operation, collision);
    if (!is_covered(venue, operation)) add_demand(operation, collision);
  }
  if (collisions.size() > Draft::kMaxWarnings || listed != (1U << collisions.size()) - 1) std::abort();
  add_warnings(collisions);

  for (std::size_t i = 0; i < row_count_; ++i) rows_[i].allowed.add(everywhere);
  names_.link_suffixes();
  drop_implied_demands();
  sort_demands();
}

const OperationIndex::Row* OperationIndex::find(std::string_view method, std::string_view path) const noexcept {
  const Row* const row = find_exact(method, path, NameTable::hash(path));
  return row != nullptr ? row : find_pattern(method, path, segments_of(path));
}

facts::ClassSet OperationIndex::classes_of_path(std::string_view path) const noexcept {
  const std::size_t hash = NameTable::hash(path);
  const std::size_t segments = segments_of(path);
  facts::ClassSet classes;
  for (const std::string_view method : {"GET", "POST", "PUT", "DELETE", "PATCH"}) {
    const Row* row = find_exact(method, path, hash);
    if (row == nullptr) row = find_pattern(method, path, segments);
    if (row != nullptr) classes.add(row->operation->operation_class);
  }
  return classes;
}

const OperationIndex::Row* OperationIndex::find_exact(std::string_view method, std::string_view path,
                                                      std::size_t path_hash) const noexcept {
  for (std::size_t place = slot(method, path_hash); slots_[place] != kNoRow; place = (place + 1) % kSlots) {
    const Row& row = rows_[slots_[place]];
    if (!row.pattern && row.operation->path == path && row.operation->method == method) return &row;
  }
  return nullptr;
}

const OperationIndex::Row* OperationIndex::find_pattern(std::string_view method, std::string_view path,
                                                        std::size_t segments) const noexcept {
  for (std::uint16_t i = first_pattern_[shape(method, segments)]; i != kNoRow; i = next_pattern_[i]) {
    const Operation& operation = *rows_[i].operation;
    if (operation.method == method && matches_path(operation.path, path)) return &rows_[i];
  }
  return nullptr;
}

std::size_t OperationIndex::segments_of(std::string_view path) noexcept {
  return static_cast<std::size_t>(std::count(path.begin(), path.end(), '/'));
}

OperationIndex::Reach OperationIndex::reach(const NameSet& names) const noexcept {
  Reach found = always_;
  names.common(first_names_).for_each([&](NameId name) {
    for (std::size_t i = first_demand_[name]; i < first_demand_[name + 1U]; ++i) {
      const Demand& demand = demands_[i];
      std::size_t met = 1;
      while (met < demand.count && names.has(demand.names[met])) ++met;
      if (met >= demand.count) found.add(demand.consequence);
    }
  });
  return found;
}

void OperationIndex::warn_of(std::uint32_t collisions, const Row* own, Draft& draft) const noexcept {
  if (own != nullptr && own->collision >= 0) collisions &= ~(1U << own->collision);
  for (const Warning& warning : std::span(warnings_).first(warning_count_)) {
    if ((warning.collisions & collisions) != 0) draft.warnings[draft.warning_count++] = warning.reason;
  }
}

void OperationIndex::add_warnings(std::span<const Collision> collisions) noexcept {
  for (std::size_t i = 0; i < collisions.size(); ++i) {
    std::size_t place = 0;
    while (place < warning_count_ && warnings_[place].reason != collisions[i].reason) ++place;
    if (place == warning_count_) warnings_[warning_count_++].reason = collisions[i].reason;
    warnings_[place].collisions |= 1U << i;
  }
}

void OperationIndex::add_row(const Operation& operation, std::int8_t collision) noexcept {
  std::size_t place = slot(operation.method, NameTable::hash(operation.path));
  for (; slots_[place] != kNoRow; place = (place + 1) % kSlots) {
    const Operation& other = *rows_[slots_[place]].operation;
    if (other.method == operation.method && other.path == operation.path) break;
  }
  if (slots_[place] == kNoRow) {
    if (row_count_ == kMaxRows) std::abort();
    rows_[row_count_].operation = &operation;
    rows_[row_count_].collision = collision;
    add_text(rows_[row_count_]);
    rows_[row_count_].pattern = operation.path.find('{') != std::string_view::npos;
    if (rows_[row_count_].pattern) add_pattern(row_count_);
    slots_[place] = static_cast<std::uint16_t>(row_count_++);
  }
  Row& row = rows_[slots_[place]];
  if (row.operation->operation_class != operation.operation_class) std::abort();
  for_each_word(operation.required, [&](std::string_view name) { row.allowed.add(names_.add(name)); });
  for_each_word(operation.optional, [&](std::string_view name) { row.allowed.add(names_.add(name)); });
}

void OperationIndex::add_text(Row& row) noexcept {
  BoundedWriter out(std::span<char>(texts_).subspan(texts_size_));
  append_operation(row.operation->method, row.operation->path, row.operation->operation_class, out);
  if (out.overflowed()) std::abort();
  row.text = out.written();
  texts_size_ += row.text.size();
}

void OperationIndex::add_pattern(std::size_t row) noexcept {
  const Operation& operation = *rows_[row].operation;
  std::uint16_t* link = &first_pattern_[shape(operation.method, segments_of(operation.path))];
  while (*link != kNoRow) link = &next_pattern_[*link];
  *link = static_cast<std::uint16_t>(row);
  next_pattern_[row] = kNoRow;
}

void OperationIndex::add_demand(const Operation& operation, std::int8_t collision) noexcept {
  if (demand_count_ == kMaxRows) std::abort();
  Demand& demand = demands_[demand_count_++];
  if (collision < 0) {
    demand.consequence.classes.add(operation.operation_class);
  } else {
    demand.consequence.collisions = 1U << collision;
  }
  for_each_word(operation.required, [&](std::string_view name) {
    if (demand.count == kMaxRequired) std::abort();
    demand.names[demand.count++] = names_.add(name);
  });
}

// implies says that whatever meets `large` meets `small` too, with the same consequence.
bool OperationIndex::implies(const Demand& small, const Demand& large) noexcept {
  if (small.consequence != large.consequence) return false;
  const std::span in_large(large.names.data(), large.count);
  return std::all_of(small.names.begin(), small.names.begin() + small.count,
                     [&](NameId name) { return std::ranges::find(in_large, name) != in_large.end(); });
}

void OperationIndex::drop_implied_demands() noexcept {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < demand_count_; ++i) {
    bool implied = false;
    for (std::size_t k = 0; k < demand_count_ && !implied; ++k) {
      // Of two equal demands the later one goes.
      implied = k != i && implies(demands_[k], demands_[i]) && (k < i || !implies(demands_[i], demands_[k]));
    }
    // Demands before `kept` are final and those dropped are implied by one that stays, so overwriting loses nothing.
    if (!implied) std::swap(demands_[kept++], demands_[i]);
  }
  demand_count_ = kept;
}

void OperationIndex::sort_demands() noexcept {
  const std::span demands(demands_.data(), demand_count_);
  std::array<std::uint16_t, kMaxNames> uses{};
  for (const auto& demand : demands) {
    for (std::size_t i = 0; i < demand.count; ++i) ++uses[demand.names[i]];
  }
  for (auto& demand : demands) {
    std::sort(demand.names.begin(), demand.names.begin() + demand.count,
              [&](NameId a, NameId b) { return uses[a] != uses[b] ? uses[a] < uses[b] : a < b; });
  }
  const auto first_name = [](const Demand& demand) { return demand.count == 0 ? std::size_t{kMaxNames} : demand.names[0]; };
  std::ranges::sort(demands, {}, first_name);

  for (const auto& demand : demands) {
    if (demand.count != 0) first_names_.add(demand.names[0]);
  }
  std::size_t next = 0;
  for (std::size_t name = 0; name <= kMaxNames; ++name) {
    while (next < demand_count_ && first_name(demands[next]) < name) ++next;
    first_demand_[name] = static_cast<std::uint16_t>(next);
  }
  for (const auto& demand : demands.subspan(next)) always_.add(demand.consequence);
}

bool matches_path(std::string_view pattern, std::string_view path) noexcept {
  for (;;) {
    const std::size_t brace = std::min(pattern.find('{'), pattern.size());
    if (path.substr(0, brace) != pattern.substr(0, brace)) return false;
    pattern.remove_prefix(brace);
    path.remove_prefix(brace);
    if (pattern.empty()) return path.empty();
    std::size_t segment = 0;
    while (segment < path.size() && kSegmentCharacters[static_cast<unsigned char>(path[segment])]) ++segment;
    if (segment == 0) return false;
    pattern.remove_prefix(2);  // "{}"
    path.remove_prefix(segment);
  }
}

void append_operation(std::string_view method, std::string_view path, facts::OperationClass operation_class,
                      BoundedWriter& out) noexcept {
  out.append(method).append(' ').append(path).append(" (").append(to_string(operation_class)).append(')');
}

}  // namespace custos::exchange
