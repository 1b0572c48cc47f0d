// PreparedCredential: all that one credential's signatures need, proved, as of one epoch. Immutable but for its atomics.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "authorise/grants.h"
#include "custodian/custodian_impl.h"
#include "custodian/key_source.h"
#include "custodian/nonces.h"
#include "custodian/outage.h"
#include "custodian/replicas.h"
#include "exchange/venue.h"
#include "key/backend.h"

namespace custos {

// open_key opens a key from `source`, for what it signs with for `venue` (nullptr: in its default scheme). Errors: as
// Replicas::open.
[[nodiscard]] Result<std::shared_ptr<Replicas>> open_key(const KeySource& source, const registry::KeyView& view,
                                                         const ReplicaTerms& terms, const exchange::Venue* venue);

struct PreparedCredential {
  // prepare reads the credential verified from the registry, opens its key and its fallback's, and proves them. While the device
  // is away, a fallback that may sign is enough. A fallback that cannot be opened is a warning.
  static Result<std::unique_ptr<PreparedCredential>> prepare(Custodian::Impl& home, std::string_view label,
                                                             const KeySource& source, const ReplicaTerms& terms);

  // check_presence asks, when it was last asked `interval` ago, whether the key in use is still in its token (revoked: it is
  // gone) and the control page still the home's (integrity: it was replaced, and changes would not be seen).
  SignStatus check_presence(Replicas& used, const registry::ControlPage& control, std::chrono::nanoseconds interval,
                            key::Deadline deadline) noexcept;

  // retry_device asks the device, when it is the caller's turn, to prove its key again, and draws the consequences. device_gone:
  // it is still away, or it is not the caller's turn.
  SignStatus retry_device(key::Deadline deadline) noexcept;
  // context is what the canonicaliser needs of the credential; time and nonces are those of the call.
  [[nodiscard]] exchange::CanonicalContext context() const noexcept;

  // wants_device tells that the device was away when this was prepared and that it is time to look again, by preparing anew.
  [[nodiscard]] bool wants_device() const noexcept {
    return own == nullptr && (!outage->is_on() || outage->take_turn(coarse_ns()));
  }

  std::uint64_t epoch = 0;
  std::string label, environment, api_key;
  std::vector<std::string> hosts;
  const exchange::Venue* venue = nullptr;
  const key::AlgorithmFacts* algorithm = nullptr;
  SecretBytes passphrase;          // as it is sent; empty where the venue has none
  Bytes public_key;                // raw; empty for MACs and RSA
  std::unique_ptr<Nonces> nonces;  // absent where the venue's do not rise
  std::unique_ptr<authorise::Authoriser> authoriser;
  std::shared_ptr<Replicas> own;       // the credential's own key; absent while its device is away and the fallback is there
  std::shared_ptr<Replicas> fallback;  // absent: none, or it may not sign
  std::shared_ptr<Outage> outage;      // of a credential with a fallback
  std::string fallback_hint;           // why its fallback does not sign
  std::atomic<std::int64_t> device_answered_ns{0};   // when its own key was last seen in its device
  std::unique_ptr<PreparedCredential> next_retired;  // of the signer's chain, so that retiring allocates nothing

 private:
  Result<void> read_passphrase_of(Custodian::Impl& home, const registry::CredentialView& view, const exchange::Venue& of);
  Result<void> open_keys(Custodian::Impl& home, const registry::CredentialView& view, const authorise::Granted& granted,
                         const exchange::Venue& of, const KeySource& source, const ReplicaTerms& terms);
};

}  // namespace custos
