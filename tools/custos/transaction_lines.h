// TransactionLines: prepared signers by key, for as many transactions as a process signs, a line each.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "custos/custos.h"
#include "jsonl.h"
#include "transaction_input.h"

namespace custos::cli {

class TransactionLines final : public LineService {
 public:
  // `key` signs for lines that name none; `only` are the keys that may be used, empty: all. `custodian` outlives this.
  TransactionLines(Custodian& custodian, std::string key, std::vector<std::string> only)
      : custodian_(custodian), key_(std::move(key)), only_(std::move(only)) {}

  Result<void> answer(Result<std::string_view> line, std::string& out, std::string& id) override;
  void rest() noexcept override;

 private:
  Result<TransactionSigner*> signer_for(const std::string& key);

  Custodian& custodian_;
  std::string key_;
  std::vector<std::string> only_;
  std::map<std::string, TransactionSigner, std::less<>> signers_;
  TransactionInput input_;
};

}  // namespace custos::cli
