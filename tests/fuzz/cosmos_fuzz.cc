// Fuzzes what Cosmos transactions are read from: a SignDoc (binary, base64, hexadecimal), the JSON forms of it, a StdSignDoc.
//
// What must hold: the same input is read the same twice, with a key or without; a binary SignDoc's sign bytes are its own bytes;
// the sign bytes of amino JSON read as themselves; a body that was read writes the bytes that it was read from, or, where its
// writer chose the order, bytes that read as the same; what is not understood is of the unknown class.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "encode/hex.h"
#include "facts/transaction_facts.h"
#include "wallet/cosmos/sign_doc.h"
#include "wallet/keyring_of_one.h"

namespace {

using namespace custos;
using wallet::cosmos_sdk::Message;
using wallet::cosmos_sdk::SignDoc;

void require(bool holds) {
  if (!holds) std::abort();
}

// public_key is that of the corpus's key.
const Bytes& public_key() {
  static const Bytes key = *encode::from_hex("032c8c31fc9f990c6b55e3865a184a4ce50e09481f2eaeb3e60ec1cea13a6ae645");
  return key;
}

std::string written_again(const Message& body) {
  const std::string once = write_message(body);
  const auto again = read_message(wallet::cosmos_sdk::kTxBody, once, {"body"});
  require(again.has_value());
  require(write_message(*again) == once);
  return once;
}

void check_document(std::string_view input) {
  const auto doc = wallet::cosmos_sdk::read_sign_doc(input);
  if (!doc) return;
  const std::string body = written_again(doc->body);
  const bool direct = doc->mode == wallet::cosmos_sdk::kDirectMode;
  require(body.size() == doc->body_bytes.size());
  if (!direct) require(body == doc->body_bytes);
  if (direct && input.starts_with('\x0A')) require(doc->sign_bytes == input);
  const auto again = wallet::cosmos_sdk::read_sign_doc(doc->sign_bytes);
  require(again.has_value() && again->sign_bytes == doc->sign_bytes && again->body_bytes == doc->body_bytes);
}

void check_facts(std::string_view bytes, std::string_view scheme) {
  wallet::Input input;
  input.bytes = bytes;
  input.scheme = scheme;
  wallet::testing::KeyringOfOne keyring(public_key());
  static_cast<void>(wallet::cosmos().read(input, &keyring));
  const auto first = wallet::cosmos().read(input, nullptr);
  const auto second = wallet::cosmos().read(input, nullptr);
  require(first.has_value() == second.has_value());
  if (!first) {
    require(first.error().detail == second.error().detail && !first.error().detail.empty());
    return;
  }
  const facts::TransactionFacts& facts = (*first)->facts();
  require(facts::intent_digest(facts, {}) == facts::intent_digest((*second)->facts(), {}));
  require(!facts.reachable.empty());
  require(facts.undecoded.empty() || facts.reachable.has(facts::OperationClass::unknown));
  for (const auto& effect : facts.effects) {
    const auto found = class_of(effect.kind);
    require(!found || facts.reachable.has(*found));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  check_document(input);
  check_facts(input, {});
  check_facts(input, "adr36");
  return 0;
}
