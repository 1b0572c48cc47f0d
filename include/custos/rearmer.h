// Rearmer: a background thread that keeps the sessions of signers armed, for hosts that have no time to call rearm themselves.
#pragma once

#include <memory>
#include <optional>

#include "custos/custodian.h"
#include "custos/export.h"
#include "custos/idle_strategy.h"
#include "custos/result.h"

namespace custos {

// RearmerOptions say how the thread runs.
struct RearmerOptions {
  std::optional<int> cpu;              // the one CPU it runs on; absent: any
  std::unique_ptr<IdleStrategy> idle;  // what it does when nothing is to be re-armed; empty: BackoffIdle
};

// Rearmer calls RequestSigner::rearm of the signers it was given, in turn, on a thread named "custos-rearm" that blocks all
// signals. Starting one is the opt-in: the library has no such thread otherwise. Where the caller can re-arm by itself after each
// answer, that is faster (docs/performance.md). Thread-safe.
class CUSTOS_EXPORT Rearmer {
 public:
  struct CUSTOS_INTERNAL Impl;  // internal
  explicit Rearmer(std::shared_ptr<Impl> impl) noexcept;

  // start starts the thread. Errors: bad_input (the process may not run on that CPU), system.
  static Result<Rearmer> start(RearmerOptions options = {});

  ~Rearmer();  // stops
  Rearmer(Rearmer&&) noexcept;
  Rearmer& operator=(Rearmer&&) noexcept;

  // add has `signer` re-armed from now on, and keeps its token's sessions until remove, even after the signer's own end. remove
  // takes effect after the round that the thread is in. Adding twice, or removing what was not added, does nothing. May allocate.
  void add(const RequestSigner& signer) const;
  void remove(const RequestSigner& signer) const;

  // stop ends the thread: after its round and its idle strategy's pause. A thread that hangs in a module is left behind after two
  // seconds, with what it holds.
  void stop() const noexcept;

 private:
  std::shared_ptr<Impl> impl_;
};

}  // namespace custos
