// Replica: one copy of a key at work: opened once that is possible, and how it has fared since.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "base/retry_pacer.h"
#include "custodian/key_proof.h"
#include "custodian/key_source.h"
#include "custodian/latency_estimate.h"
#include "custodian/presence.h"
#include "custodian/replica_choice.h"
#include "key/backend.h"
#include "key/device_health.h"
#include "registry/registry.h"

namespace custos {

// KeyAtWork is a key as its copies are opened; it outlives them.
struct KeyAtWork {
  KeySource source;
  registry::KeyView view;
  std::size_t shelf = 0;
  key::KeyUse use;

  [[nodiscard]] std::string name() const { return "key " + view.key.token + ":" + view.key.name; }
};

// stops_key tells whether a copy's status is no failure of its device but the end of the key: it is no longer there.
[[nodiscard]] inline bool stops_key(const SignStatus& status) noexcept {
  return status.code == Errc::revoked || status.code == Errc::not_found;
}

// Replica is thread-safe. What failed is asked again, by whoever calls mend when that is due, at the pauses of a RetryPacer.
class Replica {
 public:
  using TimePoint = RetryPacer::TimePoint;

  Replica(const KeyAtWork& key, std::size_t copy);
  // A copy that is proved and never opened anew: a key below a proved one in its tree.
  explicit Replica(std::unique_ptr<KeyProof> proof);

  // open opens the copy and proves it. Errors: as key::Backend::prepare; revoked when its backend has it no more; integrity when
  // it is another key.
  Result<void> open();

  // proof is absent until the copy was opened.
  [[nodiscard]] KeyProof* proof() const noexcept { return proof_.load(std::memory_order_acquire); }
  [[nodiscard]] ReplicaView view() const noexcept;
  // last_failure is why it was not opened, or failed last.
  [[nodiscard]] SignStatus last_failure() const noexcept { return last_failure_.load(std::memory_order_relaxed); }

  // answered and failed note how a call ended; the first of either kind after the other is logged.
  void answered(std::uint64_t took_ns) noexcept {
    latency_.observe(took_ns);
    answered_ns_.store(coarse_now(), std::memory_order_relaxed);
    if (is_failing()) recovered();
  }
  void failed(const SignStatus& status) noexcept;
  void failed(const Error& error) { note_failure({error.code, error.origin, error.native}, error.detail); }
  [[nodiscard]] bool is_failing() const noexcept { return retry_at_ns_.load(std::memory_order_relaxed) != 0; }
  // is_due tells whether it is failing and was to be tried again before `now_ns` of steady_ns.
  [[nodiscard]] bool is_due(std::int64_t now_ns) const noexcept {
    const std::int64_t due = retry_at_ns_.load(std::memory_order_relaxed);
    return due != 0 && now_ns >= due;
  }

  // mend opens a copy that was not, and proves one that is failing or was not asked for long. One thread at a time: to others
  // it answers busy.
  SignStatus mend(key::Deadline deadline) noexcept;
  // was_silent tells whether no signature has been made for that long, so that nobody knows how fast it is, or whether it signs.
  [[nodiscard]] bool was_silent(std::chrono::nanoseconds time) const noexcept {
    return coarse_now() - answered_ns_.load(std::memory_order_relaxed) >= time.count();
  }

  [[nodiscard]] const LatencyEstimate& latency() const noexcept { return latency_; }
  [[nodiscard]] Presence& presence() noexcept { return presence_; }
  [[nodiscard]] std::string_view token() const noexcept;

 private:
  [[nodiscard]] static std::int64_t coarse_now() noexcept;
  void note_failure(const SignStatus& status, std::string_view why);
  void recovered() noexcept;

  const KeyAtWork* const key_ = nullptr;
  const std::size_t copy_ = 0;

  std::unique_ptr<KeyProof> owned_;  // set once, by open
  std::atomic<KeyProof*> proof_{nullptr};
  std::shared_ptr<const key::DeviceHealth> health_;  // set before proof_
  bool spreads_ = false;                             // too

  LatencyEstimate latency_;
  Presence presence_;
  std::atomic<std::int64_t> answered_ns_{0};
  std::atomic<std::int64_t> retry_at_ns_{0};  // 0: it is well
  std::atomic<SignStatus> last_failure_{SignStatus{}};

  std::mutex mending_;
  std::mutex mutex_;  // guards what follows
  RetryPacer pacer_;
};

}  // namespace custos
