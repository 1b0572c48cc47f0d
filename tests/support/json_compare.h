// Compares what src/exchange/json.h reads in place with what nlohmann reads from the same text.
#pragma once

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "exchange/json.h"

namespace custos::test {

// text_of gives a string's content.
inline std::string text_of(exchange::JsonValue value) {
  std::string buffer(value.raw.size(), '\0');  // undoing escapes never grows
  BoundedWriter out(buffer);
  return std::string(exchange::write_text(value, out));
}

// difference answers where the two read something else, or nothing.
inline std::string difference(exchange::JsonValue ours, const nlohmann::ordered_json& theirs) {
  using exchange::JsonType;
  const std::string here(ours.raw);
  if (theirs.is_object()) {
    if (ours.type != JsonType::object) return here;
    auto expected = theirs.begin();
    exchange::JsonMembers members(ours);
    for (; members.next(); ++expected) {
      if (expected == theirs.end() || text_of(members.name()) != expected.key()) return here;
      if (!exchange::is_string(members.name(), expected.key())) return here;
      if (exchange::member(ours, expected.key()).raw.data() != members.value().raw.data()) return here;
      if (const std::string found = difference(members.value(), expected.value()); !found.empty()) return found;
    }
    return expected == theirs.end() ? std::string() : here;
  }
  if (theirs.is_array()) {
    if (ours.type != JsonType::array) return here;
    auto expected = theirs.begin();
    for (exchange::JsonElements elements(ours); elements.next(); ++expected) {
      if (expected == theirs.end()) return here;
      if (const std::string found = difference(elements.value(), *expected); !found.empty()) return found;
    }
    return expected == theirs.end() ? std::string() : here;
  }
  if (theirs.is_string()) {
    return ours.type == JsonType::string && text_of(ours) == theirs.get<std::string>() ? std::string() : here;
  }
  if (theirs.is_number()) {
    return ours.type == JsonType::number && std::strtod(here.c_str(), nullptr) == theirs.get<double>() ? std::string() : here;
  }
  if (theirs.is_boolean()) {
    return ours.type == JsonType::boolean && here == (theirs.get<bool>() ? "true" : "false") ? std::string() : here;
  }
  return ours.type == JsonType::null && here == "null" ? std::string() : here;
}

}  // namespace custos::test
