// Fuzzes Solana's transactions and messages, in binary or as text; an input that begins with 0xFF is an off-chain message.
//
// What must hold: the same input gives the same answer twice; a refusal says why in one line; what is read writes to the same
// bytes again, so that nothing was passed over; every instruction leaves an effect, and what is not understood reaches `unknown`;
// what is signed with the message is the message itself.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "wallet/solana/offchain.h"
#include "wallet/solana_message_writer.h"
#include "wallet/solana_support.h"

namespace {

using namespace custos;          // NOLINT(google-build-using-namespace)
using namespace custos::wallet;  // NOLINT(google-build-using-namespace)

void require(bool holds) {
  if (!holds) std::abort();
}

// read inspects as nobody, so that the message's signers do not matter.
Result<std::unique_ptr<Transaction>> read(std::string_view bytes, std::string_view scheme) {
  Input input;
  input.bytes = bytes;
  input.scheme = scheme;
  return solana().read(input, nullptr);
}

void check_message(const sol::Unsigned& read, std::string_view input) {
  require(testing::write_message(read.message) == read.bytes);
  require(read.signatures.size() == read.message.signers);
  const Bytes whole = sol::write_transaction(read);
  require(whole.size() <= sol::kMaxTransactionBytes);
  const auto again = sol::read_transaction(as_text(whole));
  if (again) require(again->bytes == read.bytes && again->signatures == read.signatures);
  // A bare message can become a transaction that is also another bare message: that is refused, and nothing else.
  if (!again) require(again.error().detail.find("can be read") != std::string::npos && as_text(whole) != input);
}

void check_facts(const sol::Message& message, const facts::TransactionFacts& facts) {
  require(facts.effects.size() == message.instructions.size() + message.lookups.size());
  require(!facts.reachable.empty() && facts.maximum_fee && facts.from == sol::to_base58(message.keys[0]));
  require(facts.undecoded.empty() || facts.reachable.has(facts::OperationClass::unknown));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(data, size);
  const std::string_view input = as_text(bytes);
  const bool offchain = size > 0 && data[0] == 0xFF;
  const auto transaction = read(input, offchain ? "solana" : "");
  const auto again = read(input, offchain ? "solana" : "");
  require(transaction.has_value() == again.has_value());
  if (!transaction) {
    require(transaction.error().detail == again.error().detail);
    require(!transaction.error().detail.empty() && transaction.error().detail.find('\n') == std::string::npos);
    return 0;
  }
  const facts::TransactionFacts& facts = (*transaction)->facts();
  require(facts::intent_digest(facts, {}) == facts::intent_digest((*again)->facts(), {}));
  if (offchain) {
    const auto message = sol::read_offchain(bytes);
    require(message && facts.reachable.has(facts::OperationClass::session));
    require(facts.reachable.has(facts::OperationClass::unknown) ? facts.text.empty() : facts.text == message->text);
    require(!sol::read_message(bytes));
    return 0;
  }
  const auto parsed = sol::read_transaction(input);
  require(parsed.has_value());
  check_message(*parsed, input);
  check_facts(parsed->message, facts);
  return 0;
}
