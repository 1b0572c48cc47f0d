// Protocol buffers read strictly, so that no two readers read different things: https://protobuf.dev/programming-guides/encoding
// in the canonical form of Cosmos ADR-027.
#pragma once

#include <cstdint>
#include <string_view>

namespace custos::exchange {

// ProtobufReader goes through a message's fields:  while (reader.next()) use(reader.number(), ...);  and malformed() tells then
// whether all of it was read. Malformed are: a field before one of a lower number, a number longer than need be, a written zero,
// fixed-size fields and groups (the messages that are read here have none), and whatever is cut off.
class ProtobufReader {
 public:
  explicit ProtobufReader(std::string_view message) noexcept : rest_(message) {}

  bool next() noexcept;
  [[nodiscard]] bool malformed() const noexcept { return malformed_; }

  [[nodiscard]] std::uint32_t number() const noexcept { return number_; }
  // repeated says that the field before had the same number: who wants one of it refuses that.
  [[nodiscard]] bool repeated() const noexcept { return repeated_; }
  // is_integer tells the two kinds of field apart; bytes are those of a text, bytes or a message.
  [[nodiscard]] bool is_integer() const noexcept { return is_integer_; }
  [[nodiscard]] std::uint64_t integer() const noexcept { return integer_; }
  [[nodiscard]] std::string_view bytes() const noexcept { return bytes_; }

 private:
  bool fail() noexcept;
  bool read_varint(std::uint64_t& value) noexcept;

  std::string_view rest_, bytes_;
  std::uint32_t number_ = 0;
  std::uint64_t integer_ = 0;
  bool is_integer_ = false;
  bool repeated_ = false;
  bool malformed_ = false;
};

}  // namespace custos::exchange
