#include "wallet/cosmos/message.h"

#include <algorithm>
#include <limits>

#include "encode/protobuf_reader.h"
#include "encode/protobuf_writer.h"
#include "encode/quote.h"
#include "encode/utf8.h"

namespace custos::wallet::cosmos_sdk {
namespace {

using encode::ProtobufReader;
using encode::WireType;

constexpr std::size_t kMaxDepth = 16;
constexpr std::size_t kMaxSymbol = 256;  // an address of 32 bytes has about 60 characters, a denomination at most 128

constexpr WireType wire_type_of(FieldType type) noexcept {
  switch (type) {
    case FieldType::uint64:
    case FieldType::int64:
    case FieldType::uint32:
    case FieldType::enumeration:
    case FieldType::boolean: return WireType::varint;
    case FieldType::fixed32: return WireType::fixed32;
    default: return WireType::bytes;
  }
}

// largest is the largest integer of a type.
constexpr std::uint64_t largest(FieldType type) noexcept {
  switch (type) {
    case FieldType::int64: return std::numeric_limits<std::int64_t>::max();
    case FieldType::uint32: return std::numeric_limits<std::uint32_t>::max();
    case FieldType::enumeration: return std::numeric_limits<std::int32_t>::max();
    case FieldType::boolean: return 1;
    default: return std::numeric_limits<std::uint64_t>::max();
  }
}

bool is_symbol(std::string_view text) noexcept {
  return text.size() <= kMaxSymbol && std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7F'; });
}

bool is_amount(std::string_view text) noexcept {
  const bool digits = std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  return digits && (text == "0" || !text.starts_with('0')) && Uint256::parse(text).has_value();
}

// stands_already says that a field that is no list was read before. A message in any order has no lists, and so few fields.
bool stands_already(const Message& message, const SchemaField& field, const ProtobufReader& reader) {
  if (reader.repeated()) return true;
  return message.schema->any_order && std::ranges::find(message.values, &field, &Value::field) != message.values.end();
}

// Reader reads one message with all that it holds.
class Reader {
 public:
  // As deep as kMaxDepth.
  Result<Message> read(const Schema& schema, std::string_view bytes, const Where& where) {  // NOLINT(misc-no-recursion)
    Message message{.schema = &schema};
    auto reader = schema.any_order ? ProtobufReader::in_any_order(bytes) : ProtobufReader::with_fixed_fields(bytes);
    auto field = schema.fields.begin();  // the reader goes through them in order
    std::size_t index = 0;
    while (reader.next()) {
      if (schema.any_order) field = schema.fields.begin();
      while (field != schema.fields.end() && field->number < reader.number()) ++field;
      if (field == schema.fields.end() || field->number != reader.number()) {
        return where.refuse("has the unknown field " + std::to_string(reader.number()));
      }
      index = reader.repeated() ? index + 1 : 0;
      const Where here{field->name, &where, field->repeated() ? index : Where::kNoIndex};
      if (!field->repeated() && stands_already(message, *field, reader)) return here.refuse("stands twice");
      auto value = read_value(*field, reader, here);
      if (!value) return value.failure();
      message.values.push_back(std::move(*value));
    }
    if (reader.malformed()) return where.refuse("is no protobuf in canonical form (ADR-027)");
    if (schema.any_order) std::ranges::sort(message.values, {}, [](const Value& value) { return value.field->number; });
    if (auto checked = check_whole(message, where); !checked) return checked.failure();
    return message;
  }

 private:
  Result<Value> read_value(const SchemaField& field, const ProtobufReader& reader, const Where& where) {
    Value value{.field = &field};
    if (values_++ == kMaxValues) return where.refuse("is one too many: a document has at most 50000 values");
    if (reader.wire_type() != wire_type_of(field.type)) return where.refuse("has the wrong wire type");
    if (reader.wire_type() != WireType::bytes) {
      value.integer = reader.integer();
      if (value.integer > largest(field.type)) return where.refuse("is out of range");
      if (value.integer == 0) return where.refuse("is zero and should have been left out (ADR-027)");
      return value;
    }
    if (field.type == FieldType::message || field.type == FieldType::any) {
      if (depth_ == kMaxDepth) return where.refuse("is nested too deep");
      ++depth_;
      auto message =
          field.type == FieldType::any ? read_any(field.role, reader.bytes(), where) : read(*field.schema, reader.bytes(), where);
      --depth_;
      if (!message) return message.failure();
      value.message = std::make_unique<Message>(std::move(*message));
      return value;
    }
    if (field.type == FieldType::opaque && !encode::is_well_formed(reader.bytes()))
      return where.refuse("is no well-formed protobuf");
    const bool may_be_empty = field.repeated() || field.type == FieldType::opaque;
    if (reader.bytes().empty() && !may_be_empty) return where.refuse("is empty and should have been left out (ADR-027)");
    if (auto checked = check_text(field.type, reader.bytes(), where); !checked) return checked.failure();
    value.text = reader.bytes();
    return value;
  }

