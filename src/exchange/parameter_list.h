// ParameterList: a query or form body read strictly, so that every server reads the same names and values from it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/writer.h"
#include "custos/request.h"
#include "exchange/draft.h"
#include "exchange/name_table.h"
#include "exchange/reason.h"

namespace custos::exchange {

// ParameterList collects the parameters of one request, from its query first and its body then. It writes into draft.params and
// views the text that it was given. What a venue would have to guess at is an error: a name without '=', a second '=' in a value,
// an escape in a name, an empty or repeated name.
class ParameterList {
 public:
  // Rules say what a venue takes besides: a name more than once; "[" and "]" in names.
  struct Rules {
    bool repeated = false;
    bool brackets = false;
  };

  ParameterList(const NameTable& names, Draft& draft, Rules rules) noexcept : table_(names), draft_(draft), rules_(rules) {}
  ParameterList(const NameTable& names, Draft& draft) noexcept : ParameterList(names, draft, Rules()) {}
  ParameterList(const ParameterList&) = delete;
  ParameterList& operator=(const ParameterList&) = delete;

  // parse appends the parameters of `text`, which is a query without "?" or a form body.
  [[nodiscard]] SignStatus parse(std::string_view text) noexcept;

  // write appends `params` to `out`, percent-encoded and joined by '&', and lists them as parse would read them there. The caller
  // asks `out` whether all of it fitted.
  [[nodiscard]] SignStatus write(std::span<const NameValue> params, BoundedWriter& out) noexcept;

  // copy copies `params` into `out` as they are, and lists them.
  [[nodiscard]] SignStatus copy(std::span<const NameValue> params, BoundedWriter& out) noexcept;

  // append adds one known parameter that was written behind the parsed text.
  [[nodiscard]] SignStatus append(NameId id, std::string_view value) noexcept;

  // decode replaces each escaped value by its decoded copy in `out`, and checks that it is text. The caller asks `out` whether
  // all of it fitted.
  [[nodiscard]] SignStatus decode(BoundedWriter& out) noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return draft_.param_count; }
  [[nodiscard]] NameValue at(std::size_t i) const noexcept { return draft_.params[i]; }
  [[nodiscard]] NameId id(std::size_t i) const noexcept { return entries_[i].id; }
  // present names the known parameters; others are found by id() == kUnknownName.
  [[nodiscard]] const NameSet& present() const noexcept { return present_; }
  [[nodiscard]] bool any_unknown() const noexcept { return any_unknown_; }
  // is_within says that all parameters are known and in `names`.
  [[nodiscard]] bool is_within(const NameSet& names) const noexcept { return !any_unknown_ && present_.is_within(names); }
  // value_of answers the value of a present parameter.
  [[nodiscard]] std::string_view value_of(NameId id) const noexcept { return draft_.params[places_[id]].value; }

 private:
  [[nodiscard]] SignStatus parse_one(std::string_view text, std::size_t& at) noexcept;
  [[nodiscard]] SignStatus refuse_name(std::string_view text, std::size_t begin, std::size_t end) noexcept;
  [[nodiscard]] bool has_unknown(std::string_view name) const noexcept;
  [[nodiscard]] SignStatus add(std::string_view name, NameId id, std::string_view value, bool escaped) noexcept;

  struct Entry {
    NameId id;
    bool escaped;  // the value holds '%' or '+'
  };

  [[nodiscard]] std::size_t skip_name(std::string_view text, std::size_t at) const noexcept;

  const NameTable& table_;
  Draft& draft_;
  const Rules rules_;
  NameSet present_;
  std::array<Entry, Draft::kMaxParams> entries_;  // one for each of draft.params
  std::array<std::uint8_t, kMaxNames> places_;    // of each present name, in draft.params
  static_assert(Draft::kMaxParams <= 256);
  bool any_escaped_ = false;
  bool any_unknown_ = false;
};

// formable answers the names that the holder of the signed bytes can form from `list` by any split into query and body: every
// parameter's name, and every known name that one of them ends with (a split inside the name cuts its front off). What a split
// leaves without '=' is no more than an empty value, which satisfies no demand.
[[nodiscard]] NameSet formable(const ParameterList& list, const NameTable& table) noexcept;

// glued_name looks for a known name that only joining query and body forms: the tail of the query's last value together with the
// body's first name. It answers the first found, or nothing.
[[nodiscard]] std::string_view glued_name(std::string_view last_query_value, std::string_view first_body_name,
                                          const NameTable& table) noexcept;

}  // namespace custos::exchange
