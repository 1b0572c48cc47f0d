#include "wallet/evm/abi.h"

#include <algorithm>
#include <charconv>

namespace custos::wallet::ethereum {
namespace {

constexpr std::size_t kWord = 32;

// Tail is where the next argument of variable size must stand.
class Tail {
 public:
  Tail(ByteView data, std::size_t head) noexcept : data_(data), next_(head) {}

  // begin reads the size at an argument's place; nothing when `offset` is another.
  std::optional<std::size_t> begin(const Uint256& offset) noexcept {
    if (offset != Uint256(next_)) return std::nullopt;
    const auto size = Uint256::from_bytes(take(kWord)).value_or(Uint256()).as_uint64();
    if (failed_ || !size || *size > data_.size()) return std::nullopt;
    return static_cast<std::size_t>(*size);
  }
  ByteView take(std::size_t size) noexcept {
    failed_ = failed_ || size > data_.size() - next_;
    if (failed_) return {};
    next_ += size;
    return data_.subspan(next_ - size, size);
  }
  [[nodiscard]] bool finished() const noexcept { return !failed_ && next_ == data_.size(); }
  [[nodiscard]] bool failed() const noexcept { return failed_; }

 private:
  ByteView data_;
  std::size_t next_;
  bool failed_ = false;
};

bool all_zero(ByteView bytes) noexcept {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

bool read_bytes(Tail& tail, AbiValue& value) noexcept {
  const auto size = tail.begin(value.number);
  if (!size) return false;
  value.bytes = tail.take(*size);
  const ByteView padding = tail.take((kWord - *size % kWord) % kWord);
  return !tail.failed() && all_zero(padding);
}

bool read_numbers(Tail& tail, AbiValue& value) {
  const auto count = tail.begin(value.number);
  for (std::size_t i = 0; count && i < *count && !tail.failed(); ++i) {
    value.numbers.push_back(Uint256::from_bytes(tail.take(kWord)).value_or(Uint256()));
  }
  return count && !tail.failed();
}

// bits_of is the width of a number's type.
unsigned bits_of(std::string_view type) noexcept {
  if (type == "bool") return 1;
  if (!type.starts_with("uint")) return 256;
  unsigned bits = 0;
  std::from_chars(type.data() + 4, type.data() + type.size(), bits);
  return bits;
}

// read_value reads one argument whose word in the head is `word`.
bool read_value(std::string_view type, ByteView word, Tail& tail, AbiValue& value) {
  value.number = Uint256::from_bytes(word).value_or(Uint256());
  if (type == "address") {
    std::ranges::copy(word.last<20>(), value.address.begin());
    return all_zero(word.first<12>());
  }
  if (type == "bytes") return read_bytes(tail, value);
  if (type == "uint256[]") return read_numbers(tail, value);
  return value.number.bit_width() <= bits_of(type);
}

}  // namespace

std::optional<AbiValues> read_abi(std::string_view function, ByteView data) {
  const std::size_t open = function.find('(') + 1;
  std::string_view types = function.substr(open, function.size() - open - 1);
  const std::size_t count = types.empty() ? 0 : 1 + static_cast<std::size_t>(std::ranges::count(types, ','));
  if (data.size() % kWord != 0 || data.size() < count * kWord) return std::nullopt;
  AbiValues values;
  Tail tail(data, count * kWord);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view type = types.substr(0, types.find(','));
    types.remove_prefix(std::min(type.size() + 1, types.size()));
    if (!read_value(type, data.subspan(i * kWord, kWord), tail, values[i])) return std::nullopt;
  }
  return tail.finished() ? std::optional(std::move(values)) : std::nullopt;
}

}  // namespace custos::wallet::ethereum
