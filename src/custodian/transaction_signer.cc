#include "custodian/transaction_signer.h"

#include <algorithm>

#include "custodian/status_text.h"
#include "custodian/transaction_info.h"
#include "encode/quote.h"
#include "hash/digest.h"
#include "key/key_path.h"

namespace custos {
namespace {

// A signer that meets this many changes during one signature answers busy.
constexpr int kMaxAttempts = 8;

key::Scheme scheme_of(wallet::SignatureKind kind) noexcept {
  switch (kind) {
    case wallet::SignatureKind::ecdsa: return key::Scheme::ecdsa_digest;
    case wallet::SignatureKind::schnorr: return key::Scheme::schnorr_digest;
    case wallet::SignatureKind::schnorr_tweak: return key::Scheme::schnorr_tweaked;
    case wallet::SignatureKind::ed25519: return key::Scheme::ed25519;
  }
  return key::Scheme::ed25519;
}

// digest_of hashes all that will be signed: the digests of the messages, in order.
Digest32 digest_of(std::span<const wallet::ToSign> wanted) {
  Bytes digests;
  for (const auto& one : wanted) {
    const Digest32 digest = hash::sha256_of(one.message);
    digests.insert(digests.end(), digest.begin(), digest.end());
  }
  return hash::sha256_of(digests);
}

Unexpected forked_failure() {
  return fail(Errc::device_gone, Origin::home, "this process was forked from the one that opened the home: open it anew");
}

}  // namespace

// PathKeyring is a prepared key as a chain's reader sees it, with the path that the caller named.
class TransactionSigner::Impl::PathKeyring final : public wallet::Keyring {
 public:
  PathKeyring(PreparedChainKey& prepared, wallet::KeyPath path) : prepared_(prepared), path_(std::move(path)) {}
  Result<Bytes> public_key(const wallet::KeyPath& path) override { return prepared_.public_key(path); }
  [[nodiscard]] const wallet::KeyPath& path() const override { return path_; }
  std::optional<std::array<std::uint8_t, 4>> fingerprint() override { return prepared_.fingerprint(); }

