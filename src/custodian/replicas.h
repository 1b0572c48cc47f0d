// Replicas: one key, wherever it lives, proved and ready to sign.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/striped_counter.h"
#include "custodian/key_proof.h"
#include "custodian/key_source.h"
#include "custodian/replica.h"
#include "custodian/replica_choice.h"
#include "key/backend.h"
#include "registry/control_page.h"
#include "registry/registry.h"

namespace custos {

// ReplicaCounts are of a signer, which may open its key anew.
struct ReplicaCounts {
  StripedCounter failovers;  // signatures that a copy made after another had failed
  StripedCounter hedged;     // signatures for which a second copy was asked, because the first was late
};

// ReplicaTerms are those of whoever opens a key.
struct ReplicaTerms {
  std::size_t shelf = 0;
  // When a second copy is asked; absent: never; zero: when the first takes longer than nineteen signatures in twenty.
  std::optional<std::chrono::nanoseconds> hedge_after{};
  std::shared_ptr<ReplicaCounts> counts{};
};

// Replicas is what signers use of a key: 1 to kMostCopies copies. Thread-safe; what signs allocates nothing of ours, but where a
// copy is opened that was away. Which copy signs, custodian/replica_choice.h says; when it fails, the next is asked in the time
// that is left. A copy in which the key is no longer there stops all.
class Replicas {
 public:
  // open opens the key from `source` and proves it. Copies whose devices are away are opened later; one is enough. Errors: as
  // key::Backend::prepare; revoked when one of its backends has it no more; integrity when it is another one.
  static Result<std::shared_ptr<Replicas>> open(const KeySource& source, const registry::KeyView& view, const ReplicaTerms& terms,
                                                key::KeyUse use);
  // below is for a key below a proved one in its tree, as KeyProof::below.
  static std::shared_ptr<Replicas> below(std::shared_ptr<key::PreparedKey> key, key::KeyUse use, key::PublicKey known);

  // sign, sign_recoverable, ensure and prove are those of KeyProof; of several copies one is enough. device_gone: all are away.
  SignStatus sign(ByteView message, std::span<std::uint8_t> out, key::SignCall& call) noexcept {
    return only_ != nullptr ? only_->sign(message, out, call) : sign_replicated(message, out, call);
  }
  SignStatus sign_recoverable(const Digest32& digest, std::span<std::uint8_t, 64> out, std::uint8_t& recovery_id,
                              key::SignCall& call) noexcept;
  SignStatus ensure(key::Deadline deadline) noexcept;
  SignStatus prove(key::Deadline deadline) noexcept;

  // check_presence asks now and then, as Presence::check; of several copies the one that would sign.
  SignStatus check_presence(const registry::ControlPage& control, std::chrono::nanoseconds interval, key::Deadline deadline,
                            bool& asked) noexcept;

  // rearm makes sessions ready, first those of the copy that would sign. Before that it mends, and looks after the other copies.
  std::size_t rearm(std::size_t max_sessions) noexcept;
  // disarm closes the armed sessions, but for those of copies that `successor` signs with too.
  void disarm(const Replicas* successor = nullptr) noexcept;
  [[nodiscard]] std::size_t shelf() const noexcept;

  // front is the copy to ask for what no signature tells: nodes and keys of its tree.
  [[nodiscard]] key::PreparedKey& front() noexcept;

 private:
  // Attempts is what came of one signature so far.
  struct Attempts;

  explicit Replicas(const ReplicaTerms& terms) : hedge_after_(terms.hedge_after), counts_(terms.counts) {}
  [[nodiscard]] ReplicaOrder order() noexcept;
  SignStatus sign_replicated(ByteView message, std::span<std::uint8_t> out, key::SignCall& call) noexcept;
  // hedge asks the first two of the order, where that was wanted and both can; the answer, if there is one, is final.
  std::optional<SignStatus> hedge(const ReplicaOrder& order, ByteView message, std::span<std::uint8_t> out, key::SignCall& call,
                                  Attempts& attempts) noexcept;
  // in_turn asks one copy after the other.
  template <class Sign>
  SignStatus in_turn(const ReplicaOrder& order, key::SignCall& call, Attempts& attempts, const Sign& sign) noexcept;
  [[nodiscard]] key::Deadline slice(const Replica& copy, key::Deadline deadline, std::size_t left) const noexcept;
  void signed_by(std::size_t place, const Attempts& attempts) noexcept;
  // stop ends the use of all copies: one says that the key is no longer there.
  SignStatus stop(const Replica& copy) noexcept;
  // look_after mends and asks the copies that do not sign, where that was due `slack` ago; each is given `patience`.
  void look_after(std::chrono::nanoseconds slack, std::chrono::nanoseconds patience) noexcept;
  [[nodiscard]] bool has(const key::PreparedKey& key) const noexcept;

  KeyProof* only_ = nullptr;              // of a key with one copy
  std::unique_ptr<const KeyAtWork> key_;  // absent below a tree
  std::vector<std::unique_ptr<Replica>> copies_;

  const std::optional<std::chrono::nanoseconds> hedge_after_;
  const std::shared_ptr<ReplicaCounts> counts_;
  std::atomic<std::size_t> current_{0};  // the copy that signed last
  std::atomic<bool> stopped_{false};
  Striped<std::atomic<std::uint64_t>> turns_;
};

}  // namespace custos
