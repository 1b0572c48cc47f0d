// How a transaction, or its signatures, are told: JSON for programs, text for people.
#pragma once

#include <string>
#include <string_view>

#include "custos/transaction.h"
#include "output.h"

namespace custos::cli {

// append_signed appends a signed transaction as one JSON object, without a line end. `id`, when not empty, is JSON text that
// comes first.
void append_signed(std::string& out, const SignedTransaction& transaction, std::string_view id);
[[nodiscard]] std::string signed_text(const SignedTransaction& transaction);

// transaction_text says what a transaction does; transaction_json says the same to programs.
[[nodiscard]] std::string transaction_text(const TransactionInfo& info);
[[nodiscard]] Json transaction_json(const TransactionInfo& info);

}  // namespace custos::cli
