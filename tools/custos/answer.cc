// How a signed request, or a failure, is told: JSON for programs, text for people.
#include <ranges>

#include "base64.h"
#include "hex.h"
#include "json_writer.h"
#include "output.h"
#include "signing.h"

namespace custos::cli {
namespace {

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
  begin_object(out, input.id);
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
  append_list(out, "warnings", answer.warnings());
  if (input.show_preimage) append_member(out, "preimage", to_hex(answer.preimage()));
  out += '}';
  return {};
}

void append_failure(std::string& out, const Error& error, std::string_view id) {
  begin_object(out, id);
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
