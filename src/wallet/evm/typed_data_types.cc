#include "wallet/evm/typed_data_types.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "encode/quote.h"

namespace custos::wallet::ethereum {
namespace {

constexpr std::size_t kMaxStructs = 128;
constexpr std::size_t kMaxMembers = 1024;
constexpr std::size_t kMaxText = std::size_t{64} * 1024;
constexpr std::size_t kMaxArrays = 16;
constexpr std::size_t kMaxShown = 64;

using Kind = MemberType::Kind;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$'; }

bool is_identifier(std::string_view text) {
  return !text.empty() && is_letter(text[0]) && std::ranges::all_of(text, [](char c) { return is_letter(c) || is_digit(c); });
}

bool is_struct_name(std::string_view text) {
  return is_identifier(text.substr(0, 1)) && text.back() != ':' &&
         std::ranges::all_of(text, [](char c) { return is_letter(c) || is_digit(c) || c == ':'; });
}

// read_number reads digits without a zero in front; nothing when they are none, or too many.
std::optional<std::size_t> read_number(std::string_view text) {
  std::size_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = fault == std::errc() && end == text.data() + text.size() && text[0] != '0';
  return whole ? std::optional(number) : std::nullopt;
}

// is_reserved says that a name without its digits is of an elementary type, or of one of Solidity that EIP-712 has not: no struct
// may have it.
bool is_reserved(std::string_view name) {
  const std::string_view word = name.substr(0, name.find_last_not_of("0123456789") + 1);
  return word == "uint" || word == "int" || word == "bytes" || name == "bool" || name == "address" || name == "string" ||
         name == "function";
}

// read_elementary reads the name of a type that is no struct; nothing when there is no such type.
std::optional<MemberType> read_elementary(std::string_view name) {
  MemberType type;
  type.size = 0;
  const auto as = [&](Kind kind) { return type.kind = kind, std::optional(type); };
  if (name == "bool") return as(Kind::boolean);
  if (name == "address") return as(Kind::address);
  if (name == "string") return as(Kind::string);
  if (name == "bytes") return as(Kind::bytes);
  for (const auto& [prefix, kind] :
       {std::pair{std::string_view("uint"), Kind::uint}, {"int", Kind::sint}, {"bytes", Kind::fixed_bytes}}) {
    if (!name.starts_with(prefix)) continue;
    const auto size = read_number(name.substr(prefix.size()));
    const bool of_bytes = kind == Kind::fixed_bytes;
    if (!size || *size > (of_bytes ? 32 : 256) || (!of_bytes && *size % 8 != 0)) return std::nullopt;
    type.size = static_cast<unsigned>(*size);
    return as(kind);
  }
  return std::nullopt;
}

// read_arrays reads "[3][]"; false when it is anything else.
bool read_arrays(std::string_view text, std::vector<MemberType::Length>& arrays) {
  while (!text.empty()) {
    const std::size_t close = text.find(']');
    if (text[0] != '[' || close == std::string_view::npos || arrays.size() == kMaxArrays) return false;
    const std::string_view digits = text.substr(1, close - 1);
    const auto length = digits.empty() ? std::nullopt : read_number(digits);
    if (!digits.empty() && !length) return false;
    arrays.push_back(length);
    text.remove_prefix(close + 1);
  }
  return true;
}

// must_hold says that no value of the type is without a value of its struct.
bool must_hold_struct(const MemberType& type) {
  return type.kind == Kind::structure && std::ranges::all_of(type.arrays, &MemberType::Length::has_value);
}

std::string place_of(std::string_view name, std::size_t index) {
  return "types." + std::string(name) + "[" + std::to_string(index) + "]";
}

bool is_text_member(const Json& member, const char* name) { return member.contains(name) && member.at(name).is_string(); }

void append_text(const StructType& type, std::string& out) {
  out += type.name + "(";
  for (const TypeMember& member : type.members) {
    if (&member != &type.members.front()) out += ",";
    out += member.type + " " + member.name;
  }
  out += ")";
}

}  // namespace

Unexpected refuse_typed_data(std::string_view where, std::string_view what) {
  return fail(Errc::bad_input, Origin::request, "typed data: " + std::string(where) + ": " + std::string(what));
}

std::string shown(std::string_view text) {
  return encode::quoted(text.substr(0, kMaxShown)) + (text.size() > kMaxShown ? "…" : "");
}

Result<TypeTable> TypeTable::read(const Json& types) {
  if (!types.is_object()) return refuse_typed_data("types", "it is no object");
  if (types.size() > kMaxStructs) return refuse_typed_data("types", "more than 128 types");
  TypeTable table;
  std::size_t members = 0, text = 0;
  for (const auto& [name, list] : types.items()) {  // in the order of their names, as nlohmann::json keeps them
    if (list.is_array() && list.size() > kMaxMembers - members) return refuse_typed_data("types", "more than 1,024 members");
    if (auto done = table.read_struct(name, list); !done) return done.failure();
    const StructType& type = table.structs_.back();
    members += type.members.size();
    text += name.size();
    for (const TypeMember& member : type.members) text += member.name.size() + member.type.size();
    if (text > kMaxText) return refuse_typed_data("types", "more than 64 KiB of names");
  }
  if (auto done = table.resolve(); !done) return done.failure();
  if (auto done = table.check_finite(); !done) return done.failure();
  return table;
}

Result<void> TypeTable::read_struct(const std::string& name, const Json& members) {
  if (!is_struct_name(name) || is_reserved(name)) return refuse_typed_data("types", shown(name) + " cannot be a struct's name");
  if (!members.is_array()) return refuse_typed_data("types." + name, "it is no list of members");
  StructType type{name, {}};
  std::set<std::string_view> seen;
  for (const Json& member : members) {
    const std::string where = place_of(name, type.members.size());
    if (!member.is_object() || member.size() != 2 || !is_text_member(member, "name") || !is_text_member(member, "type")) {
      return refuse_typed_data(where, "a member is {\"name\": text, \"type\": text} and nothing else");
    }
    const auto& member_name = member.at("name").get_ref<const std::string&>();
    if (!is_identifier(member_name)) return refuse_typed_data(where, shown(member_name) + " cannot be a member's name");
    if (!seen.insert(member_name).second) return refuse_typed_data(where, "the member " + shown(member_name) + " stands twice");
    type.members.push_back({member_name, member.at("type").get<std::string>(), {}});
  }
  structs_.push_back(std::move(type));
  return {};
}

Result<void> TypeTable::resolve() {
  for (StructType& type : structs_) {
    for (std::size_t i = 0; i < type.members.size(); ++i) {
      TypeMember& member = type.members[i];
      const std::size_t arrays = std::min(member.type.find('['), member.type.size());
      const std::string_view base = std::string_view(member.type).substr(0, arrays);
      const auto elementary = read_elementary(base);
      const auto structure = find(base);
      if (elementary) {
        member.read = *elementary;
      } else if (structure) {
        member.read.kind = Kind::structure;
        member.read.structure = *structure;
      } else {
        const std::string_view hint = base == "uint" || base == "int" ? " (write uint256 or int256)" : "";
        return refuse_typed_data(place_of(type.name, i), "there is no type " + shown(base) + std::string(hint));
      }
      if (!read_arrays(std::string_view(member.type).substr(arrays), member.read.arrays)) {
        return refuse_typed_data(place_of(type.name, i), "malformed type " + shown(member.type));
      }
    }
  }
  return {};
}

// check_finite takes away the structs that data can end, until no more are found: what is left leads into a circle.
Result<void> TypeTable::check_finite() const {
  std::vector<bool> ends(structs_.size(), false);
  const auto endless = [&](const TypeMember& member) { return must_hold_struct(member.read) && !ends[member.read.structure]; };
  for (bool found = true; found;) {
    found = false;
    for (std::size_t i = 0; i < structs_.size(); ++i) {
      if (ends[i] || std::ranges::any_of(structs_[i].members, endless)) continue;
      ends[i] = found = true;
    }
  }
  const auto first = std::ranges::find(ends, false);
  if (first == ends.end()) return {};
  auto index = static_cast<std::size_t>(first - ends.begin());
  for (std::size_t step = 0; step < structs_.size(); ++step) {  // after so many it is within the circle
    index = std::ranges::find_if(structs_[index].members, endless)->read.structure;
  }
  return refuse_typed_data("types." + structs_[index].name, "the type holds itself without an array between: no data can end it");
}

std::optional<std::size_t> TypeTable::find(std::string_view name) const {
  const auto found =
      std::ranges::lower_bound(structs_, name, {}, [](const StructType& type) { return std::string_view(type.name); });
  if (found == structs_.end() || found->name != name) return std::nullopt;
  return static_cast<std::size_t>(found - structs_.begin());
}

std::string TypeTable::encode_type(std::size_t index) const {
  std::vector<bool> reached(structs_.size(), false);
  std::vector<std::size_t> open{index};
  reached[index] = true;
  while (!open.empty()) {
    const StructType& type = structs_[open.back()];
    open.pop_back();
    for (const TypeMember& member : type.members) {
      if (member.read.kind != Kind::structure || reached[member.read.structure]) continue;
      reached[member.read.structure] = true;
      open.push_back(member.read.structure);
    }
  }
  std::string text;
  append_text(structs_[index], text);
  for (std::size_t i = 0; i < structs_.size(); ++i) {
    if (reached[i] && i != index) append_text(structs_[i], text);
  }
  return text;
}

}  // namespace custos::wallet::ethereum
