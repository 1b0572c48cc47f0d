// OperationIndex: a venue's allow-list made quick to ask. It is built once and allocates nothing, then or later.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

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
    NameSet allowed;
    std::int8_t collision = -1;  // its place in the list of collisions, or -1
  };

  // Reach is what a set of parameter names does at a venue that signs neither method nor path.
  struct Reach {
    facts::ClassSet classes;       // of every row whose required names are all there, less the listed collisions
    std::uint32_t collisions = 0;  // which listed collisions were met, as bits in the order of the list
  };

  // `universal` names the parameters that every request may have, separated by spaces; they get the first numbers.
  // A table that exceeds the fixed capacities, or a collision that names no row, aborts.
  OperationIndex(std::span<const Operation> operations, std::span<const Collision> collisions,
                 std::string_view universal) noexcept;

  [[nodiscard]] const Row* find(std::string_view method, std::string_view path) const noexcept;
  [[nodiscard]] const NameTable& names() const noexcept { return names_; }
  [[nodiscard]] Reach reach(const NameSet& names) const noexcept;

  // warn_of adds the reasons of the collisions that were met to the draft's warnings, each once, but for those of `own`, the
  // request's row.
  void warn_of(std::uint32_t collisions, const Row* own, Draft& draft) const noexcept;

 private:
  static constexpr std::size_t kMaxRows = 1024;
  static constexpr std::size_t kSlots = 4096;
  static constexpr std::size_t kMaxRequired = 16;
  static constexpr std::uint16_t kNoRow = 0xFFFF;

  // Demand is one distinct set of required names, and what meeting it means.
  struct Demand {
    std::array<NameId, kMaxRequired> names;  // the rarest first
    std::uint8_t count = 0;
    std::int8_t collision = -1;  // its place in the list, or -1
    facts::OperationClass operation_class = facts::OperationClass::unknown;
  };

  void add_row(const Operation& operation, std::int8_t collision) noexcept;
  void add_reasons(std::span<const Collision> collisions) noexcept;
  void add_demand(const Operation& operation, std::int8_t collision) noexcept;
  void drop_implied_demands() noexcept;
  void sort_demands() noexcept;
  static bool implies(const Demand& small, const Demand& large) noexcept;
  static std::size_t hash(std::string_view method, std::string_view path) noexcept {
    return NameTable::hash(path) * 31 + NameTable::hash(method);
  }

  NameTable names_;
  std::array<std::string_view, Draft::kMaxWarnings> reasons_;  // distinct
  std::array<std::uint8_t, Draft::kMaxWarnings> reason_of_{};  // each collision's place in reasons_
  std::array<Row, kMaxRows> rows_;
  std::size_t row_count_ = 0;
  std::array<std::uint16_t, kSlots> slots_;
  std::array<Demand, kMaxRows> demands_;  // sorted by their first name
  std::size_t demand_count_ = 0;
  std::array<std::uint16_t, kMaxNames + 1> first_demand_{};  // of each name; those without names come after the last
  Reach always_;                                             // met by every request
};

}  // namespace custos::exchange
