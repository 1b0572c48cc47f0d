// Protocol buffers read strictly, so that no two readers read different things: https://protobuf.dev/programming-guides/encoding
// in the canonical form of Cosmos ADR-027.
#pragma once

#include <cstdint>
#include <string_view>

namespace custos::encode {

// WireType is how a field is written; groups, 3 and 4, are never read.
enum class WireType : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

// ProtobufReader goes through a message's fields:  while (reader.next()) use(reader.number(), ...);  and malformed() tells then
// whether all of it was read. Malformed are: a field before one of a lower number, a number longer than need be, a written zero,
// groups, fixed-size fields unless with_fixed_fields reads, and whatever is cut off.
class ProtobufReader {
 public:
  explicit ProtobufReader(std::string_view message) noexcept : rest_(message) {}
  // with_fixed_fields reads also fields of 32 and 64 bits: wire_type tells them from bytes, integer has their value.
  [[nodiscard]] static ProtobufReader with_fixed_fields(std::string_view message) noexcept;
  // in_any_order reads also what some writers write: fields in the order of their declaration, and zeros. Who uses it sees to it
  // that no field stands twice.
  [[nodiscard]] static ProtobufReader in_any_order(std::string_view message) noexcept;

  bool next() noexcept;
  [[nodiscard]] bool malformed() const noexcept { return malformed_; }

  [[nodiscard]] std::uint32_t number() const noexcept { return number_; }
  // repeated says that the field before had the same number: who wants one of it refuses that.
  [[nodiscard]] bool repeated() const noexcept { return repeated_; }
  [[nodiscard]] WireType wire_type() const noexcept { return type_; }
  // is_integer tells a varint; bytes are those of a text, bytes or a message.
  [[nodiscard]] bool is_integer() const noexcept { return type_ == WireType::varint; }
  [[nodiscard]] std::uint64_t integer() const noexcept { return integer_; }
  [[nodiscard]] std::string_view bytes() const noexcept { return bytes_; }

 private:
  bool fail() noexcept;
  bool read_varint(std::uint64_t& value) noexcept;
  bool read_fixed(std::size_t size) noexcept;
  bool read_bytes() noexcept;

  std::string_view rest_, bytes_;
  std::uint32_t number_ = 0;
  std::uint64_t integer_ = 0;
  WireType type_ = WireType::varint;
  bool fixed_fields_ = false;
  bool any_order_ = false;
  bool repeated_ = false;
  bool malformed_ = false;
};

// is_well_formed says that a message of a type that is not known reads to its end, in any order.
[[nodiscard]] bool is_well_formed(std::string_view message) noexcept;

}  // namespace custos::encode
