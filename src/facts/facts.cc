#include "facts/facts.h"

#include <string>

#include "hash/hash.h"

namespace custos::facts {
namespace {

// Encoding collects fields, each behind its length, so that no two lists of fields give the same bytes.
class Encoding {
 public:
  void field(std::string_view value) {
    number(static_cast<std::uint32_t>(value.size()), 4);
    bytes_.append(value);
  }
  // integer is a field of `width` bytes, big-endian.
  void integer(std::uint64_t value, std::size_t width) {
    number(width, 4);
    number(value, width);
  }
  [[nodiscard]] std::string_view bytes() const noexcept { return bytes_; }

 private:
  void number(std::uint64_t value, std::size_t width) {
    for (std::size_t i = width; i-- > 0;) bytes_.push_back(static_cast<char>(value >> (8 * i) & 0xFF));
  }
  std::string bytes_;
};

}  // namespace

Digest32 intent_digest(const Facts& facts) {
  Encoding encoding;
  encoding.field("custos-facts-v2");
  encoding.integer(static_cast<std::uint64_t>(facts.kind), 1);
  encoding.field(facts.venue);
  encoding.field(facts.environment);
  encoding.field(facts.credential);
  encoding.field(facts.host);
  encoding.field(facts.method);
  encoding.field(facts.path);
  encoding.integer(facts.params.size(), 4);
  for (const auto& [name, value] : facts.params) {
    encoding.field(name);
    encoding.field(value);
  }
  encoding.field(facts.body);
  encoding.integer(static_cast<std::uint64_t>(facts.timestamp_ms), 8);
  encoding.integer(static_cast<std::uint64_t>(facts.operation_class), 1);
  encoding.integer(facts.reachable.bits(), 1);
  return hash::sha256(as_bytes(encoding.bytes()));
}

}  // namespace custos::facts
