#include "custodian/request_signer.h"

#include <array>
#include <exception>

#include "hsm/ck_rv.h"

namespace custos {
namespace {

// A signer that meets this many changes during one signature answers busy.
constexpr int kMaxAttempts = 8;
// A token that loses its sessions this often during one signature is reported as gone.
constexpr int kMaxLogins = 3;

// InFlight counts the threads inside sign, so that a replaced credential is freed only when none can still see it.
class InFlight {
 public:
  explicit InFlight(std::atomic<std::uint32_t>& count) noexcept : count_(count) { count_.fetch_add(1); }
  ~InFlight() { count_.fetch_sub(1); }
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;

 private:
  std::atomic<std::uint32_t>& count_;
};

// lasts tells whether a failure to prepare stands until the home changes. Others (a device that is away) are tried again.
bool lasts(Errc code) noexcept {
  return code == Errc::revoked || code == Errc::refused || code == Errc::not_found || code == Errc::integrity ||
         code == Errc::bad_input || code == Errc::needs_approval;
}

std::string list_of(facts::ClassSet classes) {
  std::string list;
  for (const auto& name : authorise::grant_names(classes)) list += (list.empty() ? "" : " ") + name;
  return list;
}

// explain_refusal names the classes that the grants authoriser found missing.
std::string explain_refusal(const SignStatus& status, const exchange::Draft& draft, const std::string& label) {
  facts::ClassSet missing;
  for (std::size_t i = 0; i < facts::kClassNames.size(); ++i) {
    if ((status.native >> i & 1U) != 0) missing.add(static_cast<facts::OperationClass>(i));
  }
  const std::string classes = list_of(missing);
  const std::string reason = missing.has(draft.facts.operation_class)
                                 ? "class " + classes + " is not granted"
                                 : "the same bytes also reach class " + classes + ", which is not granted";
  return "credential '" + label + "' may not sign " + std::string(draft.operation) + ": " + reason +
         " (custos credential grant " + label + " " + classes + ")";
}

}  // namespace

RequestSigner::RequestSigner(std::shared_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
RequestSigner::~RequestSigner() = default;
RequestSigner::RequestSigner(RequestSigner&&) noexcept = default;
RequestSigner& RequestSigner::operator=(RequestSigner&&) noexcept = default;

SignStatus RequestSigner::sign(const RequestView& request, SignedRequest& out, const SignOptions& options) const noexcept {
  return impl_->sign(request, out, options);
}
std::string RequestSigner::explain(const SignStatus& status, const SignedRequest& out) const {
  return impl_->explain(status, out);
}
void RequestSigner::set_clock_offset_ms(std::int64_t offset_ms) const noexcept { impl_->clock_offset_ms.store(offset_ms); }
SignerStats RequestSigner::stats() const noexcept { return impl_->stats(); }

RequestSigner::Impl::~Impl() { delete prepared_.load(); }

Result<RequestSigner> RequestSigner::Impl::prepare(std::shared_ptr<Custodian::Impl> home, std::string label) {
  auto impl = std::make_shared<Impl>(std::move(home), std::move(label));
  if (const auto status = impl->prepare_anew(); !status.ok()) return Unexpected{impl->refusal_};
  return RequestSigner(std::move(impl));
}

SignStatus RequestSigner::Impl::sign(const RequestView& request, SignedRequest& out, const SignOptions& options) noexcept {
  const InFlight guard(in_flight_);
  exchange::Draft& draft = out.impl().draft;
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    draft.reset();
    SignStatus status;
    PreparedCredential* prepared = current(status);
    if (prepared != nullptr) status = sign_once(*prepared, request, draft, options);
    if (!status.ok()) {
      auto& counter = status.code == Errc::refused || status.code == Errc::revoked ? refusals_ : failures_;
      counter.fetch_add(1, std::memory_order_relaxed);
      draft.signature = {};
      return status;
    }
    // A change that was committed while the device signed discards the result (design.md, "The home").
    if (home_->control.epoch() == prepared->epoch) {
      signatures_.fetch_add(1, std::memory_order_relaxed);
      return status;
    }
  }
  draft.reset();
  failures_.fetch_add(1, std::memory_order_relaxed);
  return {Errc::busy, Origin::registry, 0};
}

SignStatus RequestSigner::Impl::sign_once(PreparedCredential& prepared, const RequestView& request, exchange::Draft& draft,
                                          const SignOptions& options) noexcept {
  exchange::CanonicalContext context;
  context.credential = prepared.label;
  context.environment = prepared.environment;
  context.api_key = prepared.api_key;
  context.extra_hosts = prepared.hosts;
  context.now_ms = home_->clock.now_ms() + clock_offset_ms.load(std::memory_order_relaxed);
  context.timestamp_ms = options.timestamp_ms;
  if (const auto status = prepared.venue->canonicalise(request, context, draft); !status.ok()) return status;

  const authorise::Intent intent(draft.facts);
  const auto decision = prepared.authoriser->authorise(draft.facts, intent, options.context);
  if (decision.verdict == authorise::Decision::Verdict::needs_approval)
    return {Errc::needs_approval, Origin::grants, decision.rule_id};
  if (decision.verdict != authorise::Decision::Verdict::allow) return {Errc::refused, Origin::grants, decision.rule_id};
  if (!home_->audit.claim(draft.facts, decision, options.context)) return {Errc::internal, Origin::grants, 0};

  std::array<std::uint8_t, key::kMaxSignature> mac{};
  const auto signature = std::span(mac).first(prepared.proof->algorithm().digest_size);
  if (const auto status = use_device(prepared, draft, signature, options.deadline); !status.ok()) return status;
  draft.algorithm = prepared.proof->algorithm().name;
  if (const auto status = prepared.venue->place(signature, draft); !status.ok()) return status;
  if (!home_->audit.commit(draft.facts, options.context)) return {Errc::internal, Origin::grants, 0};
  return {};
}

SignStatus RequestSigner::Impl::use_device(PreparedCredential& prepared, exchange::Draft& draft, std::span<std::uint8_t> mac,
                                           key::Deadline deadline) noexcept {
  if (const auto status = prepared.check_presence(home_->control, deadline); !status.ok()) return status;
  KeyProof& proof = *prepared.proof;
  SignStatus status;
  for (int attempt = 0; attempt < kMaxLogins; ++attempt) {
    const std::uint64_t generation = proof.key().generation();
    status = proof.ensure(deadline);
    if (status.ok()) status = proof.key().sign(as_bytes(draft.preimage), mac, deadline);
    if (status.code == Errc::not_found) status.code = Errc::revoked;  // destroyed by another tool
    // When the token lost our sessions the backend has logged in anew: the key is proved again before it signs.
    if (proof.key().generation() == generation) return status;
  }
  return status.ok() ? SignStatus{Errc::busy, Origin::token, 0} : status;
}

PreparedCredential* RequestSigner::Impl::current(SignStatus& why) noexcept {
  PreparedCredential* prepared = prepared_.load();
  if (prepared != nullptr && prepared->epoch == home_->control.epoch()) return prepared;
  why = prepare_anew();
  prepared = why.ok() ? prepared_.load() : nullptr;
  if (why.ok() && prepared == nullptr) why = {Errc::busy, Origin::registry, 0};  // another thread has just met the next change
  return prepared;
}

SignStatus RequestSigner::Impl::prepare_anew() noexcept try {
  const std::lock_guard lock(mutex_);
  const std::uint64_t epoch = home_->control.epoch();
  const PreparedCredential* standing = prepared_.load();
  if (standing != nullptr && standing->epoch == epoch) return {};
  if (refused_epoch_ == epoch) return {refusal_.code, refusal_.origin, refusal_.native};

  preparations_.fetch_add(1, std::memory_order_relaxed);
  auto fresh = PreparedCredential::prepare(*home_, label_);
  retire(prepared_.exchange(fresh ? fresh->release() : nullptr));
  if (fresh) {
    refused_epoch_ = 1;
    return {};
  }
  refusal_ = std::move(fresh.error());
  refused_epoch_ = lasts(refusal_.code) ? epoch : 1;
  return {refusal_.code, refusal_.origin, refusal_.native};
} catch (const std::exception&) {
  return {Errc::internal, Origin::none, 0};
}

void RequestSigner::Impl::retire(PreparedCredential* replaced) noexcept {
  if (replaced != nullptr) retired_.emplace_back(replaced);
  // Whoever enters sign from now on sees the new pointer, so with only this thread inside nobody holds an old one. (prepare runs
  // outside of sign, with nobody inside.)
  if (in_flight_.load() <= 1) retired_.clear();
}

std::string RequestSigner::Impl::explain(const SignStatus& status, const SignedRequest& out) {
  const exchange::Draft& draft = out.impl().draft;
  if (status.ok()) return "signed";
  if (status.origin == Origin::request) return exchange::explain(status, draft);
  if (status.code == Errc::refused && status.origin == Origin::grants) return explain_refusal(status, draft, label_);
  {
    const std::lock_guard lock(mutex_);
    if (refusal_.code == status.code && refusal_.origin == status.origin && refusal_.native == status.native)
      return refusal_.detail;
  }
  if (status.code == Errc::revoked && status.origin == Origin::token) {
    return "the key of credential '" + label_ + "' is no longer in its token: it was destroyed by another tool";
  }
  if (status.code == Errc::integrity && status.origin == Origin::registry) {
    return "the home's file control was replaced while this process runs: restart it";
  }
  if (status.origin == Origin::token && status.native != 0)
    return "credential '" + label_ + "': " + hsm::explain_ck_rv(status.native);
  if (status.origin == Origin::key)
    return "the key of credential '" + label_ + "' is not the one that was recorded: its check value differs";
  return "credential '" + label_ + "': " + std::string(to_string(status.code)) + " (" + std::string(to_string(status.origin)) +
         ")";
}

SignerStats RequestSigner::Impl::stats() const noexcept { return {signatures_, refusals_, failures_, preparations_}; }

}  // namespace custos
