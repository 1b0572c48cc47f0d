// Protocol buffers written in the canonical form of Cosmos ADR-027, which ProtobufReader reads.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace custos::encode {

// ProtobufWriter writes the fields of one message; the caller gives them in the order of their numbers.
class ProtobufWriter {
 public:
  // integer, fixed32 and bytes leave out what is zero or empty, as proto3 does.
  void integer(std::uint32_t number, std::uint64_t value);
  void fixed32(std::uint32_t number, std::uint32_t value);
  void bytes(std::uint32_t number, std::string_view value);
  // element writes an element of a list, or a message, even when it is empty.
  void element(std::uint32_t number, std::string_view value);

  [[nodiscard]] const std::string& written() const& noexcept { return out_; }
  [[nodiscard]] std::string&& written() && noexcept { return std::move(out_); }

 private:
  void varint(std::uint64_t value);

  std::string out_;
};

}  // namespace custos::encode
