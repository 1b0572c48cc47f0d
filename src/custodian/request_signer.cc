#include "custodian/request_signer.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>

#include "custodian/status_text.h"
#include "exchange/server_signature.h"

namespace custos {
namespace {

// A signer that meets this many changes during one signature answers busy.
constexpr int kMaxAttempts = 8;

// may_pass tells whether a failure to prepare is no reason to give up what is prepared for the same state of the home.
bool may_pass(Errc code) noexcept { return code == Errc::device_gone || code == Errc::busy || code == Errc::system; }

Replicas* own_key(const PreparedCredential* prepared) noexcept { return prepared == nullptr ? nullptr : prepared->own.get(); }

std::string list_of(facts::ClassSet classes) {
  std::string list;
  for (const auto& name : authorise::grant_names({classes})) list += (list.empty() ? "" : " ") + name;
  return list;
}

// explain_refusal names the classes that the grants authoriser found missing.
std::string explain_refusal(const SignStatus& status, const exchange::Draft& draft, const std::string& label) {
  facts::ClassSet missing;
  for (std::size_t i = 0; i < facts::kClassNames.size(); ++i) {
    if ((status.native >> i & 1U) != 0) missing.add(static_cast<facts::OperationClass>(i));
  }
  const std::string classes = list_of(missing);
  if (missing.has(facts::OperationClass::unknown)) {
    return "credential '" + label + "' may not sign " + std::string(draft.operation) +
           ": no list of this venue's endpoints has it; correct method and path (docs/venues.md), or let it sign all that no "
           "list "
           "has (custos credential grant " +
           label + " " + classes + ")";
  }
  const std::string reason = missing.has(draft.facts.operation_class)
                                 ? "class " + classes + " is not granted"
                                 : "the same bytes also reach class " + classes + ", which is not granted";
  return "credential '" + label + "' may not sign " + std::string(draft.operation) + ": " + reason +
         " (custos credential grant " + label + " " + classes + ")";
}

// kFallbackWarning tells in an answer that it was not signed by the credential's own key.
constexpr std::string_view kFallbackWarning = "the fallback key signed this, because the device of the credential's key is away";

}  // namespace

RequestSigner::RequestSigner(std::shared_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
RequestSigner::~RequestSigner() = default;
RequestSigner::RequestSigner(RequestSigner&&) noexcept = default;
RequestSigner& RequestSigner::operator=(RequestSigner&&) noexcept = default;

SignStatus RequestSigner::sign(const RequestView& request, SignedRequest& out, const SignOptions& options) const noexcept {
  return impl_->sign(request, out, options);
}

std::size_t RequestSigner::sign_batch(std::span<const RequestView> requests, std::span<SignedRequest> out,
                                      std::span<SignStatus> statuses, const SignOptions& options) const noexcept {
  if (out.size() != requests.size() || statuses.size() != requests.size()) {
    std::ranges::fill(statuses, SignStatus{Errc::bad_input, Origin::none, kSizesDiffer});
    return 0;
  }
  std::size_t signatures = 0;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    statuses[i] = impl_->sign(requests[i], out[i], options);
    if (statuses[i].ok()) ++signatures;
  }
  return signatures;
}

std::size_t RequestSigner::rearm(std::size_t max_sessions) const noexcept { return impl_->rearm(max_sessions); }
SignStatus RequestSigner::verify_answer(const ServerAnswer& answer) const noexcept { return impl_->verify_answer(answer); }
std::string RequestSigner::explain(const SignStatus& status, const SignedRequest& out) const {
  return impl_->explain(status, out);
}
void RequestSigner::set_clock_offset_ms(std::int64_t offset_ms) const noexcept { impl_->clock_offset_ms.store(offset_ms); }
SignerStats RequestSigner::stats() const noexcept { return impl_->stats(); }

RequestSigner::Impl::~Impl() {
  const std::unique_ptr<PreparedCredential> last(prepared_.load());
  if (last != nullptr && last->outage && !home_->forked()) last->outage->report();
}

Result<RequestSigner> RequestSigner::Impl::prepare(std::shared_ptr<Custodian::Impl> home, std::string label,
                                                   const PrepareOptions& options, KeySource source) {
  if (options.shelf > key::kMaxShelf) {
    return fail(Errc::bad_input, Origin::none, "a shelf holds at most " + std::to_string(key::kMaxShelf) + " sessions");
  }
  if (options.hedge_after && options.hedge_after->count() < 0) {
    return fail(Errc::bad_input, Origin::none, "hedge_after must not be negative");
  }
  if (!source) source = home_keys(*home);
  auto impl = std::make_shared<Impl>(std::move(home), std::move(label), options, std::move(source));
  if (const auto status = impl->prepare_anew(nullptr, {}); !status.ok()) return Unexpected{impl->refusal_.why()};
  impl->rearm(options.shelf);
  return RequestSigner(std::move(impl));
}

class RequestSigner::Impl::NoncesOfCall final : public exchange::NonceSource {
 public:
  exchange::NonceSource* of(const PreparedCredential& prepared) noexcept {
    source_ = prepared.nonces.get();
    return source_ == nullptr ? nullptr : this;
  }
  std::uint64_t next(std::uint64_t clock) noexcept override { return source_->next(clock); }
  bool take(std::uint64_t nonce) noexcept override {
    if (taken_ == nonce) return true;
    if (!source_->take(nonce)) return false;
    taken_ = nonce;
    return true;
  }

