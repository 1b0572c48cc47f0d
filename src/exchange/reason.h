// Reason: why a request was not signed, as SignStatus::native carries it with Origin::request. The numbers are not stable; the
// text that explain makes of them is for people, Errc is for programs.
#pragma once

#include <cstdint>
#include <string_view>

#include "custos/request.h"
#include "exchange/draft.h"

namespace custos::exchange {

enum class Reason : std::uint32_t {
  none,
  too_large,
  method_unknown,
  path_malformed,
  params_beside_query,
  params_beside_body,
  nonce_unused,
  expires_unused,
  character_unencoded,
  escape_malformed,
  parameter_empty,
  name_encoded,
  value_missing,
  equals_in_value,
  repeated_name,
  value_not_text,
  too_many_parameters,
  parameter_unlisted,
  signature_given,
  timestamp_twice,
  timestamp_malformed,
  timestamp_ahead,
  recv_window_twice,
  recv_window_malformed,
  split_ambiguous,
  host_malformed,
  host_foreign,
  host_unknown,
  header_name_malformed,
  header_value_malformed,
  header_reserved,
  too_many_headers,
  content_type_foreign,
  api_key_malformed,
  signature_size,
  count_,
};

// code_of gives the category that a caller branches on.
[[nodiscard]] Errc code_of(Reason reason) noexcept;

// refuse records what the refusal is about (cut to what fits) and makes the status.
[[nodiscard]] SignStatus refuse(Draft& draft, Reason reason, std::string_view subject = {}) noexcept;

}  // namespace custos::exchange
