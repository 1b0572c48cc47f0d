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
  scheme_unknown,
  body_unexpected,
  json_malformed,
  json_byte_order_mark,
  json_not_utf8,
  json_too_deep,
  json_repeated_name,
  json_number,
  json_no_container,
  recv_window_unused,
  recv_window_range,
  timestamp_unused,
  timestamp_range,
  expires_ahead,
  nonce_malformed,
  nonce_ahead,
  nonce_not_rising,
  nonce_missing,
  passphrase_missing,
  value_ambiguous,
  text_not_utf8,
  channel_malformed,
  message_part_unused,
  member_missing,
  member_unknown,
  member_malformed,
  member_uncovered,
  member_foreign,
  nonce_differs,
  number_not_integer,
  query_unexpected,
  transaction_malformed,
  transaction_key_foreign,
  signature_foreign,
  reads_as_another,
  field_missing,
  field_malformed,
  operation_unlisted,
  query_mark,
  count_,
};

// code_of gives the category that a caller branches on.
[[nodiscard]] Errc code_of(Reason reason) noexcept;

// refuse records what the refusal is about (cut to what fits) and makes the status.
[[nodiscard]] SignStatus refuse(Draft& draft, Reason reason, std::string_view subject = {}) noexcept;

}  // namespace custos::exchange