 private:
  exchange::NonceSource* source_ = nullptr;
  std::optional<std::uint64_t> taken_;
};

SignStatus RequestSigner::Impl::sign(const RequestView& request, SignedRequest& out, const SignOptions& options) noexcept {
  if (home_->forked()) return {Errc::device_gone, Origin::home, 0};
  const Visit visit(counters_.mine());
  exchange::Draft& draft = out.impl().draft;
  key::SignCall call{.deadline = options.deadline, .no_fallback = options.no_fallback};
  NoncesOfCall nonces;
  SignStatus status{Errc::busy, Origin::registry, 0};
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    if (const auto answer = try_sign(request, draft, options, nonces, call)) {
      status = *answer;
      break;
    }
  }
  count(status, call);
  if (!status.ok()) draft.url = draft.target = draft.body = draft.message = draft.preimage = draft.signature = {};
  return status;
}

void RequestSigner::Impl::count(const SignStatus& status, const key::SignCall& call) noexcept {
  SignerCounters::Counts& counts = counters_.mine();
  if (status.ok()) {
    raise(call.path == key::Path::armed ? counts.armed : call.path == key::Path::fallback ? counts.fallback : counts.direct);
    if (call.deadline && std::chrono::steady_clock::now() > *call.deadline) raise(counts.late);
    return;
  }
  raise(status.code == Errc::refused || status.code == Errc::revoked ? counts.refusals : counts.failures);
  if (status.code == Errc::busy) raise(counts.busy);
}

SignStatus RequestSigner::Impl::verify_answer(const ServerAnswer& answer) noexcept {
  constexpr SignStatus kUnusable{Errc::bad_input, Origin::request, 0};
  if (home_->forked()) return {Errc::device_gone, Origin::home, 0};
  const Visit visit(counters_.mine());
  SignStatus status;
  PreparedCredential* prepared = current(status, {});
  if (prepared == nullptr) return status;
  if (!prepared->venue->signs_answers) return kUnusable;
  try {
    constexpr std::size_t kBesideTheBody = 1024;  // a nonce, a time and a content type
    exchange::Draft draft(answer.body.size() + kBesideTheBody);
    BoundedWriter out({draft.memory.get(), draft.capacity});
    if (!exchange::write_server_preimage(answer, out) || out.overflowed()) return kUnusable;
    draft.preimage = out.written();
    std::array<std::uint8_t, key::kMaxSignature> room;
    const auto mac = std::span(room).first(prepared->algorithm->signature_size);
    key::SignCall call;
    if (status = use_keys(*prepared, draft, mac, call); !status.ok()) return status;
    return exchange::is_server_signature(answer, mac) ? SignStatus{} : SignStatus{Errc::integrity, Origin::request, 0};
  } catch (const std::bad_alloc&) {
    return {Errc::system, Origin::system, ENOMEM};
  }
}

// rearm does what the next sign would have to: after it only a change of the home makes sign prepare or ask for the key.
std::size_t RequestSigner::Impl::rearm(std::size_t max_sessions) noexcept {
  if (home_->forked()) return 0;
  const Visit visit(counters_.mine());
  SignStatus status;
  PreparedCredential* prepared = current(status, {});
  if (prepared == nullptr) return 0;
  if (prepared->outage && prepared->outage->is_on()) {
    prepared->outage->report_if_due(coarse_ns());
    if (!prepared->retry_device({}).ok()) return 0;
  }
  if (prepared->own == nullptr) return 0;
  Replicas& key = *prepared->own;
  if (!prepared->check_presence(key, home_->control, kPresenceAhead, {}).ok()) return 0;
  const std::size_t armed = key.rearm(max_sessions);
  if (prepared_.load() == nullptr) key.disarm();  // refused meanwhile
  return armed;
}

