// How a signed request, or a failure, is told: JSON for programs, text for people.
#include <ranges>

#include "base64.h"
#include "output.h"
#include "signing.h"

namespace custos::cli {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";

std::string to_hex(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out.append(1, kHex[byte >> 4U]).append(1, kHex[byte & 15U]);
  }
  return out;
}

// append_quoted appends valid UTF-8 as a JSON string (RFC 8259, section 7). Ten thousand answers a second pass here, so it does
// not build a document first.
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

// begin_answer opens the object, with the caller's id first.
void begin_answer(std::string& out, const RequestInput& input) {
  out += '{';
  if (!input.id.empty()) out.append("\"id\":").append(input.id);
}

void append_headers(std::string& out, std::span<const NameValue> headers) {
  out += ",\"headers\":[";
  for (const auto& [name, value] : headers) {
    if (!out.ends_with('[')) out += ',';
    out += '[';
    append_quoted(out, name);
    out += ',';
    append_quoted(out, value);
    out += ']';
  }
  out += ']';
}

// append_bytes gives bytes as text, or as base64 when they are none.
void append_bytes(std::string& out, const std::string& name, std::string_view bytes) {
  if (is_utf8(bytes)) return append_member(out, name, bytes);
  append_member(out, name + "_base64", to_base64(bytes));
}

bool headers_are_utf8(std::span<const NameValue> headers) {
  return std::ranges::all_of(headers, [](const NameValue& header) { return is_utf8(header.name) && is_utf8(header.value); });
}

}  // namespace

Result<void> append_answer(std::string& out, const SignedRequest& answer, const RequestInput& input) {
  if (!is_utf8(answer.url()) || !headers_are_utf8(answer.headers())) {
    return fail(Errc::bad_input, Origin::request, "the URL or a header is no UTF-8: percent-encode such bytes");
  }
  begin_answer(out, input);
  if (answer.kind() == RequestKind::rest) {
    append_member(out, "method", answer.method());
    append_member(out, "url", answer.url());
    append_headers(out, answer.headers());
    append_bytes(out, "body", answer.body());
  } else {
    append_member(out, "kind", input.kind);
    append_bytes(out, "message", answer.message());
  }
  append_member(out, "signature", answer.signature());
  append_member(out, "algorithm", answer.algorithm());
  append_member(out, "operation", answer.operation());
  out += ",\"warnings\":[";
  for (const auto warning : answer.warnings()) {
    if (!out.ends_with('[')) out += ',';
    append_quoted(out, warning);
  }
  out += ']';
  if (input.show_preimage) append_member(out, "preimage", to_hex(answer.preimage()));
  out += '}';
  return {};
}

void append_failure(std::string& out, const Error& error, const RequestInput& input) {
  begin_answer(out, input);
  out += out.ends_with('{') ? "\"error\":{" : ",\"error\":{";
  append_member(out, "code", to_string(error.code));
  append_member(out, "message", is_utf8(error.detail) ? error.detail : escaped(error.detail));
  out += "}}";
}

std::string answer_text(const SignedRequest& answer, bool show_preimage) {
  std::string text = answer.kind() == RequestKind::rest ? escaped(answer.method()) + ' ' + escaped(answer.url()) + '\n'
                                                        : escaped(answer.message()) + '\n';
  for (const auto& [name, value] : answer.headers()) text += escaped(name) + ": " + escaped(value) + '\n';
  if (!answer.body().empty()) text += '\n' + escaped(answer.body()) + '\n';
  std::vector<std::pair<std::string, std::string>> lines{{"signature", std::string(answer.signature())},
                                                         {"algorithm", std::string(answer.algorithm())},
                                                         {"operation", std::string(answer.operation())}};
  for (const auto warning : answer.warnings()) lines.emplace_back("warning", warning);
  if (show_preimage) lines.emplace_back("preimage", to_hex(answer.preimage()));
  return text + '\n' + sheet(lines);
}

}  // namespace custos::cli
