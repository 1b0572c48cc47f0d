#include "wallet/solana/fields.h"

#include <algorithm>

#include "encode/quote.h"
#include "encode/utf8.h"

namespace custos::wallet::sol {
namespace {

constexpr std::size_t kMaxSeed = 32;  // solana-address, MAX_SEED_LEN

// kAuthorities: solana-program/token-2022, interface/src/instruction.rs, AuthorityType.
constexpr auto kAuthorities = std::to_array<std::string_view>(
    {"MintTokens", "FreezeAccount", "AccountOwner", "CloseAccount", "TransferFeeConfig", "WithheldWithdraw", "CloseMint",
     "InterestRate", "PermanentDelegate", "ConfidentialTransferMint", "TransferHookProgramId", "ConfidentialTransferFeeConfig",
     "MetadataPointer", "GroupPointer", "GroupMemberPointer", "ScaledUiAmount", "Pause"});

class FieldReader {
 public:
  explicit FieldReader(ByteView data) : rest_(data) {}

  bool read(char letter) {
    switch (letter) {
      case 'k': return key();
      case 'o': return optional_key();
      case 'Q': return (fields_.amount = take_number(8)).has_value();
      case 'q': return number(8);
      case 'd': return number(4);
      case 'b': return number(1);
      case 'S': return take_number(4) == std::uint64_t{0};
      case 'W': return take_number(4) == std::uint64_t{1};
      case 'z': return take_number(8) == std::uint64_t{0} && take_number(8) == std::uint64_t{0};
      case 's': return seed();
      case 'a': return authority();
      case 'm': return text();
      default: return false;
    }
  }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] Fields&& fields() && { return std::move(fields_); }

 private:
  std::optional<ByteView> take(std::uint64_t size) {
    if (size > rest_.size()) return std::nullopt;
    const ByteView taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }
  std::optional<std::uint64_t> take_number(std::size_t width) {
    const auto bytes = take(width);
    if (!bytes) return std::nullopt;
    std::uint64_t value = 0;
    for (std::size_t i = width; i-- > 0;) value = value << 8U | (*bytes)[i];
    return value;
  }
  bool number(std::size_t width) {
    const auto value = take_number(width);
    if (value) fields_.numbers[numbers_++] = *value;
    return value.has_value();
  }
  bool key() {
    const auto bytes = take(sizeof(PublicKey));
    if (bytes) std::ranges::copy(*bytes, fields_.keys[keys_++].emplace().begin());
    return bytes.has_value();
  }
  bool optional_key() {
    const auto there = take_number(1);
    if (there == std::uint64_t{1}) return key();
    ++keys_;
    const bool padded = rest_.size() == sizeof(PublicKey) && std::ranges::all_of(rest_, [](auto byte) { return byte == 0; });
    if (padded) rest_ = {};
    return there == std::uint64_t{0};
  }
  bool seed() {
    const auto size = take_number(8);
    return size && *size <= kMaxSeed && take(*size);
  }
  bool authority() {
    const auto type = take_number(1);
    if (!type || *type >= kAuthorities.size()) return false;
    fields_.text = kAuthorities[*type];
    return true;
  }
  bool text() {
    fields_.text = encode::quoted(as_text(rest_));
    const bool valid = encode::is_utf8(as_text(rest_));
    rest_ = {};
    return valid;
  }

  ByteView rest_;
  Fields fields_;
  std::size_t keys_ = 0, numbers_ = 0;
};

}  // namespace

std::optional<Fields> read_fields(std::string_view letters, ByteView data) {
  FieldReader reader(data);
  if (!std::ranges::all_of(letters, [&](char letter) { return reader.read(letter); }) || !reader.at_end()) return std::nullopt;
  return std::move(reader).fields();
}

}  // namespace custos::wallet::sol
