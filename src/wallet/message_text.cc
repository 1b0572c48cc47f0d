#include "wallet/message_text.h"

#include <algorithm>

#include "encode/hex.h"
#include "encode/shown_text.h"

namespace custos::wallet {

void describe_message(std::string_view message, facts::TransactionFacts& facts) {
  constexpr std::size_t kShown = 64;
  facts.reachable.add(facts::OperationClass::session);
  if (encode::is_shown_text(message)) {
    facts.text = message;
    return;
  }
  facts.reachable.add(facts::OperationClass::unknown);
  facts.undecoded.push_back("a message of " + std::to_string(message.size()) + " bytes that are no text: 0x" +
                            encode::to_hex(as_bytes(message.substr(0, kShown))) + (message.size() > kShown ? "…" : ""));
}

}  // namespace custos::wallet
