#include "wallet/cosmos/amino.h"

#include <algorithm>
#include <charconv>

#include "encode/quote.h"

namespace custos::wallet::cosmos_sdk {
namespace {

constexpr std::uint64_t kMaxExact = std::uint64_t{1} << 53U;  // chains read numbers as doubles
constexpr std::size_t kDecimals = 18;                         // of cosmos.Dec
constexpr std::string_view kDirectOnly = "cannot be read from amino JSON: use SIGN_MODE_DIRECT";

std::string_view name_of(const SchemaField& field) noexcept { return field.amino.empty() ? field.name : field.amino; }

bool is_exact(const Json& value) {  // NOLINT(misc-no-recursion): as deep as parse_json reads
  if (value.is_number_unsigned()) return value.get<std::uint64_t>() <= kMaxExact;
  if (value.is_number_integer()) return value.get<std::int64_t>() >= -static_cast<std::int64_t>(kMaxExact);
  return std::ranges::all_of(value, [&](const Json& item) { return !value.is_structured() || is_exact(item); });
}

// has_short_escape finds \b and \f, which Go wrote as \u0008 and \u000c before version 1.22.
bool has_short_escape(std::string_view json) noexcept {
  for (std::size_t i = 0; i + 1 < json.size(); ++i) {
    if (json[i] != '\\') continue;
    ++i;
    if (json[i] == 'b' || json[i] == 'f') return true;
  }
  return false;
}

// escape_of is how Go escapes what HTML and JavaScript would take amiss; empty: it stands as it is.
std::string_view escape_of(std::string_view rest) noexcept {
  switch (rest.front()) {
    case '<': return "\\u003c";
    case '>': return "\\u003e";
    case '&': return "\\u0026";
    default: break;
  }
  if (rest.starts_with("\u2028")) return "\\u2028";
  if (rest.starts_with("\u2029")) return "\\u2029";
  return {};
}

// proto_decimal turns "0.700000000000000000" into "700000000000000000"; nothing when it is not written with 18 decimals.
std::optional<std::string> proto_decimal(std::string_view text) {
  const std::size_t point = text.find('.');
  if (point == std::string_view::npos || point == 0 || text.size() - point - 1 != kDecimals) return std::nullopt;
  if (point > 1 && text.front() == '0') return std::nullopt;
  std::string digits = std::string(text.substr(0, point)).append(text.substr(point + 1));
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
  return digits;
}

Result<std::uint64_t> read_integer(FieldType type, const Json& json, const Where& where) {
  if (type == FieldType::boolean) {
    if (!json.is_boolean()) return where.refuse("is no boolean");
    return json.get<bool>() ? 1 : 0;
  }
  if (type == FieldType::uint32 || type == FieldType::enumeration) {
    if (!json.is_number_unsigned() || json.get<std::uint64_t>() > 0x7FFF'FFFF) return where.refuse("is no number below 2^31");
    return json.get<std::uint64_t>();
  }
  const std::string digits = json.is_string() ? json.get<std::string>() : std::string();
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool plain = !digits.empty() && (digits == "0" || digits.front() != '0') && end == digits.data() + digits.size();
  if (!plain || error != std::errc() || (type == FieldType::int64 && number >> 63U != 0)) {
    return where.refuse("is no text of decimal digits, of 64 bits");
  }
  return number;
}

Result<std::string> read_text(FieldType type, const Json& json, const Where& where) {
  if (type == FieldType::json) {
    auto canonical = canonical_json(json, where);
    if (canonical) *canonical = json.dump();  // which need not be escaped in protobuf
    return canonical;
  }
  if (!json.is_string()) return where.refuse("is no text");
  auto text = json.get<std::string>();
  if (type == FieldType::decimal) {
    auto digits = proto_decimal(text);
    if (!digits) return where.refuse("is no number with 18 decimals");
    text = std::move(*digits);
  }
  if (auto checked = check_text(type, text, where); !checked) return checked.failure();
  return text;
}

// append_value appends one value, unless it is the default, which protobuf leaves out.
Result<void> append_value(const SchemaField& field, const Json& json, const Where& where, std::vector<Value>& values) {
  Value value{.field = &field};
  switch (field.type) {
    case FieldType::message:
    case FieldType::any: {
      if (field.type == FieldType::any && field.role != Role::message) return where.refuse(kDirectOnly);
      auto message = field.type == FieldType::any ? any_from_amino(json, where) : from_amino(*field.schema, json, where);
      if (!message) return message.failure();
      value.message = std::make_unique<Message>(std::move(*message));
      break;
    }
    case FieldType::uint64:
    case FieldType::int64:
    case FieldType::uint32:
    case FieldType::enumeration:
    case FieldType::boolean: {
      auto integer = read_integer(field.type, json, where);
      if (!integer) return integer.failure();
      if (*integer == 0) return {};
      value.integer = *integer;
      break;
    }
    case FieldType::text:
    case FieldType::symbol:
    case FieldType::address:
    case FieldType::validator:
    case FieldType::receiver:
    case FieldType::amount:
    case FieldType::decimal:
    case FieldType::json: {
      auto text = read_text(field.type, json, where);
      if (!text) return text.failure();
      if (text->empty() && !field.repeated()) return {};
      value.text = std::move(*text);
      break;
    }
    default: return where.refuse(kDirectOnly);
  }
  values.push_back(std::move(value));
  return {};
}

Result<void> append_values(const SchemaField& field, const Json& json, const Where& parent, std::vector<Value>& values) {
  if (!field.repeated()) return append_value(field, json, {name_of(field), &parent}, values);
  if (!json.is_array()) return Where{name_of(field), &parent}.refuse("is no array");
  for (std::size_t i = 0; i < json.size(); ++i) {
    if (auto appended = append_value(field, json[i], {name_of(field), &parent, i}, values); !appended) return appended;
  }
  return {};
}

}  // namespace

Result<std::string> canonical_json(const Json& value, const Where& where) {
  if (!is_exact(value)) return where.refuse("has an integer above 2^53, which chains round: write it as text");
  const std::string json = value.dump();
  if (has_short_escape(json)) return where.refuse("has a backspace or a form feed, which chains write in different ways");
  std::string out;
  out.reserve(json.size());
  for (std::size_t i = 0; i < json.size(); ++i) {
    const std::string_view escape = escape_of(std::string_view(json).substr(i));
    if (escape.empty()) {
      out += json[i];
    } else {
      out += escape;
      if (static_cast<unsigned char>(json[i]) >= 0x80) i += 2;
    }
  }
  return out;
}

// As deep as the schemas are.
Result<Message> from_amino(const Schema& schema, const Json& object, const Where& where) {  // NOLINT(misc-no-recursion)
  if (!object.is_object()) return where.refuse("is no object");
  Message message{.schema = &schema, .type_url = std::string(schema.type_url)};
  std::size_t known = 0;
  for (const SchemaField& field : schema.fields) {
    const auto found = object.find(name_of(field));
    if (found == object.end()) continue;
    ++known;
    if (auto appended = append_values(field, *found, where, message.values); !appended) return appended.failure();
  }
  if (auto checked = check_whole(message, where); !checked) return checked.failure();
  if (known == object.size()) return message;
  for (const auto& [name, value] : object.items()) {
    if (std::ranges::find(schema.fields, name, name_of) == schema.fields.end()) {
      return where.refuse("has the unknown member " + encode::quoted(name));
    }
  }
  return message;
}

Result<Message> any_from_amino(const Json& object, const Where& where) {
  const bool typed = object.is_object() && object.size() == 2 && object.contains("type") && object.contains("value") &&
                     object["type"].is_string();
  if (!typed) return where.refuse("is no {\"type\", \"value\"}");
  const auto type = object["type"].get<std::string>();
  const Schema* const schema = find_amino(type);
  if (schema == nullptr) return where.refuse("is of the unknown type " + encode::quoted(type) + ", which amino JSON cannot sign");
  return from_amino(*schema, object["value"], {"value", &where});
}

}  // namespace custos::wallet::cosmos_sdk
