// SignerCounters: what a signer counts instead of logging.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/striped_counter.h"
#include "custos/custodian.h"

namespace custos {

// SignerCounters also knows how many threads are inside a call, so that what they may see is not freed. Thread-safe; a thread
// mostly writes a cache line of its own.
class SignerCounters {
 public:
  struct Counts {
    std::atomic<std::uint64_t> inside{0};
    std::atomic<std::uint64_t> direct{0}, armed{0}, fallback{0};  // signatures; direct: of keys that need no session
    std::atomic<std::uint64_t> refusals{0}, failures{0}, busy{0}, late{0};
  };
  static_assert(sizeof(Counts) == 64);

  // mine is the calling thread's share; it stays the same during a call.
  [[nodiscard]] Counts& mine() noexcept { return counts_.mine(); }

  // inside is sequentially consistent with Visit: who is not counted has not begun.
  [[nodiscard]] std::uint64_t inside() const noexcept { return sum(&Counts::inside); }

  void tell(SignerStats& stats) const noexcept {
    stats.refusals = sum(&Counts::refusals);
    stats.failures = sum(&Counts::failures);
    stats.armed = sum(&Counts::armed);
    stats.fallback = sum(&Counts::fallback);
    stats.signatures = sum(&Counts::direct) + stats.armed + stats.fallback;
    stats.busy = sum(&Counts::busy);
    stats.late = sum(&Counts::late);
  }

 private:
  [[nodiscard]] std::uint64_t sum(std::atomic<std::uint64_t> Counts::* part) const noexcept {
    return counts_.sum([part](const Counts& counts) { return (counts.*part).load(); });
  }
  Striped<Counts> counts_;
};

// Visit counts the calling thread as inside.
class Visit {
 public:
  explicit Visit(SignerCounters::Counts& counts) noexcept : counts_(counts) { counts_.inside.fetch_add(1); }
  ~Visit() { counts_.inside.fetch_sub(1); }
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;

 private:
  SignerCounters::Counts& counts_;
};

// raise counts one; memory order is nobody's concern.
inline void raise(std::atomic<std::uint64_t>& count) noexcept { count.fetch_add(1, std::memory_order_relaxed); }

}  // namespace custos
