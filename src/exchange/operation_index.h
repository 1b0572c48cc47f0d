// OperationIndex: a venue's allow-list made quick to ask. It is built once and allocates nothing, then or later.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/writer.h"
#include "exchange/name_table.h"
#include "exchange/venue.h"
#include "facts/operation_class.h"

namespace custos::exchange {

// OperationIndex answers which operation a method and path name, and what else the same parameters would do elsewhere.
class OperationIndex {
 public:
  // Row is one method and path. A venue that accepts alternatives ("orderId or origClientOrderId") lists the row once for each;
  // `allowed` is then their union.
  struct Row {
    const Operation* operation = nullptr;
    std::string_view text;  // "POST /api/v3/order (trade)"
    NameSet allowed;
    bool pattern = false;        // its path has "{}"; `text` then names the pattern
    std::int8_t collision = -1;  // its place in the list of collisions, or -1
  };

  // Reach is what a set of parameter names does at a venue that signs neither method nor path.
  struct Reach {
    facts::ClassSet classes;       // of every row whose required names are all there, less the listed collisions
    std::uint32_t collisions = 0;  // which listed collisions were met, as bits in the order of the list

    void add(const Reach& other) noexcept {
      classes.add(other.classes);
      collisions |= other.collisions;
    }
    friend bool operator==(const Reach&, const Reach&) noexcept = default;
  };

  // The parameters that every request may have get the first numbers, in the venue's order.
  // A table that exceeds the fixed capacities, or a collision that names no row, aborts.
  explicit OperationIndex(const Venue& venue) noexcept;

  // find prefers an exact path to a pattern; of two patterns the one that stands first.
  [[nodiscard]] const Row* find(std::string_view method, std::string_view path) const noexcept;
  // classes_of_path are those of the rows that `path` has under any method of REST.
  [[nodiscard]] facts::ClassSet classes_of_path(std::string_view path) const noexcept;
  [[nodiscard]] std::span<const Row> rows() const noexcept { return std::span(rows_).first(row_count_); }
  [[nodiscard]] const NameTable& names() const noexcept { return names_; }
  [[nodiscard]] Reach reach(const NameSet& names) const noexcept;

  // warn_of adds the reasons of the collisions that were met to the draft's warnings, each once, but for those of `own`, the
  // request's row.
  void warn_of(std::uint32_t collisions, const Row* own, Draft& draft) const noexcept;

 private:
  static constexpr std::size_t kMaxRows = 1024;
  static constexpr std::size_t kSlots = 4096;
  static constexpr std::size_t kShapes = 64;
  static constexpr std::size_t kMaxRequired = 16;
  static constexpr std::size_t kTextCapacity = 64 * 1024;
  static constexpr std::uint16_t kNoRow = 0xFFFF;

  // Demand is one distinct set of required names, and what meeting it means.
  struct Demand {
    std::array<NameId, kMaxRequired> names;  // the rarest first
    std::uint8_t count = 0;
    Reach consequence;  // one class, or one listed collision
  };

  // Warning is a reason why collisions are let pass, and which ones.
  struct Warning {
    std::string_view reason;
    std::uint32_t collisions = 0;  // bits in the order of the list
  };

  void add_row(const Operation& operation, std::int8_t collision) noexcept;
  void add_text(Row& row) noexcept;
  void add_pattern(std::size_t row) noexcept;
  void add_warnings(std::span<const Collision> collisions) noexcept;
  void add_demand(const Operation& operation, std::int8_t collision) noexcept;
  void drop_implied_demands() noexcept;
  void sort_demands() noexcept;
  static bool implies(const Demand& small, const Demand& large) noexcept;
  // A path is hashed and its segments are counted once, also where it is looked up under several methods.
  static std::size_t segments_of(std::string_view path) noexcept;
  static std::size_t slot(std::string_view method, std::size_t path_hash) noexcept {
    return (path_hash * 31 + NameTable::hash(method)) % kSlots;
  }
  // shape is equal for a pattern and all that it names.
  static std::size_t shape(std::string_view method, std::size_t segments) noexcept {
    return (segments * 8 + method.size()) % kShapes;
  }
  [[nodiscard]] const Row* find_exact(std::string_view method, std::string_view path, std::size_t path_hash) const noexcept;
  [[nodiscard]] const Row* find_pattern(std::string_view method, std::string_view path, std::size_t segments) const noexcept;

  NameTable names_;
  std::array<Warning, Draft::kMaxWarnings> warnings_;  // one for each reason
  std::size_t warning_count_ = 0;
  std::array<Row, kMaxRows> rows_;
  std::size_t row_count_ = 0;
  std::array<std::uint16_t, kShapes> first_pattern_;  // of each shape: rows whose path has "{}"
  std::array<std::uint16_t, kMaxRows> next_pattern_;  // of each such row: the next of its shape, in order
  std::array<char, kTextCapacity> texts_;             // of all rows, one behind the other
  std::size_t texts_size_ = 0;
  std::array<std::uint16_t, kSlots> slots_;
  std::array<Demand, kMaxRows> demands_;  // sorted by their first name
  std::size_t demand_count_ = 0;
  std::array<std::uint16_t, kMaxNames + 1> first_demand_{};  // of each name; those without names come after the last
  NameSet first_names_;                                      // of all demands
  Reach always_;                                             // met by every request
};

// matches_path says that `path` is what `pattern` names, where "{}" stands for one or more letters, digits and -._~:,@.
[[nodiscard]] bool matches_path(std::string_view pattern, std::string_view path) noexcept;

// append_operation writes an operation as people read it: "POST /api/v3/order (trade)".
void append_operation(std::string_view method, std::string_view path, facts::OperationClass operation_class,
                      BoundedWriter& out) noexcept;

}  // namespace custos::exchange
