// TransactionSigner::Impl: one key's signer, which prepares itself anew when the home changed.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "custodian/prepared_chain_key.h"
#include "custodian/standing_refusal.h"
#include "custos/transaction.h"

namespace custos {

struct TransactionSigner::Impl {
  Impl(std::shared_ptr<Custodian::Impl> home, KeyName name, const PrepareOptions& options, KeySource source)
      : home_(std::move(home)), name_(std::move(name)), options_(options), source_(std::move(source)) {}

  // prepare takes the key from `source`; empty: from the home's tokens.
  static Result<TransactionSigner> prepare(std::shared_ptr<Custodian::Impl> home, const KeyName& name,
                                           const PrepareOptions& options, KeySource source = {});

  Result<TransactionInfo> inspect(const TransactionView& transaction);
  Result<SignedTransaction> sign(const TransactionView& transaction, const SignOptions& options);
  std::size_t rearm(std::size_t max_sessions);
  [[nodiscard]] std::string_view chain() const noexcept { return chain_; }

 private:
  using Prepared = std::shared_ptr<PreparedChainKey>;
  class PathKeyring;

  // read reads the transaction for the key. Errors: bad_input; refused, when it is for another chain than the key.
  Result<std::unique_ptr<wallet::Transaction>> read(const TransactionView& transaction, PreparedChainKey& prepared);
  // try_sign answers nothing when the home changed while the device signed: then the result is worth nothing.
  std::optional<Result<SignedTransaction>> try_sign(const TransactionView& transaction, const SignOptions& options);
  Result<void> judge(const PreparedChainKey& prepared, const wallet::Transaction& transaction, const SignOptions& options);
  Result<std::vector<wallet::MadeSignature>> make_signatures(PreparedChainKey& prepared, std::span<const wallet::ToSign> wanted,
                                                             const SignOptions& options);
  Result<wallet::MadeSignature> make_signature(PreparedChainKey& prepared, const wallet::ToSign& wanted,
                                               const SignOptions& options);
  [[nodiscard]] Unexpected failure(const SignStatus& status) const;

  // current answers the prepared key of this epoch. Errors: as PreparedChainKey::prepare; deadline_exceeded.
  Result<Prepared> current(key::Deadline deadline);
  Result<Prepared> prepare_anew(key::Deadline deadline);
  [[nodiscard]] Prepared standing();
  void replace(Prepared fresh);

  std::shared_ptr<Custodian::Impl> home_;
  const KeyName name_;
  const PrepareOptions options_;
  const KeySource source_;
  std::string_view chain_;

  std::mutex standing_mutex_;
  Prepared standing_;  // guarded by it

  std::timed_mutex preparing_;  // guards what follows
  StandingRefusal refusal_;
  bool ever_prepared_ = false;
};

}  // namespace custos
