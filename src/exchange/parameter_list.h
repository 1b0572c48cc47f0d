// ParameterList: a query or form body read strictly, so that every server reads the same names and values from it.
#pragma once

#include <array>
#include <cstdint>
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
  ParameterList(const NameTable& names, Draft& draft) noexcept : table_(names), draft_(draft) {}
  ParameterList(const ParameterList&) = delete;
  ParameterList& operator=(const ParameterList&) = delete;

  // parse appends the parameters of `text`, which is a query without "?" or a form body.
  [[nodiscard]] SignStatus parse(std::string_view text) noexcept;

  // append adds one known parameter that was written behind the parsed text.
  [[nodiscard]] SignStatus append(NameId id, std::string_view value) noexcept;

  // decode replaces each escaped value by its decoded copy in `out`, and checks that it is text. The caller asks `out` whether
  // all of it fitted.
  [[nodiscard]] SignStatus decode(BoundedWriter& out) noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return draft_.param_count; }
  [[nodiscard]] NameValue at(std::size_t i) const noexcept { return draft_.params[i]; }
  [[nodiscard]] NameId id(std::size_t i) const noexcept { return ids_[i]; }
  // present names the known parameters; others are found by id() == kUnknownName.
  [[nodiscard]] const NameSet& present() const noexcept { return present_; }
  // value_of answers the value of a present parameter.
  [[nodiscard]] std::string_view value_of(NameId id) const noexcept;

 private:
  [[nodiscard]] bool is_repeated(std::string_view name, NameId id) const noexcept;
  [[nodiscard]] SignStatus add(std::string_view name, NameId id, std::string_view value, bool escaped) noexcept;

  const NameTable& table_;
  Draft& draft_;
  NameSet present_;
  std::array<NameId, Draft::kMaxParams> ids_;    // one for each of draft.params
  std::array<bool, Draft::kMaxParams> escaped_;  // whose value holds '%' or '+'
  bool any_escaped_ = false;
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
