// Fields of an answer, for tests of chains.
#pragma once

#include <algorithm>
#include <string>

#include "wallet/transaction.h"

namespace custos::wallet::testing {

// field_of finds a field of the answer; "" when it has none.
inline std::string field_of(const Signed& answer, std::string_view name) {
  const auto found = std::ranges::find(answer, name, &Field::name);
  return found == answer.end() ? "" : found->value;
}

}  // namespace custos::wallet::testing
