// Writing answers as JSON text. Ten thousand answers a second pass here, so no document is built first.
#pragma once

#include <string>
#include <string_view>

namespace custos::cli {

// begin_object opens an answer, with the caller's id first: JSON text; empty: there is none.
void begin_object(std::string& out, std::string_view id);

// append_quoted appends valid UTF-8 as a JSON string (RFC 8259, section 7).
void append_quoted(std::string& out, std::string_view text);
// append_member appends a member of text to an open object, append_json_member one whose value is JSON already.
void append_member(std::string& out, std::string_view name, std::string_view text);
void append_json_member(std::string& out, std::string_view name, std::string_view json);

// append_list appends a member that is an array of texts.
template <class Texts>
void append_list(std::string& out, std::string_view name, const Texts& texts) {
  append_json_member(out, name, "[");
  for (const auto& text : texts) {
    if (!out.ends_with('[')) out += ',';
    append_quoted(out, text);
  }
  out += ']';
}

}  // namespace custos::cli
