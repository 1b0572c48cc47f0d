#include "custodian/replicas.h"

#include <algorithm>
#include <array>
#include <exception>
#include <string>
#include <utility>

#include "base/attempt.h"
#include "base/clock.h"
#include "base/log.h"
#include "custodian/hedge.h"
#include "custodian/outage.h"

namespace custos {
namespace {

// rearm comes first with what is due; a signature does it when that has not happened for a while.
constexpr std::chrono::seconds kSlack{1};
// What looking after the other copies may take of a caller who has his signature, and of one who rearms.
constexpr std::chrono::milliseconds kPatienceOfSign{50}, kPatienceOfRearm{1'000};
// A copy that has not signed for so long is asked by rearm, so that its speed, and that it signs, are known when it is needed.
constexpr std::chrono::seconds kSilence{60};
// A device has failed by being late when it takes so many times as long as usual.
constexpr std::uint64_t kLate = 8;
// kShare is for the callers who set no deadline.
constexpr std::chrono::seconds kShare{1};

// weight orders failures: the heaviest is told. That all devices are away is told only when nothing else happened.
int weight(const SignStatus& status) noexcept {
  if (status.ok()) return 0;
  if (is_away(status)) return 1;
  switch (status.code) {
    case Errc::deadline_exceeded: return 2;
    case Errc::busy: return 3;
    case Errc::system: return 4;
    case Errc::authentication: return 6;
    case Errc::integrity: return 7;
    default: return 5;
  }
}

// is_failure tells whether another copy may do better: this one's device failed. Otherwise it gave an answer.
bool is_failure(const SignStatus& status) noexcept {
  switch (status.code) {
    case Errc::busy:
    case Errc::deadline_exceeded:
    case Errc::device_gone:
    case Errc::authentication:
    case Errc::integrity:
    case Errc::system: return status.origin == Origin::token || status.origin == Origin::key || status.origin == Origin::system;
    default: return false;
  }
}

std::uint64_t elapsed_since(std::int64_t began_ns) noexcept { return static_cast<std::uint64_t>(steady_ns() - began_ns); }

// note takes down a failure. Having no session armed is none of the device, nor is a deadline that was too short.
void note(Replica& copy, const SignStatus& status, std::uint64_t took_ns) noexcept {
  if (status.code == Errc::busy) return;
  if (status.code == Errc::deadline_exceeded && took_ns < kLate * copy.latency().mean()) return;
  copy.failed(status);
}

key::Deadline sooner(key::Deadline deadline, std::chrono::nanoseconds from_now) noexcept {
  const auto then = std::chrono::steady_clock::now() + from_now;
  return deadline ? std::min(*deadline, then) : then;
}

}  // namespace

struct Replicas::Attempts {
  SignStatus worst;
  std::array<bool, kMostCopies> tried{};
  bool any = false;