  Result<Message> read_any(Role role, std::string_view bytes, const Where& where) {
    Message any;
    std::string_view value;
    ProtobufReader reader(bytes);
    while (reader.next()) {
      if (reader.is_integer() || reader.repeated() || reader.number() > 2 || reader.bytes().empty())
        return where.refuse("is no google.protobuf.Any");
      if (reader.number() == 1) {
        any.type_url = reader.bytes();
      } else {
        value = reader.bytes();
      }
    }
    const bool named = any.type_url.starts_with('/') && is_symbol(any.type_url);
    if (reader.malformed() || !named) return where.refuse("is no google.protobuf.Any");
    const Schema* const schema = find_schema(any.type_url, role);
    if (schema == nullptr) {
      if (!encode::is_well_formed(value)) return where.refuse(any.type_url + " is no well-formed protobuf");
      any.unread = value;
      return any;
    }
    auto message = read(*schema, value, where);
    if (message) message->type_url = std::move(any.type_url);
    return message;
  }

  std::size_t depth_ = 0, values_ = 0;
};

// append_at collects what stands on the path.
void append_at(const Message& message, std::string_view path, std::vector<const Value*>& found) {  // NOLINT(misc-no-recursion)
  const std::size_t dot = path.find('.');
  for (const Value& value : message.values) {
    if (value.field->name != path.substr(0, dot)) continue;
    if (dot == std::string_view::npos) {
      found.push_back(&value);
    } else if (value.message != nullptr) {
      append_at(*value.message, path.substr(dot + 1), found);
    }
  }
}

const Value* first_at(const Message& message, std::string_view path) {
  const auto found = values_at(message, path);
  return found.empty() ? nullptr : found.front();
}

}  // namespace

Unexpected Where::refuse(std::string_view fault) const {
  std::string place;
  for (const Where* part = this; part != nullptr; part = part->parent) {
    std::string step(part->name);
    if (part->index != kNoIndex) step += '[' + std::to_string(part->index) + ']';
    place = place.empty() ? step : step + '.' + place;
  }
  return fail(Errc::bad_input, Origin::request, "Cosmos: " + place + ' ' + std::string(fault));
}

Result<Message> read_message(const Schema& schema, std::string_view bytes, const Where& where) {
  return Reader().read(schema, bytes, where);
}

std::string write_message(const Message& message) {  // NOLINT(misc-no-recursion): as deep as it was read
  if (message.schema == nullptr) return message.unread;
  encode::ProtobufWriter writer;
  for (const Value& value : message.values) {
    const SchemaField& field = *value.field;
    if (field.type == FieldType::fixed32) {
      writer.fixed32(field.number, static_cast<std::uint32_t>(value.integer));
    } else if (wire_type_of(field.type) == WireType::varint) {
      writer.integer(field.number, value.integer);
    } else if (value.message == nullptr) {
      writer.element(field.number, value.text);
    } else if (field.type == FieldType::any) {
      encode::ProtobufWriter any;
      any.bytes(1, value.message->type_url);
      any.bytes(2, write_message(*value.message));
      writer.element(field.number, any.written());
    } else {
      writer.element(field.number, write_message(*value.message));
    }
  }
  return std::move(writer).written();
}

Result<void> check_text(FieldType type, std::string_view text, const Where& where) {
  switch (type) {
    case FieldType::text:
    case FieldType::json: return encode::is_utf8(text) ? Result<void>() : where.refuse("is no UTF-8");
    case FieldType::symbol:
    case FieldType::address:
    case FieldType::validator:
    case FieldType::receiver:
      return is_symbol(text) ? Result<void>() : where.refuse("has a space, a character outside ASCII or more than 256 of them");
    case FieldType::amount:
    case FieldType::decimal:
      return is_amount(text) ? Result<void>()
                             : where.refuse(encode::quoted(text) + " is no amount below 2^256 in decimal digits");
    default: return {};
  }
}

Result<void> check_whole(const Message& message, const Where& where) {
  if (!message.schema->whole || message.values.size() == message.schema->fields.size()) return {};
  for (const SchemaField& field : message.schema->fields) {
    if (std::ranges::find(message.values, &field, &Value::field) == message.values.end()) {
      return where.refuse("has no " + std::string(field.name));
    }
  }
  return {};
}

std::vector<const Value*> values_at(const Message& message, std::string_view path) {
  std::vector<const Value*> found;
  append_at(message, path, found);
  return found;
}

std::string_view text_at(const Message& message, std::string_view path) {
  const Value* const value = first_at(message, path);
  return value == nullptr ? std::string_view() : std::string_view(value->text);
}

std::uint64_t integer_at(const Message& message, std::string_view path) {
  const Value* const value = first_at(message, path);
  return value == nullptr ? 0 : value->integer;
}

const Message* message_at(const Message& message, std::string_view path) {
  const Value* const value = first_at(message, path);
  return value == nullptr ? nullptr : value->message.get();
}

Uint256 amount_at(const Message& message, std::string_view path) {
  return Uint256::parse(text_at(message, path)).value_or(Uint256());
}

}  // namespace custos::wallet::cosmos_sdk
