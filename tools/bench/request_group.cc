// A whole Binance order with eight parameters, from the caller's parameters to the signed request.
#include "custodian/request_signer.h"
#include "software/software_key.h"
#include "tools/bench/closed_loop.h"
#include "tools/bench/groups.h"
#include "tools/bench/plan.h"
#include "tools/bench/request_subject.h"
#include "tools/bench/sample_message.h"

namespace custos::bench {
namespace {

// software_signer signs for the same credential with its secret in this process.
Result<RequestSigner> software_signer(Workbench& bench) {
  auto key = software::SoftwareKey::make(key::Algorithm::hmac_sha256, bench.secret());
  if (!key) return key.failure();
  const KeySource source = [key = *key](const auto&, const auto&, auto, auto) -> Result<std::shared_ptr<key::PreparedKey>> {
    return std::shared_ptr<key::PreparedKey>(key);
  };
  return RequestSigner::Impl::prepare(bench.custodian().impl(), std::string(Workbench::kArmed), {}, source);
}

// order_size is how many bytes the token signs for an order.
Result<std::size_t> order_size(const RequestSigner& signer) {
  SignedRequest out;
  const SignStatus status = signer.sign(RequestSubject::order(), out);
  if (!status.ok()) return fail(status.code, status.origin, signer.explain(status, out), status.native);
  return out.preimage().size();
}

}  // namespace

Result<void> run_request_group(Workbench& bench, const Run& run) {
  auto token = bench.custodian().prepare_request_signer(Workbench::kArmed);
  if (!token) return token.failure();
  auto software = software_signer(bench);
  if (!software) return software.failure();

  auto size = order_size(*token);
  if (!size) return size.failure();
  const SampleMessage message(*size);

  std::vector<Case> cases;
  const auto add = [&](const char* subject, const char* title, Rearming rearming, SubjectFactory make) {
    cases.push_back({Measurement{"request", subject, title, {.message_size = *size}}, [make = std::move(make), rearming, &run] {
                       return run_closed_loop(make, 1, run.effort.closed_loop, rearming);
                     }});
  };
  const auto add_signer = [&](const char* subject, const char* title, RequestSigner&& signer) {
    add(subject, title, Rearming::counted,
        [shared = std::make_shared<const RequestSigner>(std::move(signer))] { return std::make_unique<RequestSubject>(shared); });
  };
  add("floor", "bare C_Sign of as many bytes, armed before", Rearming::not_counted,
      [&] { return bench.raw().armed_sign(message.view(), kArmedAhead); });
  add_signer("armed", "Custos through the token, armed", *std::move(token));
  add_signer("software", "Custos in software", *std::move(software));
  run_cases(std::move(cases), run.effort.repetitions, run.progress, run.report);
  return {};
}

}  // namespace custos::bench