  void failed(std::size_t place, const SignStatus& status) noexcept {
    tried[place] = any = true;
    add(status);
  }
  void add(const SignStatus& status) noexcept {
    if (weight(status) > weight(worst)) worst = status;
  }
};

Result<std::shared_ptr<Replicas>> Replicas::open(const KeySource& source, const registry::KeyView& view,
                                                 const ReplicaTerms& terms, key::KeyUse use) {
  const std::string name = "key " + view.key.token + ":" + view.key.name;
  if (view.copies.empty()) return fail(Errc::integrity, Origin::registry, name + " has no copy in registry.db");
  if (view.copies.size() > kMostCopies) {
    return fail(Errc::integrity, Origin::registry, name + " has more copies in registry.db than can be at work");
  }
  std::shared_ptr<Replicas> replicas(new Replicas(terms));
  replicas->key_ = std::make_unique<const KeyAtWork>(KeyAtWork{source, view, terms.shelf, use});
  std::optional<Error> worst;
  bool any = false;
  for (std::size_t i = 0; i < view.copies.size(); ++i) {
    auto& copy = *replicas->copies_.emplace_back(std::make_unique<Replica>(*replicas->key_, i));
    auto opened = copy.open();
    any = any || opened;
    if (opened) continue;
    const Error& why = opened.error();
    const SignStatus status{why.code, why.origin, why.native};
    if (view.copies.size() == 1 || stops_key(status)) return opened.failure();
    copy.failed(why);
    if (!worst || weight(status) > weight({worst->code, worst->origin, worst->native})) worst = why;
  }
  if (!any) return Unexpected{*std::move(worst)};
  if (view.copies.size() == 1) replicas->only_ = replicas->copies_.front()->proof();
  return replicas;
}

std::shared_ptr<Replicas> Replicas::below(std::shared_ptr<key::PreparedKey> key, key::KeyUse use, key::PublicKey known) {
  std::shared_ptr<Replicas> replicas(new Replicas({}));
  replicas->copies_.push_back(std::make_unique<Replica>(KeyProof::below(std::move(key), use, std::move(known))));
  replicas->only_ = replicas->copies_.front()->proof();
  return replicas;
}

ReplicaOrder Replicas::order() noexcept {
  std::array<ReplicaView, kMostCopies> views;
  bool spreads = false;
  for (std::size_t i = 0; i < copies_.size(); ++i) {
    views[i] = copies_[i]->view();
    spreads = spreads || views[i].spreads;
  }
  const std::uint64_t turn = spreads ? turns_.mine().fetch_add(1, std::memory_order_relaxed) : 0;
  return choose_replicas(std::span(views).first(copies_.size()), current_.load(std::memory_order_relaxed), turn);
}

SignStatus Replicas::sign_replicated(ByteView message, std::span<std::uint8_t> out, key::SignCall& call) noexcept {
  const ReplicaOrder order = this->order();
  Attempts attempts;
  if (hedge_after_) {
    if (const auto answer = hedge(order, message, out, call, attempts)) return *answer;
  }
  return in_turn(order, call, attempts, [&](KeyProof& proof, key::SignCall& one) { return proof.sign(message, out, one); });
}

SignStatus Replicas::sign_recoverable(const Digest32& digest, std::span<std::uint8_t, 64> out, std::uint8_t& recovery_id,
                                      key::SignCall& call) noexcept {
  if (only_ != nullptr) return only_->sign_recoverable(digest, out, recovery_id, call);
  Attempts attempts;
  return in_turn(order(), call, attempts,
                 [&](KeyProof& proof, key::SignCall& one) { return proof.sign_recoverable(digest, out, recovery_id, one); });
}

template <class Sign>
SignStatus Replicas::in_turn(const ReplicaOrder& order, key::SignCall& call, Attempts& attempts, const Sign& sign) noexcept {
  if (stopped_.load(std::memory_order_relaxed)) return {Errc::revoked, Origin::token, 0};
  std::size_t left = order.count;
  for (const std::uint8_t place : order) {
    const std::size_t now_left = left--;
    if (attempts.tried[place]) continue;
    if (attempts.any && key::is_over(call.deadline)) {
      attempts.add({Errc::deadline_exceeded, Origin::key, 0});
      break;
    }
    Replica& copy = *copies_[place];
    if (copy.proof() == nullptr) {
      SignStatus opened = copy.last_failure();
      if (copy.is_due(steady_ns())) opened = copy.mend(call.deadline);
      if (stops_key(opened)) return stop(copy);
      if (copy.proof() == nullptr) {
        attempts.failed(place, opened.ok() ? copy.last_failure() : opened);
        continue;
      }
    }
    key::SignCall one = call;
    one.deadline = slice(copy, call.deadline, now_left);
    const std::int64_t began = steady_ns();
    const SignStatus status = sign(*copy.proof(), one);
    const std::uint64_t took = elapsed_since(began);
    call.path = one.path;
    call.recovery_id = one.recovery_id;
    if (status.ok()) {
      copy.answered(took);
      signed_by(place, attempts);
      return status;
    }
    if (stops_key(status)) return stop(copy);
    if (!is_failure(status)) return status;
    note(copy, status, took);
    attempts.failed(place, status);
  }
  return attempts.worst;
}

std::optional<SignStatus> Replicas::hedge(const ReplicaOrder& order, ByteView message, std::span<std::uint8_t> out,
                                          key::SignCall& call, Attempts& attempts) noexcept {
  if (stopped_.load(std::memory_order_relaxed)) return SignStatus{Errc::revoked, Origin::token, 0};
  const std::array<std::size_t, 2> places{order.places[0], order.places[1]};
  const std::array<KeyProof*, 2> proofs{copies_[places[0]]->proof(), copies_[places[1]]->proof()};
  if (proofs[0] == nullptr || proofs[1] == nullptr || copies_[places[1]]->is_failing()) return std::nullopt;
  const std::chrono::nanoseconds usual(copies_[places[0]]->latency().late());
  const std::int64_t began = steady_ns();
  const HedgeOutcome outcome = sign_hedged(proofs, message, out, call, hedge_after_->count() == 0 ? usual : *hedge_after_);
  if (!outcome.begun) return std::nullopt;
  const std::uint64_t took = elapsed_since(began);
  if (outcome.asked_second && counts_ != nullptr) counts_->hedged.add();
  for (std::size_t i = 0; i < places.size(); ++i) {
    Replica& copy = *copies_[places[i]];
    const auto& answer = outcome.answers[i];
    if (!answer) {
      if (i > 0) continue;
      if (outcome.signer) copy.answered(took);  // it takes at least that long, and is not blamed for it
      if (!outcome.signer) note(copy, {Errc::deadline_exceeded, Origin::key, 0}, took);
    } else if (answer->ok()) {
      copy.answered(took);
    } else if (stops_key(*answer)) {
      return stop(copy);
    } else if (is_failure(*answer)) {
      note(copy, *answer, took);
      attempts.failed(places[i], *answer);
    } else if (!outcome.signer) {
      return answer;
    }
  }
  if (outcome.signer) {
    signed_by(places[*outcome.signer], attempts);
    return SignStatus{};
  }
  const bool all_answered = attempts.tried[places[0]] && (attempts.tried[places[1]] || !outcome.asked_second);
  if (all_answered) return std::nullopt;
  return SignStatus{Errc::deadline_exceeded, Origin::key, 0};
}

// slice is what one of `left` copies may take, so that time is left for the others: its share, or several times as long as it
// usually takes. A device that does not come back on time anyway gets all.
key::Deadline Replicas::slice(const Replica& copy, key::Deadline deadline, std::size_t left) const noexcept {
  if (left < 2 || !copy.proof()->key().ends_on_time()) return deadline;
  const auto now = std::chrono::steady_clock::now();
  std::chrono::nanoseconds share = kShare;
  if (deadline) share = (*deadline - now) / static_cast<std::int64_t>(left);
  return sooner(deadline, std::max(share, std::chrono::nanoseconds(kLate * copy.latency().mean())));
}

void Replicas::signed_by(std::size_t place, const Attempts& attempts) noexcept {
  if (current_.load(std::memory_order_relaxed) != place) current_.store(place, std::memory_order_relaxed);
  if (attempts.any && counts_ != nullptr) counts_->failovers.add();
  look_after(kSlack, kPatienceOfSign);
}

SignStatus Replicas::stop(const Replica& copy) noexcept {
  if (!stopped_.exchange(true)) {
    attempt([&] {  // the status tells it, too
      log::write(LogLevel::error, key_->name() + " is no longer in " + std::string(copy.token()) +
                                      ", so it signs nowhere. To go on with its other copies: custos key withdraw " +
                                      key_->view.key.token + ":" + key_->view.key.name + " --from " + std::string(copy.token()));
    });
  }
  return {Errc::revoked, Origin::token, 0};
}

void Replicas::look_after(std::chrono::nanoseconds slack, std::chrono::nanoseconds patience) noexcept {
  const std::int64_t now = coarse_ns();
  const bool may_take_time = patience >= kPatienceOfRearm;
  for (std::size_t i = 0; i < copies_.size(); ++i) {
    Replica& copy = *copies_[i];
    SignStatus status;
    if (copy.is_failing()) {
      // Opening a copy cannot be bounded in time: that is for rearm, or for a signature that no other copy makes.
      const bool may = copy.proof() != nullptr || may_take_time;
      if (may && copy.is_due(now - slack.count())) status = copy.mend(sooner({}, patience));
    } else if (i != current_.load(std::memory_order_relaxed)) {
      if (may_take_time && copy.was_silent(kSilence)) {
        status = copy.mend(sooner({}, patience));
      } else {
        bool asked = false;
        status = copy.presence().ask(copy.proof()->key(), may_take_time ? kPresenceAhead : kPresenceInterval,
                                     sooner({}, patience), asked);
        if (!status.ok() && !stops_key(status) && status.code != Errc::busy) copy.failed(status);
      }
    }
    if (stops_key(status)) static_cast<void>(stop(copy));
  }
}

SignStatus Replicas::ensure(key::Deadline deadline) noexcept {
  if (only_ != nullptr) return only_->ensure(deadline);
  Attempts attempts;
  key::SignCall call{.deadline = deadline};
  return in_turn(order(), call, attempts, [](KeyProof& proof, const key::SignCall& one) { return proof.ensure(one.deadline); });
}

SignStatus Replicas::prove(key::Deadline deadline) noexcept {
  if (only_ != nullptr) return only_->prove(deadline);
  Attempts attempts;
  key::SignCall call{.deadline = deadline};
  return in_turn(order(), call, attempts, [](KeyProof& proof, const key::SignCall& one) { return proof.prove(one.deadline); });
}

SignStatus Replicas::check_presence(const registry::ControlPage& control, std::chrono::nanoseconds interval,
                                    key::Deadline deadline, bool& asked) noexcept {
  if (only_ != nullptr) return copies_.front()->presence().check(only_->key(), control, interval, deadline, asked);
  asked = false;
  if (stopped_.load(std::memory_order_relaxed)) return {Errc::revoked, Origin::token, 0};
  Replica& copy = *copies_[order().places.front()];
  if (copy.proof() == nullptr) return {};  // all are away, and the signature will say so
  const std::int64_t began = steady_ns();
  const SignStatus status = copy.presence().check(copy.proof()->key(), control, interval, deadline, asked);
  if (status.ok() || status.origin == Origin::registry) return status;
  if (stops_key(status)) return stop(copy);
  if (!is_failure(status)) return status;
  note(copy, status, elapsed_since(began));
  return {};  // another copy signs, or the signature says why none does
}

std::size_t Replicas::rearm(std::size_t max_sessions) noexcept {
  if (only_ != nullptr) return only_->key().rearm(max_sessions);
  look_after({}, kPatienceOfRearm);
  if (stopped_.load(std::memory_order_relaxed)) return 0;
  std::size_t armed = 0;
  for (const std::uint8_t place : order()) {
    const Replica& copy = *copies_[place];
    if (copy.proof() != nullptr && !copy.is_failing()) armed += copy.proof()->key().rearm(max_sessions - armed);
  }
  return armed;
}

void Replicas::disarm(const Replicas* successor) noexcept {
  for (const auto& copy : copies_) {
    KeyProof* const proof = copy->proof();
    if (proof != nullptr && (successor == nullptr || !successor->has(proof->key()))) proof->key().disarm();
  }
}

bool Replicas::has(const key::PreparedKey& key) const noexcept {
  return std::ranges::any_of(copies_, [&key](const auto& copy) {
    KeyProof* const proof = copy->proof();
    return proof != nullptr && &proof->key() == &key;
  });
}

std::size_t Replicas::shelf() const noexcept {
  std::size_t armed = 0;
  for (const auto& copy : copies_) {
    if (KeyProof* const proof = copy->proof()) armed += proof->key().shelf();
  }
  return armed;
}

key::PreparedKey& Replicas::front() noexcept {
  if (only_ != nullptr) return only_->key();
  for (const std::uint8_t place : order()) {
    if (KeyProof* const proof = copies_[place]->proof()) return proof->key();
  }
  std::terminate();  // open opened one
}

}  // namespace custos
