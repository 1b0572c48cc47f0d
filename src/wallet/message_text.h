// What a message says, for its facts.
#pragma once

#include <string_view>

#include "facts/transaction_facts.h"

namespace custos::wallet {

// describe_message makes the facts those of a message (class session) with its text. What a person cannot read as what it is
// counts as undecoded, and makes the class unknown as well.
void describe_message(std::string_view message, facts::TransactionFacts& facts);

}  // namespace custos::wallet
