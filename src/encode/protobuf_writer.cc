#include "encode/protobuf_writer.h"

#include "encode/protobuf_reader.h"

namespace custos::encode {
namespace {

constexpr std::uint64_t tag(std::uint32_t number, WireType type) noexcept {
  return std::uint64_t{number} << 3U | static_cast<std::uint64_t>(type);
}

}  // namespace

void ProtobufWriter::varint(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7U) out_ += static_cast<char>(value | 0x80U);
  out_ += static_cast<char>(value);
}

void ProtobufWriter::integer(std::uint32_t number, std::uint64_t value) {
  if (value == 0) return;
  varint(tag(number, WireType::varint));
  varint(value);
}

void ProtobufWriter::fixed32(std::uint32_t number, std::uint32_t value) {
  if (value == 0) return;
  varint(tag(number, WireType::fixed32));
  for (unsigned shift = 0; shift < 32; shift += 8) out_ += static_cast<char>(value >> shift);
}

void ProtobufWriter::bytes(std::uint32_t number, std::string_view value) {
  if (!value.empty()) element(number, value);
}

void ProtobufWriter::element(std::uint32_t number, std::string_view value) {
  varint(tag(number, WireType::bytes));
  varint(value.size());
  out_ += value;
}

}  // namespace custos::encode
