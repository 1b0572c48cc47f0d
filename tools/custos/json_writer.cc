#include "json_writer.h"

namespace custos::cli {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";

}  // namespace

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out.append(1, '\\').append(1, c);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out.append("\\u00")
          .append(1, kHex[static_cast<unsigned char>(c) >> 4U])
          .append(1, kHex[static_cast<unsigned char>(c) & 15U]);
    } else {
      out += c;
    }
  }
  out += '"';
}

void append_member(std::string& out, std::string_view name, std::string_view text) {
  if (!out.ends_with('{')) out += ',';
  append_quoted(out, name);
  out += ':';
  append_quoted(out, text);
}

void append_json_member(std::string& out, std::string_view name, std::string_view json) {
  if (!out.ends_with('{')) out += ',';
  append_quoted(out, name);
  out += ':';
  out += json;
}

void begin_object(std::string& out, std::string_view id) {
  out += '{';
  if (!id.empty()) out.append("\"id\":").append(id);
}

}  // namespace custos::cli
