#include "custodian/replica.h"

#include <sodium.h>

#include <new>
#include <utility>

#include "base/attempt.h"
#include "base/clock.h"
#include "base/log.h"
#include "custodian/status_text.h"

namespace custos {
namespace {

std::uint64_t random_seed() noexcept {
  std::uint64_t seed = 0;
  ::randombytes_buf(&seed, sizeof seed);
  return seed;
}

}  // namespace

Replica::Replica(const KeyAtWork& key, std::size_t copy) : key_(&key), copy_(copy), pacer_(random_seed()) {}

Replica::Replica(std::unique_ptr<KeyProof> proof) : owned_(std::move(proof)), proof_(owned_.get()), pacer_(0) {
  presence_.seen(steady_ns());
}

std::int64_t Replica::coarse_now() noexcept { return coarse_ns(); }

std::string_view Replica::token() const noexcept {
  return key_ == nullptr ? std::string_view() : std::string_view(key_->view.copies[copy_].token);
}

Result<void> Replica::open() {
  const registry::CopyRow& copy = key_->view.copies[copy_];
  const bool is_only = key_->view.copies.size() == 1;
  const std::string name = key_->name() + (is_only ? "" : " in " + copy.token);
  auto prepared = key_->source(key_->view.key, copy, key_->use, key_->shelf);
  if (!prepared) {
    if (prepared.error().code != Errc::not_found) return prepared.failure();
    if (is_only) {
      return fail(Errc::revoked, Origin::token,
                  name + " is no longer in its token: it was destroyed by another tool, or this is another token");
    }
    return fail(Errc::revoked, Origin::token,
                name +
                    " is no longer there: it was destroyed by another tool, or this is another token. To go on with its other "
                    "copies: custos key withdraw " +
                    key_->view.key.token + ":" + key_->view.key.name + " --from " + copy.token);
  }
  auto health = (*prepared)->health();
  const bool spreads = (*prepared)->spreads();
  auto proof = KeyProof::of(*std::move(prepared), key_->use, key_->view);
  if (!proof) return proof.failure();
  const std::int64_t began = steady_ns();
  const auto status = (*proof)->ensure({});
  if (status.ok()) {
    owned_ = *std::move(proof);
    health_ = std::move(health);
    spreads_ = spreads;
    presence_.seen(steady_ns());
    proof_.store(owned_.get(), std::memory_order_release);
    answered(static_cast<std::uint64_t>(steady_ns() - began));
    return {};
  }
  if (status.code == Errc::integrity) {
    return fail(Errc::integrity, status.origin, name + " does not prove to be the key that was recorded", status.native);
  }
  return fail(status.code, status.origin, name + " could not be proved", status.native);
}

ReplicaView Replica::view() const noexcept {
  ReplicaView view{.failing = is_failing(), .latency_ns = latency_.mean()};
  const KeyProof* const proof = this->proof();
  view.proved = proof != nullptr && proof->is_proved();
  if (proof == nullptr) return view;
  view.spreads = spreads_;
  if (health_ != nullptr) view.state = health_->state();
  return view;
}

void Replica::failed(const SignStatus& status) noexcept {
  attempt([&] { note_failure(status, explain_status(status)); });
}

void Replica::note_failure(const SignStatus& status, std::string_view why) {
  last_failure_.store(status, std::memory_order_relaxed);
  {
    const std::lock_guard lock(mutex_);
    const std::int64_t standing = retry_at_ns_.load(std::memory_order_relaxed);
    const std::int64_t now = steady_ns();
    if (standing != 0 && now < standing) return;  // another thread met the same failure
    const std::chrono::nanoseconds pause = pacer_.failed(TimePoint(std::chrono::nanoseconds(now)));
    retry_at_ns_.store(now + pause.count(), std::memory_order_relaxed);
    if (standing != 0 || key_ == nullptr) return;
  }
  if (status.code == Errc::integrity) {
    log::write(LogLevel::error,
               key_->name() + ": its copy in " + std::string(token()) + " signs no more until it is proved: " + std::string(why));
  } else {
    log::warning("{}: its copy in {} fails, another one is asked: {}", key_->name(), token(), why);
  }
}

void Replica::recovered() noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (!is_failing()) return;
    retry_at_ns_.store(0, std::memory_order_relaxed);
    pacer_.succeeded(TimePoint(std::chrono::nanoseconds(steady_ns())));
  }
  attempt([&] { log::info("{}: its copy in {} signs again", key_->name(), token()); });
}

SignStatus Replica::mend(key::Deadline deadline) noexcept {
  const std::unique_lock lock(mending_, std::try_to_lock);
  if (!lock.owns_lock()) return {Errc::busy, Origin::key, 0};
  SignStatus status;
  if (KeyProof* const standing = proof()) {
    const std::int64_t began = steady_ns();
    status = standing->prove(deadline);
    if (status.ok()) answered(static_cast<std::uint64_t>(steady_ns() - began));
    if (!status.ok() && !stops_key(status)) failed(status);
    return status;
  }
  try {
    auto opened = open();
    if (opened) return {};
    status = {opened.error().code, opened.error().origin, opened.error().native};
    if (!stops_key(status)) failed(opened.error());
  } catch (...) {  // out of memory, or the host's prompt threw
    status = {Errc::system, Origin::system, 0};
    failed(status);
  }
  return status;
}

}  // namespace custos