std::optional<SignStatus> RequestSigner::Impl::try_sign(const RequestView& request, exchange::Draft& draft,
                                                        const SignOptions& options, NoncesOfCall& nonces,
                                                        key::SignCall& call) noexcept {
  SignStatus status;
  PreparedCredential* prepared = current(status, options.deadline);
  if (prepared == nullptr) {
    draft.reset();  // as canonicalise does
    return status;
  }
  exchange::CanonicalContext context = prepared->context();
  if (__builtin_add_overflow(home_->clock.now_ms(), clock_offset_ms.load(std::memory_order_relaxed), &context.now_ms)) {
    return SignStatus{Errc::bad_input, Origin::none, 0};
  }
  context.timestamp_ms = options.timestamp_ms;
  context.nonces = nonces.of(*prepared);
  if (status = judge(*prepared, request, context, draft, options); !status.ok()) return status;

  std::array<std::uint8_t, key::kMaxSignature> mac;  // written by a key that answers ok
  const auto signature = std::span(mac).first(prepared->algorithm->signature_size);
  if (status = use_keys(*prepared, draft, signature, call); !status.ok()) {
    // A copy that is withdrawn just now is no revocation of the key: what is prepared anew will tell.
    if (status.code == Errc::revoked && home_->control.epoch() != prepared->epoch) return std::nullopt;
    return status;
  }
  if (home_->control.epoch() != prepared->epoch) return std::nullopt;  // design.md, "The home"

  draft.algorithm = prepared->algorithm->name;
  if (status = prepared->venue->place(*prepared->venue, signature, context, draft); !status.ok()) return status;
  if (!home_->audit.commit(draft.facts, options.context)) return SignStatus{Errc::internal, Origin::grants, 0};
  return status;
}

// judge canonicalises and authorises; a request that passes is claimed in the audit.
SignStatus RequestSigner::Impl::judge(PreparedCredential& prepared, const RequestView& request,
                                      const exchange::CanonicalContext& context, exchange::Draft& draft,
                                      const SignOptions& options) noexcept {
  const exchange::Venue& venue = *prepared.venue;
  if (const auto status = venue.canonicalise(venue, request, context, draft); !status.ok()) return status;

  const authorise::Intent intent(draft.facts);
  const auto decision = prepared.authoriser->authorise(draft.facts, intent, options.context);
  using Verdict = authorise::Decision::Verdict;
  if (decision.verdict == Verdict::needs_approval) return {Errc::needs_approval, Origin::grants, decision.rule_id};
  if (decision.verdict != Verdict::allow) return {Errc::refused, Origin::grants, decision.rule_id};
  if (!home_->audit.claim(draft.facts, decision, options.context)) return {Errc::internal, Origin::grants, 0};
  return {};
}

SignStatus RequestSigner::Impl::use_keys(PreparedCredential& prepared, exchange::Draft& draft, std::span<std::uint8_t> out,
                                         key::SignCall& call) noexcept {
  if (prepared.fallback == nullptr) return use_device(prepared, draft, out, call);
  SignStatus answer{Errc::device_gone, Origin::key, 0};
  const bool away = prepared.own == nullptr || prepared.outage->is_on();
  if (away) answer = prepared.retry_device(call.deadline);
  if (!away || answer.ok()) answer = use_device(prepared, draft, out, call);
  if (answer.ok()) prepared.outage->signed_by_device();
  return is_away(answer) ? use_fallback(prepared, answer, draft, out, call.deadline) : answer;
}

SignStatus RequestSigner::Impl::use_device(PreparedCredential& prepared, const exchange::Draft& draft,
                                           std::span<std::uint8_t> out, key::SignCall& call) noexcept {
  Replicas& key = *prepared.own;
  const SignStatus status = prepared.check_presence(key, home_->control, kPresenceInterval, call.deadline);
  return status.ok() ? key.sign(as_bytes(draft.preimage), out, call) : status;
}

SignStatus RequestSigner::Impl::use_fallback(PreparedCredential& prepared, const SignStatus& why, exchange::Draft& draft,
                                             std::span<std::uint8_t> out, key::Deadline deadline) noexcept {
  Outage& outage = *prepared.outage;
  SignStatus status = outage.begin(why, {}, prepared.device_answered_ns.load(), steady_ns(), deadline);
  if (status.ok()) status = outage.admit(coarse_ns());
  Replicas& fallback = *prepared.fallback;
  if (status.ok()) status = prepared.check_presence(fallback, home_->control, kPresenceInterval, deadline);
  key::SignCall call{.deadline = deadline};
  if (status.ok()) status = fallback.sign(as_bytes(draft.preimage), out, call);
  if (!status.ok()) return status;
  raise(by_fallback_key_);
  outage.count(coarse_ns());
  if (draft.warning_count < draft.warnings.size()) draft.warnings[draft.warning_count++] = kFallbackWarning;
  return status;
}

