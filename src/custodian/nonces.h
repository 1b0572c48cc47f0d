// Nonces: one credential's, out of its slot of the control page.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "custodian/custodian_impl.h"
#include "custos/result.h"
#include "exchange/venue.h"

namespace custos {

// Nonces hands out one credential's nonces. They rise over threads, processes and kills, because the page outlives those; over a
// crash of the machine, a restore and a lost page, because whatever is handed out is at most the mark in the registry or a second
// ahead of the clock, and what comes after a loss is past both. So there is a registry write, and a wait for it, only where
// nonces have run more than a second ahead of the clock and past the mark: at most about one a minute. The clock must not be set
// back over a crash.
class Nonces final : public exchange::NonceSource {
 public:
  // open answers nullptr for a venue whose nonces do not rise. The home outlives the nonces. Errors: those of
  // Registry::nonce_slot.
  static Result<std::unique_ptr<Nonces>> open(Custodian::Impl& home, const std::string& credential_id,
                                              const exchange::Venue& venue);

  std::uint64_t next(std::uint64_t clock) noexcept override;
  bool take(std::uint64_t nonce) noexcept override;

 private:
  Nonces(Custodian::Impl& home, std::string credential_id, std::uint64_t per_second)
      : home_(home), credential_id_(std::move(credential_id)), per_second_(per_second) {}
  [[nodiscard]] std::uint64_t clock() const noexcept;
  Result<void> write_mark();
  void cover(std::uint64_t nonce) noexcept;

  Custodian::Impl& home_;
  const std::string credential_id_;
  const std::uint64_t per_second_;
  std::size_t slot_ = 0;
  std::atomic<std::uint64_t> mark_{0};
};

}  // namespace custos
