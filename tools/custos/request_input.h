// RequestInput: one request as a person or a program wrote it, before it is signed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace custos::cli {

// kMaxInput is the most that one request may bring: a JSONL line, or a body file.
inline constexpr std::size_t kMaxInput = std::size_t{1024} * 1024;

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct RequestInput {
  std::string id;  // JSONL only: the JSON text to echo; empty: none was given
  std::string kind;
  std::string credential, method, path, query, body, host, nonce, recv_window;
  Pairs params, headers;
  std::optional<std::int64_t> timestamp_ms, expires;
  bool show_preimage = false;
};

}  // namespace custos::cli
