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

std::size_t skip_plain(std::string_view text, std::size_t at) noexcept {
  while (at < text.size() && kind_of(text[at]) == Kind::plain) ++at;
  return at;
}

bool is_escape(std::string_view text, std::size_t at) noexcept {
  return text.size() - at >= 3 && encode::hex_digit(text[at + 1]) >= 0 && encode::hex_digit(text[at + 2]) >= 0;
}

// around cuts out what a person needs to find a byte.
std::string_view around(std::string_view text, std::size_t at) noexcept {
  const std::size_t begin = at > 16 ? at - 16 : 0;
  return text.substr(begin, at - begin + 8);
}

}  // namespace

SignStatus ParameterList::parse(std::string_view text) noexcept {
  std::size_t at = 0;
  while (at <= text.size() && !text.empty()) {
    const std::size_t name_begin = at;
    at = skip_plain(text, at);
    const std::string_view name = text.substr(name_begin, at - name_begin);
    if (at == text.size() || kind_of(text[at]) == Kind::ampersand) {
      return refuse(draft_, name.empty() ? Reason::parameter_empty : Reason::value_missing,
                    name.empty() ? around(text, at) : name);
    }
    if (kind_of(text[at]) == Kind::foreign) return refuse(draft_, Reason::character_unencoded, around(text, at));
    if (kind_of(text[at]) != Kind::equals) {
      return refuse(draft_, Reason::name_encoded, text.substr(name_begin, text.find_first_of("=&", at) - name_begin));
    }
    if (name.empty()) return refuse(draft_, Reason::parameter_empty, around(text, at));

    const std::size_t value_begin = ++at;
    bool escaped = false;
    for (at = skip_plain(text, at); at < text.size() && text[at] != '&'; at = skip_plain(text, at)) {
      const Kind kind = kind_of(text[at]);
      if (kind == Kind::foreign) return refuse(draft_, Reason::character_unencoded, around(text, at));
      if (kind == Kind::equals) return refuse(draft_, Reason::equals_in_value, name);
      if (kind == Kind::escape && !is_escape(text, at)) return refuse(draft_, Reason::escape_malformed, around(text, at));
      escaped = true;
      at += kind == Kind::escape ? 3 : 1;
    }
    const auto status = add(name, table_.find(name), text.substr(value_begin, at - value_begin), escaped);
    if (!status.ok()) return status;
    if (at == text.size()) break;
    ++at;  // the '&'; a parameter must follow
  }
  return {};
}

SignStatus ParameterList::append(NameId id, std::string_view value) noexcept { return add(table_.name(id), id, value, false); }

SignStatus ParameterList::decode(BoundedWriter& out) noexcept {
  if (!any_escaped_) return {};
  for (std::size_t i = 0; i < size(); ++i) {
    if (!escaped_[i]) continue;
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

std::string_view ParameterList::value_of(NameId id) const noexcept {
  for (std::size_t i = 0; i < size(); ++i) {
    if (ids_[i] == id) return draft_.params[i].value;
  }
  return {};
}

bool ParameterList::is_repeated(std::string_view name, NameId id) const noexcept {
  if (id != kUnknownName) return present_.has(id);
  return std::any_of(draft_.params.begin(), draft_.params.begin() + static_cast<std::ptrdiff_t>(size()),
                     [name](const NameValue& other) { return other.name == name; });
}

SignStatus ParameterList::add(std::string_view name, NameId id, std::string_view value, bool escaped) noexcept {
  if (is_repeated(name, id)) return refuse(draft_, Reason::repeated_name, name);
  if (size() == Draft::kMaxParams) return refuse(draft_, Reason::too_many_parameters, name);
  ids_[size()] = id;
  escaped_[size()] = escaped;
  any_escaped_ |= escaped;
  draft_.params[draft_.param_count++] = {name, value};
  if (id != kUnknownName) present_.add(id);
  return {};
}

NameSet formable(const ParameterList& list, const NameTable& table) noexcept {
  NameSet names = list.present();
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list.id(i) != kUnknownName) {
      for (NameId id = table.suffix_of(list.id(i)); id != kUnknownName; id = table.suffix_of(id)) names.add(id);
      continue;
    }
    const std::string_view name = list.at(i).name;
    const std::size_t first_cut = name.size() > kMaxNameSize ? name.size() - kMaxNameSize : 1;
    for (std::size_t cut = first_cut; cut < name.size(); ++cut) {
      if (const NameId id = table.find(name.substr(cut)); id != kUnknownName) names.add(id);
    }
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
