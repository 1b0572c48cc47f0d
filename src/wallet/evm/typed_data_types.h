// The types of typed data (EIP-712, "Definition of typed structured data"): structs, their members, and encodeType.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "custos/result.h"
#include "wallet/json_input.h"

namespace custos::wallet::ethereum {

inline constexpr std::string_view kDomainType = "EIP712Domain";

// refuse_typed_data makes the one line of a refusal: "typed data: WHERE: WHAT".
[[nodiscard]] Unexpected refuse_typed_data(std::string_view where, std::string_view what);
// shown is foreign text for such a line, quoted, and cut where it is long.
[[nodiscard]] std::string shown(std::string_view text);

// MemberType is the type of a struct's member, read out of its text.
struct MemberType {
  enum class Kind : std::uint8_t { boolean, address, string, bytes, fixed_bytes, uint, sint, structure };
  // Length of an array's dimension; absent: any.
  using Length = std::optional<std::size_t>;

  Kind kind = Kind::uint;
  unsigned size = 256;         // of fixed_bytes in bytes, of numbers in bits
  std::size_t structure = 0;   // index in the table
  std::vector<Length> arrays;  // the innermost first, as they stand in the text
};

struct TypeMember {
  std::string name, type;  // as they stand
  MemberType read;
};

struct StructType {
  std::string name;
  std::vector<TypeMember> members;
};

// TypeTable holds the structs of one message. Immutable.
class TypeTable {
 public:
  // read reads the member `types`. All of it must be whole, also what no message uses: names are identifiers (a struct's may have
  // ":", as Hyperliquid's have), no member stands twice, every type is there, and none holds itself but through an array of any
  // length. At most 128 structs of 1,024 members and 64 KiB. Errors: bad_input.
  [[nodiscard]] static Result<TypeTable> read(const Json& types);

  [[nodiscard]] std::optional<std::size_t> find(std::string_view name) const;
  [[nodiscard]] const StructType& at(std::size_t index) const { return structs_[index]; }
  [[nodiscard]] std::size_t size() const { return structs_.size(); }
  // encode_type is the struct's text, followed by that of all that it refers to, in the order of their names.
  [[nodiscard]] std::string encode_type(std::size_t index) const;

 private:
  [[nodiscard]] Result<void> read_struct(const std::string& name, const Json& members);
  [[nodiscard]] Result<void> resolve();
  [[nodiscard]] Result<void> check_finite() const;

  std::vector<StructType> structs_;  // in the order of their names
};

}  // namespace custos::wallet::ethereum
