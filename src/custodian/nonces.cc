#include "custodian/nonces.h"

#include <algorithm>

#include "base/log.h"

namespace custos {
namespace {

// per_second answers how many nonces of the venue are a second; 0 where they do not rise. All schemes of a venue that have
// rising nonces have them in one unit.
std::uint64_t nonces_per_second(const exchange::Venue& venue) noexcept {
  for (const exchange::Scheme& scheme : venue.schemes) {
    if (scheme.nonce == exchange::NonceRule::rising_ms) return 1'000;
    if (scheme.nonce == exchange::NonceRule::rising_us) return 1'000'000;
  }
  return 0;
}

}  // namespace

Result<std::unique_ptr<Nonces>> Nonces::open(Custodian::Impl& home, const std::string& credential_id,
                                             const exchange::Venue& venue) {
  const std::uint64_t per_second = nonces_per_second(venue);
  if (per_second == 0) return std::unique_ptr<Nonces>();
  std::unique_ptr<Nonces> nonces(new Nonces(home, credential_id, per_second));
  if (auto written = nonces->write_mark(); !written) return written.failure();
  return nonces;
}

std::uint64_t Nonces::next(std::uint64_t clock) noexcept {
  const std::uint64_t nonce = home_.control.next_nonce(slot_, clock);
  cover(nonce);
  return nonce;
}

bool Nonces::take(std::uint64_t nonce) noexcept {
  if (!home_.control.take_nonce(slot_, nonce)) return false;
  cover(nonce);
  return true;
}

std::uint64_t Nonces::clock() const noexcept {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(home_.clock.now_ms(), 0)) * (per_second_ / 1000);
}

Result<void> Nonces::write_mark() {
  auto slot = home_.registry->nonce_slot(credential_id_, {clock(), per_second_});
  if (!slot) return slot.failure();
  slot_ = slot->slot;
  mark_.store(slot->mark, std::memory_order_relaxed);
  return {};
}

// cover sees that a nonce is not handed out again after a loss of the page, before it is handed out.
void Nonces::cover(std::uint64_t nonce) noexcept {
  if (nonce <= mark_.load(std::memory_order_relaxed) || nonce <= clock() + per_second_) return;
  try {
    if (auto written = write_mark(); !written) {
      log::warning("the mark of a credential's nonces was not recorded: {}", written.error().detail);
    }
  } catch (...) {  // no memory: the nonce is good as long as the machine runs
    return;
  }
}

}  // namespace custos