 private:
  PreparedChainKey& prepared_;
  wallet::KeyPath path_;
};

TransactionSigner::TransactionSigner(std::shared_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
TransactionSigner::~TransactionSigner() = default;
TransactionSigner::TransactionSigner(TransactionSigner&&) noexcept = default;
TransactionSigner& TransactionSigner::operator=(TransactionSigner&&) noexcept = default;

Result<TransactionInfo> TransactionSigner::inspect(const TransactionView& transaction) const {
  return impl_->inspect(transaction);
}
Result<SignedTransaction> TransactionSigner::sign(const TransactionView& transaction, const SignOptions& options) const {
  return impl_->sign(transaction, options);
}
std::size_t TransactionSigner::rearm(std::size_t max_sessions) const { return impl_->rearm(max_sessions); }
std::string_view TransactionSigner::chain() const noexcept { return impl_->chain(); }

Result<TransactionSigner> Custodian::prepare_transaction_signer(const KeyName& key, const PrepareOptions& options) {
  return TransactionSigner::Impl::prepare(impl_, key, options);
}

Result<TransactionSigner> TransactionSigner::Impl::prepare(std::shared_ptr<Custodian::Impl> home, const KeyName& name,
                                                           const PrepareOptions& options, KeySource source) {
  if (options.shelf > key::kMaxShelf) {
    return fail(Errc::bad_input, Origin::none, "a shelf holds at most " + std::to_string(key::kMaxShelf) + " sessions");
  }
  if (!source) source = home_keys(*home);
  auto impl = std::make_shared<Impl>(std::move(home), name, options, std::move(source));
  auto prepared = impl->prepare_anew({});
  if (!prepared) return prepared.failure();
  impl->chain_ = (*prepared)->chain->name();
  (*prepared)->rearm(options.shelf);
  return TransactionSigner(std::move(impl));
}

Result<std::unique_ptr<wallet::Transaction>> TransactionSigner::Impl::read(const TransactionView& transaction,
                                                                           PreparedChainKey& prepared) {
  const std::string_view chain = prepared.chain->name();
  if (!transaction.chain.empty() && transaction.chain != chain) {
    auto known = chain_named(transaction.chain);
    if (!known) return known.failure();
    return fail(Errc::refused, Origin::key,
                "key " + name_.text() + " has the purpose chain:" + std::string(chain) +
                    " and signs for nothing else, so not for " + std::string(transaction.chain));
  }
  wallet::KeyPath path;
  if (!transaction.path.empty()) {
    auto parsed = key::parse_key_path(transaction.path);
    if (!parsed) return parsed.failure();
    path = *std::move(parsed);
  }
  PathKeyring keyring(prepared, std::move(path));
  const auto input = input_of(transaction, *prepared.chain);
  if (!input) return Unexpected{input.error()};
  return prepared.chain->read(*input, &keyring);
}

Result<TransactionInfo> TransactionSigner::Impl::inspect(const TransactionView& transaction) {
  if (home_->forked()) return forked_failure();
  auto prepared = current({});
  if (!prepared) return prepared.failure();
  auto found = read(transaction, **prepared);
  if (!found) return found.failure();
  return info_of((*found)->facts(), *(*prepared)->chain);
}

Result<SignedTransaction> TransactionSigner::Impl::sign(const TransactionView& transaction, const SignOptions& options) {
  if (home_->forked()) return forked_failure();
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    if (auto answer = try_sign(transaction, options)) return *std::move(answer);
  }
  return fail(Errc::busy, Origin::registry, "the home is being changed without pause: try again");
}

std::optional<Result<SignedTransaction>> TransactionSigner::Impl::try_sign(const TransactionView& transaction,
                                                                           const SignOptions& options) {
  auto prepared = current(options.deadline);
  if (!prepared) return prepared.failure();
  auto found = read(transaction, **prepared);
  if (!found) return found.failure();
  if (auto judged = judge(**prepared, **found, options); !judged) return judged.failure();
  auto signatures = make_signatures(**prepared, (*found)->to_sign(), options);
  if (!signatures) return signatures.failure();
  if (home_->control.epoch() != (*prepared)->epoch) return std::nullopt;  // design.md, "The home"

  auto fields = (*found)->assemble(*signatures);
  if (!fields) return fields.failure();
  if (!home_->audit.commit((*found)->facts(), options.context)) {
    return fail(Errc::internal, Origin::grants, "the signature could not be recorded");
  }
  SignedTransaction answer{info_of((*found)->facts(), *(*prepared)->chain), {}};
  answer.fields.reserve(fields->size());
  for (auto& field : *fields) answer.fields.push_back({std::move(field.name), std::move(field.value), field.json});
  return answer;
}

// judge authorises; a transaction that passes is claimed in the audit.
Result<void> TransactionSigner::Impl::judge(const PreparedChainKey& prepared, const wallet::Transaction& transaction,
                                            const SignOptions& options) {
  const facts::TransactionFacts& facts = transaction.facts();
  const authorise::TransactionIntent intent(facts, [&transaction] { return digest_of(transaction.to_sign()); });
  const auto decision = prepared.authoriser->authorise(facts, intent, options.context);
  using Verdict = authorise::Decision::Verdict;
  if (decision.verdict == Verdict::needs_approval) {
    return fail(Errc::needs_approval, Origin::grants, "this " + facts.kind + " waits for approval", decision.rule_id);
  }
  if (decision.verdict != Verdict::allow) {
    return fail(Errc::refused, Origin::grants,
                prepared.authoriser->explain(facts, name_.text(), prepared.chain->coin_unit_on(facts.chain_id),
                                             prepared.chain->coin_decimals()),
                decision.rule_id);
  }
  if (home_->audit.claim(facts, decision, options.context)) return {};
  return fail(Errc::internal, Origin::grants, "the signature could not be claimed");
}

Result<std::vector<wallet::MadeSignature>> TransactionSigner::Impl::make_signatures(PreparedChainKey& prepared,
                                                                                    std::span<const wallet::ToSign> wanted,
                                                                                    const SignOptions& options) {
  if (wanted.empty()) return fail(Errc::internal, Origin::request, "the transaction asks for no signature");
  if (const auto status = prepared.check_presence(home_->control, kPresenceInterval, options.deadline); !status.ok()) {
    return failure(status);
  }
  std::vector<wallet::MadeSignature> made;
  made.reserve(wanted.size());
  for (const auto& one : wanted) {
    if (key::is_over(options.deadline)) return failure({Errc::deadline_exceeded, Origin::key, 0});
    auto signature = make_signature(prepared, one, options);
    if (!signature) return signature.failure();
    made.push_back(*std::move(signature));
  }
  return made;
}

Result<wallet::MadeSignature> TransactionSigner::Impl::make_signature(PreparedChainKey& prepared, const wallet::ToSign& wanted,
                                                                      const SignOptions& options) {
  auto key = prepared.key_at(scheme_of(wanted.kind), wanted.path);
  if (!key) return key.failure();
  key::SignCall call{.deadline = options.deadline, .no_fallback = options.no_fallback};
  wallet::MadeSignature made;
  SignStatus status;
  if (wanted.kind == wallet::SignatureKind::ecdsa) {
    Digest32 digest{};
    if (wanted.message.size() != digest.size()) return failure({Errc::internal, Origin::request, 0});
    std::ranges::copy(wanted.message, digest.begin());
    status = (*key)->sign_recoverable(digest, made.bytes, made.recovery_id, call);
  } else {
    status = (*key)->sign(wanted.message, made.bytes, call);
  }
  if (!status.ok()) return failure(status);
  return made;
}

Unexpected TransactionSigner::Impl::failure(const SignStatus& status) const {
  return fail(status.code, status.origin, "key " + name_.text() + ": " + explain_status(status), status.native);
}

// rearm does what the next sign would have to.
std::size_t TransactionSigner::Impl::rearm(std::size_t max_sessions) {
  if (home_->forked()) return 0;
  auto prepared = current({});
  if (!prepared || !(*prepared)->check_presence(home_->control, kPresenceAhead, {}).ok()) return 0;
  const std::size_t armed = (*prepared)->rearm(max_sessions);
  if (standing() == nullptr) (*prepared)->disarm();  // refused meanwhile
  return armed;
}

TransactionSigner::Impl::Prepared TransactionSigner::Impl::standing() {
  const std::lock_guard lock(standing_mutex_);
  return standing_;
}

void TransactionSigner::Impl::replace(Prepared fresh) {
  const std::lock_guard lock(standing_mutex_);
  standing_.swap(fresh);
}

Result<TransactionSigner::Impl::Prepared> TransactionSigner::Impl::current(key::Deadline deadline) {
  if (auto prepared = standing(); prepared != nullptr && prepared->epoch == home_->control.epoch()) return prepared;
  return prepare_anew(deadline);
}

Result<TransactionSigner::Impl::Prepared> TransactionSigner::Impl::prepare_anew(key::Deadline deadline) {
  std::unique_lock lock(preparing_, std::defer_lock);
  if (!deadline) {
    lock.lock();
  } else if (key::is_over(deadline) || !lock.try_lock_until(*deadline)) {
    return failure({Errc::deadline_exceeded, Origin::registry, 0});
  }
  const std::uint64_t epoch = home_->control.epoch();
  const Prepared before = standing();
  if (before != nullptr && before->epoch == epoch) return before;
  if (refusal_.stands(epoch)) return Unexpected{refusal_.why()};
  auto fresh = PreparedChainKey::prepare(*home_, name_, source_, options_.shelf);
  if (fresh) {
    replace(*fresh);
    refusal_.forget();
    ever_prepared_ = true;
    return fresh;
  }
  replace(nullptr);
  if (before != nullptr) before->disarm();
  Error why = std::move(fresh.error());
  if (ever_prepared_ && why.code == Errc::not_found) why.code = Errc::revoked;  // it was there: somebody removed it
  return Unexpected{refusal_.remember(std::move(why), epoch)};
}

}  // namespace custos
