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
#include "exchange/venue.h"
#include "key/backend.h"
#include "key/hmac_secret.h"

namespace custos {

// KeyProof proves a prepared key by its check value, once per generation of its handles. Thread-safe.
class KeyProof {
 public:
  KeyProof(std::shared_ptr<key::PreparedKey> key, key::Algorithm algorithm, const registry::KeyRow& row);

  // ensure proves the key when its generation is not the one proved last. integrity: it is another key.
  SignStatus ensure(key::Deadline deadline) noexcept;

  [[nodiscard]] key::PreparedKey& key() noexcept { return *key_; }
  [[nodiscard]] const key::AlgorithmFacts& algorithm() const noexcept { return algorithm_; }

 private:
  std::shared_ptr<key::PreparedKey> key_;
  const key::AlgorithmFacts& algorithm_;
  key::CheckMessage message_;
  key::CheckValue expected_;
  std::atomic<std::uint64_t> proved_generation_;
};

// KeySource opens the key of a credential, with a shelf of that depth. Errors: as key::Backend::prepare.
using KeySource = std::function<Result<std::shared_ptr<key::PreparedKey>>(
    const registry::KeyRow& key, const registry::CopyRow& copy, key::Algorithm algorithm, std::size_t shelf)>;

// A key destroyed by a stranger's tool is noticed within kPresenceInterval (design.md, "The home": at most 5 s): rearm asks a
// little earlier than sign has to, so that sign need not.
inline constexpr std::chrono::seconds kPresenceInterval{4};
inline constexpr std::chrono::seconds kPresenceAhead{3};

// kControlReplaced is the native code (ESTALE) of the integrity status for a control page that is no longer the home's.
inline constexpr std::uint32_t kControlReplaced = 116;

struct PreparedCredential {
  // prepare reads the credential verified from the registry, opens its key and proves it.
  static Result<std::unique_ptr<PreparedCredential>> prepare(Custodian::Impl& home, std::string_view label,
                                                             const KeySource& source, std::size_t shelf);

  // check_presence asks, when it was last asked `interval` ago, whether the key is still in its token (revoked: it is gone) and
  // the control page still the home's (integrity: it was replaced, and changes would not be seen).
  SignStatus check_presence(const registry::ControlPage& control, std::chrono::nanoseconds interval,
                            key::Deadline deadline) noexcept;

  std::uint64_t epoch = 0;
  std::string label, environment, api_key;
  std::vector<std::string> hosts;
  const exchange::Venue* venue = nullptr;
  std::unique_ptr<authorise::Authoriser> authoriser;
  std::unique_ptr<KeyProof> proof;
  std::atomic<std::int64_t> presence_checked_ns{0};
  std::unique_ptr<PreparedCredential> next_retired;  // of the signer's chain, so that retiring allocates nothing
};

}  // namespace custos
