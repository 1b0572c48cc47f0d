// SoftwareKey: a key whose material is in guarded memory of this process, ready to sign. A choice, never made silently.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <utility>

#include "base/clock.h"
#include "base/reader_slots.h"
#include "custos/result.h"
#include "custos/secret.h"
#include "key/algorithm.h"
#include "key/backend.h"
#include "software/branches.h"
#include "software/engine.h"

namespace custos::software {

// OpenedKey is an engine, and when the entry was made that it came from. That is a hint, no identity: whoever edits the file can
// copy it.
struct OpenedKey {
  std::unique_ptr<const Engine> engine;
  std::int64_t created_ms = 0;
};

// KeySource is where a SoftwareKey gets its engine when it needs one. Thread-safe.
class KeySource {
 public:
  KeySource() = default;
  KeySource(const KeySource&) = delete;
  KeySource& operator=(const KeySource&) = delete;
  virtual ~KeySource() = default;
  // open decrypts the key. Errors: not_found, when it is gone; integrity; those of sealers and passphrases.
  virtual Result<OpenedKey> open() = 0;
  // created_ms looks whether it is still there. Errors: not_found, integrity.
  virtual Result<std::int64_t> created_ms() = 0;
};

// SoftwareKey signs without sessions: it has no shelf. After `idle` without use its engine is wiped; the next signature opens the
// key again, which allocates and takes as long as it takes. Whatever is opened again is another generation, to be proved: the
// file may have been edited meanwhile.
//
// Keys derived from a tree are SoftwareKeys too. Each keeps its root from being freed, is opened again from it, is swept with it
// and closed with it; its generation changes when the root's entry is another.
class SoftwareKey final : public key::PreparedKey, public std::enable_shared_from_this<SoftwareKey> {
 public:
  // make opens the key. Errors: those of the source.
  [[nodiscard]] static Result<std::shared_ptr<SoftwareKey>> make(key::KeyUse use, std::unique_ptr<KeySource> source,
                                                                 std::chrono::milliseconds idle = {},
                                                                 const Clock& clock = Clock::system());
  // This one keeps an HMAC secret of its own, raw or as key/hmac_secret.h normalises it: the MACs are the same.
  [[nodiscard]] static Result<std::shared_ptr<SoftwareKey>> make(key::Algorithm algorithm, const SecretBytes& secret);
  ~SoftwareKey() override;

  using PreparedKey::sign;
  // sign never waits for other signatures. Status: revoked after close, deadline_exceeded when the deadline was over before it
  // began; those of the engine, and of the source after an idle time.
  SignStatus sign(ByteView message, std::span<std::uint8_t> out, key::SignCall& call) noexcept override;
  // rearm sweeps.
  std::size_t rearm(std::size_t max_sessions) noexcept override;
  SignStatus exists(key::Deadline deadline) noexcept override;
  [[nodiscard]] std::uint64_t generation() const noexcept override { return generation_.load(); }
  // A key that is derived again while somebody has it is the same object: whoever signs often with a path keeps its key.
  [[nodiscard]] Result<key::TreeNode> node(std::span<const std::uint32_t> path) override;
  [[nodiscard]] Result<std::shared_ptr<key::PreparedKey>> derive(std::span<const std::uint32_t> path) override;
  // close waits for the signatures that are being made, and wipes.
  void close() noexcept override;
  [[nodiscard]] bool closed() const noexcept { return closed_.load(std::memory_order_acquire); }

  // sweep wipes the engine when the key was idle; is_open tells whether there is one.
  void sweep() noexcept;
  [[nodiscard]] bool is_open() const noexcept { return engine_.load() != nullptr; }

 private:
  SoftwareKey(key::KeyUse use, std::unique_ptr<KeySource> source, std::chrono::milliseconds idle, const Clock& clock);

  class Branch;
  // with_engine calls `work` with the engine, opened if need be.
  template <class Work>
  auto with_engine(const Work& work) -> decltype(work(std::declval<const Engine&>()));
  [[nodiscard]] Result<key::TreeNode> derive_node(std::span<const std::uint32_t> path);
  Result<void> open_locked();
  SignStatus reopen() noexcept;
  void wipe_locked() noexcept;

  const key::KeyUse use_;
  std::atomic<const Engine*> engine_{nullptr};  // owned
  std::atomic<bool> closed_{false};
  std::atomic<std::uint64_t> generation_{1};
  ReaderSlots signers_;
  const std::unique_ptr<Branches> branches_;  // of a tree only

  const std::unique_ptr<KeySource> source_;
  const std::chrono::milliseconds idle_;  // 0: never
  const Clock& clock_;
  const int process_;  // in a child, the threads that were signing are gone

  std::mutex mutex_;                        // guards what follows, and changes of engine_
  std::optional<std::int64_t> created_ms_;  // of the entry that was opened last
  std::int64_t last_used_ms_ = 0;           // as sweeps saw it
};

}  // namespace custos::software
