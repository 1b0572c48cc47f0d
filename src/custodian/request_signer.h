// RequestSigner::Impl: one credential's signer, which prepares itself anew when the home changed.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "custodian/prepared_credential.h"
#include "custodian/signer_counters.h"
#include "custodian/standing_refusal.h"
#include "custos/custodian.h"

namespace custos {

// RequestSigner::Impl publishes the prepared credential through an atomic pointer: signing threads take no lock. A thread that
// meets another epoch prepares anew under a mutex, and frees what it replaced once no other thread can still see it.
struct RequestSigner::Impl {
  Impl(std::shared_ptr<Custodian::Impl> home, std::string label, const PrepareOptions& options, KeySource source)
      : home_(std::move(home)),
        label_(std::move(label)),
        source_(std::move(source)),
        terms_{options.shelf, options.hedge_after, std::make_shared<ReplicaCounts>()} {}
  ~Impl();

  // prepare takes the credential's key from `source`; empty: from the home's tokens.
  static Result<RequestSigner> prepare(std::shared_ptr<Custodian::Impl> home, std::string label, const PrepareOptions& options,
                                       KeySource source = {});

  SignStatus sign(const RequestView& request, SignedRequest& out, const SignOptions& options) noexcept;
  SignStatus verify_answer(const ServerAnswer& answer) noexcept;
  std::size_t rearm(std::size_t max_sessions) noexcept;
  [[nodiscard]] std::string explain(const SignStatus& status, const SignedRequest& out);
  [[nodiscard]] SignerStats stats() noexcept;

  std::atomic<std::int64_t> clock_offset_ms{0};

 private:
  // NoncesOfCall are a credential's nonces during one call: what it took is its own when it begins anew.
  class NoncesOfCall;

  // try_sign answers nothing when the home changed while the device signed: then the result is worth nothing.
  std::optional<SignStatus> try_sign(const RequestView& request, exchange::Draft& draft, const SignOptions& options,
                                     NoncesOfCall& nonces, key::SignCall& call) noexcept;
  SignStatus judge(PreparedCredential& prepared, const RequestView& request, const exchange::CanonicalContext& context,
                   exchange::Draft& draft, const SignOptions& options) noexcept;
  // use_keys signs with the credential's key, or with its fallback's while the device is away.
  SignStatus use_keys(PreparedCredential& prepared, exchange::Draft& draft, std::span<std::uint8_t> out,
                      key::SignCall& call) noexcept;
  SignStatus use_device(PreparedCredential& prepared, const exchange::Draft& draft, std::span<std::uint8_t> out,
                        key::SignCall& call) noexcept;
  SignStatus use_fallback(PreparedCredential& prepared, const SignStatus& why, exchange::Draft& draft,
                          std::span<std::uint8_t> out, key::Deadline deadline) noexcept;
  void count(const SignStatus& status, const key::SignCall& call) noexcept;
  // current answers the prepared credential of this epoch, nullptr when it cannot be prepared; `why` then says so.
  PreparedCredential* current(SignStatus& why, key::Deadline deadline) noexcept;
  // prepare_anew replaces what is prepared when the home changed since, or when it is still `outdated`.
  SignStatus prepare_anew(const PreparedCredential* outdated, key::Deadline deadline) noexcept;
  SignStatus prepare_locked(const PreparedCredential* outdated);
  SignStatus refuse(Error why, std::uint64_t epoch) noexcept;
  void retire(PreparedCredential* replaced) noexcept;

  std::shared_ptr<Custodian::Impl> home_;
  const std::string label_;
  const KeySource source_;
  const ReplicaTerms terms_;

  std::atomic<PreparedCredential*> prepared_{nullptr};

  std::timed_mutex mutex_;                       // guards what follows
  std::unique_ptr<PreparedCredential> retired_;  // a chain
  StandingRefusal refusal_;                      // of the last preparation, if it failed

  std::atomic<std::uint64_t> preparations_{0};
  std::atomic<std::uint64_t> by_fallback_key_{0};
  SignerCounters counters_;
};

}  // namespace custos
