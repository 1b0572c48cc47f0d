#include "wallet/cosmos/validity.h"

#include <algorithm>
#include <span>

#include "encode/quote.h"
#include "wallet/cosmos/address.h"

namespace custos::wallet::cosmos_sdk {
namespace {

bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

Result<void> check_value(const Value& value, std::string_view prefix, const Where& where) {
  switch (value.field->type) {
    case FieldType::address: return check_address(value.text, prefix, where);
    case FieldType::validator: return check_address(value.text, std::string(prefix) + "valoper", where);
    case FieldType::message:
    case FieldType::any: return check_valid(*value.message, prefix, where);
    default: return {};
  }
}

Result<void> check_missing(const SchemaField& field, std::string_view prefix, const Where& where) {
  if (field.count == Count::some) return where.refuse("is missing");
  if (field.count != Count::one) return {};
  switch (field.type) {
    case FieldType::address:
    case FieldType::validator:
    case FieldType::receiver: return where.refuse("is missing");
    case FieldType::message: return check_valid({.schema = field.schema}, prefix, where);  // protobuf leaves out an empty one
    default: return {};
  }
}

// check_coin looks at one of a list; `before` is the denomination in front of it.
Result<void> check_coin(const Message& coin, std::string_view before, const Where& where) {
  const std::string_view denomination = text_at(coin, "denom");
  if (!is_denomination(denomination))
    return where.refuse("has the denomination " + encode::quoted(denomination) + ", which is none");
  if (amount_at(coin, "amount").is_zero()) return where.refuse("has the amount 0");
  if (denomination <= before) return where.refuse("stands twice or out of order: chains want denominations sorted");
  return {};
}

Result<void> check_values(const SchemaField& field, std::span<const Value> values, std::string_view prefix, const Where& parent) {
  if (values.empty()) return check_missing(field, prefix, {field.name, &parent});
  std::string_view before;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Where where{field.name, &parent, field.repeated() ? i : Where::kNoIndex};
    if (auto checked = check_value(values[i], prefix, where); !checked) return checked;
    if (!field.repeated() || field.schema != &kCoin) continue;
    if (auto checked = check_coin(*values[i].message, before, where); !checked) return checked;
    before = text_at(*values[i].message, "denom");
  }
  return {};
}

}  // namespace

bool is_denomination(std::string_view text) noexcept {
  const auto allowed = [](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || std::string_view("/:._-").find(c) != std::string_view::npos;
  };
  return text.size() >= 3 && text.size() <= 128 && is_letter(text.front()) && std::ranges::all_of(text, allowed);
}

Result<void> check_address(std::string_view text, std::string_view prefix, const Where& where) {
  if (prefix_of(text) == prefix) return {};
  return where.refuse(encode::quoted(text) + " is no address in bech32, in lower case, with the prefix " +
                      encode::quoted(prefix));
}

Result<void> check_valid(const Message& message, std::string_view prefix, const Where& where) {
  if (message.schema == nullptr) return {};
  auto value = message.values.begin();  // in the order of the fields
  for (const SchemaField& field : message.schema->fields) {
    const auto end = std::find_if(value, message.values.end(), [&](const Value& other) { return other.field != &field; });
    if (auto checked = check_values(field, {value, end}, prefix, where); !checked) return checked;
    value = end;
  }
  return {};
}

}  // namespace custos::wallet::cosmos_sdk
