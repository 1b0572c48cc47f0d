#include "exchange/parameter_list.h"

#include <algorithm>

#include "encode/percent.h"
#include "encode/utf8.h"

namespace custos::exchange {
namespace {

enum class Kind : std::uint8_t { foreign, plain, escape, plus, equals, ampersand };

// kKinds sorts bytes by RFC 3986, section 3.4: a query holds pchar, "/" and "?". ";" is a sub-delimiter too, but some servers
// separate parameters by it, so it must be encoded.
constexpr auto kKinds = [] {
  std::array<Kind, 256> kinds{};
  for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$'()*,:@/?")) {
    kinds[static_cast<unsigned char>(c)] = Kind::plain;
  }
  kinds['%'] = Kind::escape;
  kinds['+'] = Kind::plus;
  kinds['='] = Kind::equals;
  kinds['&'] = Kind::ampersand;
  return kinds;
}();

Kind kind_of(char c) noexcept { return kKinds[static_cast<unsigned char>(c)]; }

// kind_at takes the end of the text for an '&': both end a parameter.
Kind kind_at(std::string_view text, std::size_t at) noexcept { return at == text.size() ? Kind::ampersand : kind_of(text[at]); }

std::size_t skip_plain(std::string_view text, std::size_t at) noexcept {
  const auto is_special = [](char c) { return kind_of(c) != Kind::plain; };
  const auto rest = text.substr(at);
  return at + static_cast<std::size_t>(std::find_if(rest.begin(), rest.end(), is_special) - rest.begin());
}

bool is_escape(std::string_view text, std::size_t at) noexcept {
  return text.size() - at >= 3 && encode::hex_digit(text[at + 1]) >= 0 && encode::hex_digit(text[at + 2]) >= 0;
}

// around cuts out what a person needs to find a byte.
std::string_view around(std::string_view text, std::size_t at) noexcept {
  const std::size_t begin = at > 16 ? at - 16 : 0;
  return text.substr(begin, at - begin + 8);
}

// add_known_tails adds every known name that `name` ends with.
void add_known_tails(std::string_view name, const NameTable& table, NameSet& names) noexcept {
  const std::size_t first_cut = name.size() > kMaxNameSize ? name.size() - kMaxNameSize : 1;
  for (std::size_t cut = first_cut; cut < name.size(); ++cut) {
    if (const NameId id = table.find(name.substr(cut)); id != kUnknownName) names.add(id);
  }
}

}  // namespace

SignStatus ParameterList::parse(std::string_view text) noexcept {
  if (text.empty()) return {};
  for (std::size_t at = 0;; ++at) {  // past an '&': a parameter must follow
    if (const auto status = parse_one(text, at); !status.ok()) return status;
    if (at == text.size()) return {};
  }
}

// parse_one reads the parameter that begins at `at`, and moves `at` to its end.
SignStatus ParameterList::parse_one(std::string_view text, std::size_t& at) noexcept {
  const std::size_t name_begin = at;
  at = skip_name(text, at);
  if (at == name_begin || kind_at(text, at) != Kind::equals) return refuse_name(text, name_begin, at);
  const std::string_view name = text.substr(name_begin, at - name_begin);

  const std::size_t value_begin = ++at;
  bool escaped = false;
  for (at = skip_plain(text, at); kind_at(text, at) != Kind::ampersand; at = skip_plain(text, at)) {
    const Kind kind = kind_of(text[at]);
    if (kind == Kind::foreign) return refuse(draft_, Reason::character_unencoded, around(text, at));
    if (kind == Kind::equals) return refuse(draft_, Reason::equals_in_value, name);
    if (kind == Kind::escape && !is_escape(text, at)) return refuse(draft_, Reason::escape_malformed, around(text, at));
    escaped = true;
    at += kind == Kind::escape ? 3 : 1;
  }
  return add(name, table_.find(name), text.substr(value_begin, at - value_begin), escaped);
}

std::size_t ParameterList::skip_name(std::string_view text, std::size_t at) const noexcept {
  at = skip_plain(text, at);
  while (rules_.brackets && at < text.size() && (text[at] == '[' || text[at] == ']')) at = skip_plain(text, at + 1);
  return at;
}

// refuse_name says what is wrong with a name that is empty or does not end with '='.
SignStatus ParameterList::refuse_name(std::string_view text, std::size_t begin, std::size_t end) noexcept {
  const Kind kind = kind_at(text, end);
  if (kind == Kind::foreign) return refuse(draft_, Reason::character_unencoded, around(text, end));
  if (kind == Kind::escape || kind == Kind::plus) {
    return refuse(draft_, Reason::name_encoded, text.substr(begin, text.find_first_of("=&", end) - begin));
  }
  if (begin == end) return refuse(draft_, Reason::parameter_empty, around(text, end));
  return refuse(draft_, Reason::value_missing, text.substr(begin, end - begin));
}

