// TransactionInput: one transaction or message as a person or a program wrote it, before it is signed.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "custos/transaction.h"

namespace custos::cli {

// kMaxTransaction is the most that one transaction may bring: a file, standard input, or a JSONL line.
inline constexpr std::size_t kMaxTransaction = std::size_t{16} * 1024 * 1024;

struct TransactionInput {
  std::string id;  // JSONL only: the JSON text to echo; empty: none was given
  std::string key, chain, path, scheme, bytes, chain_id, network, address, prefix;
  bool finalize = false, any_sighash = false, without_replay_protection = false;
};

// view_of gives what custos::TransactionSigner takes; its views are the input's.
[[nodiscard]] TransactionView view_of(const TransactionInput& input) noexcept;

// read_transaction reads at most kMaxTransaction bytes from a file, or from standard input when none is named. Errors: not_found,
// bad_input, system.
[[nodiscard]] Result<std::string> read_transaction(const std::optional<std::string>& path);

// trim_text takes the white space off the end of what is text only, as editors and echo leave it; binary input stays as it is.
void trim_text(std::string& bytes);

// parse_transaction_line reads a line of `tx sign --jsonl` into `input`. On failure `input.id` holds the id if it was read.
// Unknown and repeated names and values of another type than the name's are errors. Errors: bad_input.
Result<void> parse_transaction_line(std::string_view line, TransactionInput& input);

}  // namespace custos::cli
