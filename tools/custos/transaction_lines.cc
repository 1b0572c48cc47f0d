#include "transaction_lines.h"

#include <algorithm>
#include <new>

#include "transaction_answer.h"

namespace custos::cli {

Result<TransactionSigner*> TransactionLines::signer_for(const std::string& key) {
  const std::string& name = key.empty() ? key_ : key;
  if (name.empty()) return fail(Errc::bad_input, Origin::request, "the name \"key\" is missing");
  if (!only_.empty() && std::ranges::find(only_, name) == only_.end()) {
    return fail(Errc::refused, Origin::none, "key " + name.substr(0, 160) + " is not among those that may be used");
  }
  if (const auto known = signers_.find(name); known != signers_.end()) return &known->second;
  auto parsed = KeyName::parse(name);
  if (!parsed) return parsed.failure();
  auto prepared = custodian_.prepare_transaction_signer(*parsed);
  if (!prepared) return prepared.failure();
  return &signers_.emplace(name, *std::move(prepared)).first->second;
}

Result<void> TransactionLines::answer(Result<std::string_view> line, std::string& out, std::string& id) {
  input_ = TransactionInput{};
  if (!line) return line.failure();
  auto parsed = parse_transaction_line(*line, input_);
  id = input_.id;
  if (!parsed) return parsed;
  auto signer = signer_for(input_.key);
  if (!signer) return signer.failure();
  auto signed_transaction = (*signer)->sign(view_of(input_));
  if (!signed_transaction) return signed_transaction.failure();
  append_signed(out, *signed_transaction, id);
  return {};
}

void TransactionLines::rest() noexcept {
  try {
    for (const auto& [key, signer] : signers_) signer.rearm();
  } catch (const std::bad_alloc&) {
    return;  // the next signature arms its own session
  }
}

}  // namespace custos::cli