PreparedCredential* RequestSigner::Impl::current(SignStatus& why, key::Deadline deadline) noexcept {
  PreparedCredential* prepared = prepared_.load();
  if (prepared != nullptr && prepared->epoch == home_->control.epoch() && !prepared->wants_device()) return prepared;
  why = prepare_anew(prepared, deadline);
  prepared = why.ok() ? prepared_.load() : nullptr;
  if (why.ok() && prepared == nullptr) why = {Errc::busy, Origin::registry, 0};  // another thread has just met the next change
  return prepared;
}

SignStatus RequestSigner::Impl::prepare_anew(const PreparedCredential* outdated, key::Deadline deadline) noexcept {
  std::unique_lock lock(mutex_, std::defer_lock);
  if (!deadline) {
    lock.lock();
  } else if (std::chrono::steady_clock::now() >= *deadline || !lock.try_lock_until(*deadline)) {
    return {Errc::deadline_exceeded, Origin::registry, 0};
  }
  try {
    return prepare_locked(outdated);
  } catch (const std::bad_alloc&) {
    return refuse({Errc::system, Origin::system, ENOMEM, {}}, home_->control.epoch());
  } catch (...) {  // the host's prompt threw
    return refuse({Errc::internal, Origin::none, 0, {}}, home_->control.epoch());
  }
}

SignStatus RequestSigner::Impl::prepare_locked(const PreparedCredential* outdated) {
  const std::uint64_t epoch = home_->control.epoch();
  const PreparedCredential* standing = prepared_.load();
  if (standing != nullptr && standing->epoch == epoch && standing != outdated) return {};
  if (refusal_.stands(epoch)) return {refusal_.why().code, refusal_.why().origin, refusal_.why().native};

  const bool ever_prepared = preparations_.fetch_add(1, std::memory_order_relaxed) > 0;
  auto fresh = PreparedCredential::prepare(*home_, label_, source_, terms_);
  if (standing != nullptr && standing->epoch == epoch) {  // its device was away
    standing->outage->end_turn({Errc::device_gone, Origin::key, 0}, steady_ns());
    if (!fresh && may_pass(fresh.error().code)) return {};  // the fallback goes on
  }
  PreparedCredential* replaced = prepared_.exchange(fresh ? fresh->release() : nullptr);
  if (Replicas* key = own_key(replaced)) key->disarm(own_key(prepared_.load()));
  if (replaced != nullptr && replaced->outage) replaced->outage->report();
  retire(replaced);
  refusal_.forget();
  if (fresh) return {};
  Error& why = fresh.error();
  if (ever_prepared && why.code == Errc::not_found) why.code = Errc::revoked;  // it was there: somebody removed it
  return refuse(std::move(why), epoch);
}

SignStatus RequestSigner::Impl::refuse(Error why, std::uint64_t epoch) noexcept {
  const Error& standing = refusal_.remember(std::move(why), epoch);
  return {standing.code, standing.origin, standing.native};
}

void RequestSigner::Impl::retire(PreparedCredential* replaced) noexcept {
  if (replaced != nullptr) {
    replaced->next_retired = std::move(retired_);
    retired_.reset(replaced);
  }
  // Whoever enters sign from now on sees the new pointer, so with only this thread inside nobody holds an old one. (prepare runs
  // outside of sign, with nobody inside.)
  if (counters_.inside() <= 1) retired_.reset();
}

std::string RequestSigner::Impl::explain(const SignStatus& status, const SignedRequest& out) {
  const exchange::Draft& draft = out.impl().draft;
  if (status.ok()) return "signed";
  if (status.origin == Origin::request) return exchange::explain(status, draft);
  if (status.code == Errc::refused && status.origin == Origin::grants) return explain_refusal(status, draft, label_);
  {
    const std::lock_guard lock(mutex_);
    const Error& why = refusal_.why();
    const bool of_preparation = why.code == status.code && why.origin == status.origin && why.native == status.native;
    if (of_preparation && !why.detail.empty()) return why.detail;
  }
  std::string text = "credential '" + label_ + "': " + explain_status(status);
  if (is_away(status) && !home_->forked()) {
    const Visit visit(counters_.mine());
    const PreparedCredential* prepared = prepared_.load();
    if (prepared != nullptr && !prepared->fallback_hint.empty()) text += "; " + prepared->fallback_hint;
  }
  return text;
}

SignerStats RequestSigner::Impl::stats() noexcept {
  SignerStats stats;
  counters_.tell(stats);
  stats.preparations = preparations_.load();
  stats.by_fallback_key = by_fallback_key_.load();
  stats.failovers = terms_.counts->failovers.total();
  stats.hedged = terms_.counts->hedged.total();
  if (home_->forked()) return stats;
  const Visit visit(counters_.mine());
  if (const Replicas* key = own_key(prepared_.load())) stats.shelf = key->shelf();
  return stats;
}

}  // namespace custos
