#include "wallet/evm/member_reader.h"

#include <algorithm>

#include "encode/hex.h"
#include "encode/quote.h"

namespace custos::wallet::ethereum {
namespace {

constexpr std::size_t kShown = 80;  // characters of what was given that a fault shows

std::string shown(const std::string& text) { return encode::quoted(std::string_view(text).substr(0, kShown)); }

}  // namespace

MemberReader::MemberReader(const Json& object, std::string where, std::initializer_list<std::string_view> known)
    : object_(object), where_(std::move(where)) {
  if (!object.is_object()) {
    refuse("", "no JSON object");
  } else if (auto checked = reject_unknown(object, known, where_); !checked) {
    fault_ = checked.error().detail;
  }
}

const Json* MemberReader::find(std::string_view name) const {
  if (!object_.is_object()) return nullptr;
  const auto found = object_.find(name);
  return found == object_.end() ? nullptr : &*found;
}

const Json* MemberReader::required(std::string_view name) {
  const Json* value = find(name);
  if (value == nullptr) refuse(name, "missing");
  return value;
}

Uint256 MemberReader::quantity(std::string_view name) {
  const Json* value = required(name);
  if (value == nullptr) return {};
  if (value->is_number_unsigned()) return value->get<std::uint64_t>();
  if (value->is_number_integer()) {
    refuse(name, "negative");
    return {};
  }
  const auto* text = value->get_ptr<const std::string*>();
  if (text == nullptr) {
    refuse(name, "no number");
    return {};
  }
  const auto number = Uint256::parse(*text);
  if (number) return *number;
  if (text->starts_with('-')) {
    refuse(name, shown(*text) + " is negative");
  } else {
    refuse(name, shown(*text) + " is no whole number below 2^256, hexadecimal with 0x in front or decimal");
  }
  return {};
}

std::uint64_t MemberReader::quantity64(std::string_view name) {
  const auto number = quantity(name).as_uint64();
  if (!number) refuse(name, "not below 2^64");
  return number.value_or(0);
}

Address MemberReader::address(std::string_view name) {
  const Json* value = required(name);
  if (value == nullptr) return {};
  const auto* text = value->get_ptr<const std::string*>();
  if (text == nullptr) {
    refuse(name, "no text: an address is one");
    return {};
  }
  const auto address = parse_address(*text, name);
  if (!address) refuse("", address.error().detail);
  return address ? *address : Address();
}

Bytes MemberReader::data(std::string_view name) {
  const Json* value = required(name);
  return value == nullptr ? Bytes() : data_item(*value, name);
}

Bytes MemberReader::data_item(const Json& item, std::string_view name) {
  const auto* text = item.get_ptr<const std::string*>();
  auto bytes = text != nullptr && text->starts_with("0x") ? encode::from_hex(std::string_view(*text).substr(2)) : std::nullopt;
  if (!bytes) refuse(name, "no text of 0x and pairs of hexadecimal digits");
  return std::move(bytes).value_or(Bytes());
}

Digest32 MemberReader::hash_item(const Json& item, std::string_view name) {
  const Bytes bytes = data_item(item, name);
  Digest32 hash{};
  if (bytes.size() == hash.size()) {
    std::ranges::copy(bytes, hash.begin());
  } else {
    refuse(name, "not 32 bytes");
  }
  return hash;
}

const Json* MemberReader::list(std::string_view name) {
  const Json* value = find(name);
  if (value == nullptr || value->is_array()) return value;
  refuse(name, "no list");
  return nullptr;
}

void MemberReader::refuse(std::string_view name, std::string_view why) {
  if (!fault_.empty()) return;
  fault_ = where_ + ": ";
  if (!name.empty()) fault_ += std::string(name) + ": ";
  fault_ += why;
}

void MemberReader::adopt(Result<void> nested) {
  if (!nested) refuse("", nested.error().detail);
}

Result<void> MemberReader::result() {
  if (fault_.empty()) return {};
  return fail(Errc::bad_input, Origin::request, std::move(fault_));
}

}  // namespace custos::wallet::ethereum
