// RequestInput: one request as a person or a program wrote it, before it is signed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "custos/result.h"

#include "custos/request.h"

namespace custos::cli {

// kMaxInput is the most that one request may bring: a JSONL line, or a body file.
inline constexpr std::size_t kMaxInput = std::size_t{1024} * 1024;

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct RequestInput {
  std::string id;             // JSONL only: the JSON text to echo; empty: none was given
  std::string kind = "rest";  // or "ws", "fix"
  std::string credential, method, path, query, body, host, nonce, recv_window;
  Pairs params, headers;
  std::optional<std::int64_t> timestamp_ms, expires;
  bool show_preimage = false;
};

// kind_of reads a request's kind. Nothing: it is unknown.
[[nodiscard]] inline std::optional<RequestKind> kind_of(std::string_view text) noexcept {
  if (text == "rest") return RequestKind::rest;
  if (text == "ws") return RequestKind::ws;
  if (text == "fix") return RequestKind::fix;
  return std::nullopt;
}

// read_body gives what --body TEXT|@FILE names: at most kMaxInput bytes of a file. Errors: not_found, bad_input.
[[nodiscard]] Result<std::string> read_body(const std::string& text_or_file);

}  // namespace custos::cli