SignStatus ParameterList::write(std::span<const NameValue> params, BoundedWriter& out) noexcept {
  const std::size_t begin = out.size();
  for (const NameValue param : params) {  // the caller's bytes are read once; everything is judged on the copy
    if (out.size() != begin) out.append('&');
    const std::string_view name = out.copy(param.name);
    out.append('=');
    const std::string_view value = encode::percent_encode(param.value, out);
    if (out.overflowed()) return {};

    if (name.empty()) return refuse(draft_, Reason::parameter_empty, around(out.since(begin), out.size() - begin));
    const NameId id = table_.find(name);
    if (id == kUnknownName && !(encode::is_unreserved(name) || (rules_.brackets && skip_name(name, 0) == name.size()))) {
      return refuse(draft_, Reason::name_encoded, name);
    }
    if (const auto status = add(name, id, value, value.size() != param.value.size()); !status.ok()) return status;
  }
  return {};
}

SignStatus ParameterList::copy(std::span<const NameValue> params, BoundedWriter& out) noexcept {
  for (const NameValue param : params) {
    const std::string_view name = out.copy(param.name);
    const std::string_view value = out.copy(param.value);
    if (out.overflowed()) return {};
    if (name.empty()) return refuse(draft_, Reason::parameter_empty, value);
    for (const std::string_view text : {name, value}) {
      if (!encode::is_utf8(text) || text.find('\0') != std::string_view::npos) return refuse(draft_, Reason::text_not_utf8, name);
    }
    if (const auto status = add(name, table_.find(name), value, false); !status.ok()) return status;
  }
  return {};
}

SignStatus ParameterList::append(NameId id, std::string_view value) noexcept { return add(table_.name(id), id, value, false); }

SignStatus ParameterList::decode(BoundedWriter& out) noexcept {
  if (!any_escaped_) return {};
  for (std::size_t i = 0; i < size(); ++i) {
    if (!entries_[i].escaped) continue;
    NameValue& param = draft_.params[i];
    const std::size_t mark = out.size();
    if (!encode::form_decode(param.value, out)) return refuse(draft_, Reason::escape_malformed, param.name);
    if (out.overflowed()) return {};
    param.value = out.since(mark);
    if (!encode::is_utf8(param.value) || param.value.find('\0') != std::string_view::npos) {
      return refuse(draft_, Reason::value_not_text, param.name);
    }
  }
  return {};
}

bool ParameterList::has_unknown(std::string_view name) const noexcept {
  if (!any_unknown_) return false;
  const auto listed = std::span(draft_.params).first(size());
  return std::ranges::any_of(listed, [name](const NameValue& other) { return other.name == name; });
}

SignStatus ParameterList::add(std::string_view name, NameId id, std::string_view value, bool escaped) noexcept {
  const bool is_known = id != kUnknownName;
  const bool may_repeat = rules_.repeated && (!rules_.brackets || name.ends_with("[]"));
  if (!may_repeat && (is_known ? present_.has(id) : has_unknown(name))) return refuse(draft_, Reason::repeated_name, name);
  const std::size_t place = size();
  if (place >= Draft::kMaxParams) return refuse(draft_, Reason::too_many_parameters, name);
  draft_.params[place] = {name, value};
  draft_.param_count = place + 1;
  entries_[place] = {id, escaped};
  any_escaped_ |= escaped;
  any_unknown_ |= !is_known;
  if (is_known) {
    present_.add(id);
    places_[id] = static_cast<std::uint8_t>(place);
  }
  return {};
}

NameSet formable(const ParameterList& list, const NameTable& table) noexcept {
  NameSet names = list.present();
  list.present().common(table.with_suffix()).for_each([&](NameId name) {
    for (NameId id = table.suffix_of(name); id != kUnknownName; id = table.suffix_of(id)) names.add(id);
  });
  for (std::size_t i = 0; list.any_unknown() && i < list.size(); ++i) {
    if (list.id(i) == kUnknownName) add_known_tails(list.at(i).name, table, names);
  }
  return names;
}

std::string_view glued_name(std::string_view last_query_value, std::string_view first_body_name,
                            const NameTable& table) noexcept {
  // No known name is longer than kMaxNameSize, and an escape spends three characters on one: more of the value cannot matter.
  const std::size_t reach = std::min(last_query_value.size(), 3 * kMaxNameSize);
  for (std::size_t taken = 1; taken <= reach; ++taken) {
    const std::string_view tail = last_query_value.substr(last_query_value.size() - taken);
    std::array<char, 3 * kMaxNameSize> buffer;
    BoundedWriter name(buffer);
    // A split inside an escape leaves its digits as plain letters, so the tail never begins with half an escape.
    if (!encode::form_decode(tail, name) || name.append(first_body_name).overflowed()) continue;
    if (const NameId id = table.find(name.written()); id != kUnknownName) return table.name(id);
  }
  return {};
}

}  // namespace custos::exchange
