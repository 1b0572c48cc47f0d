#include "signing.h"

#include <algorithm>
#include <bit>

namespace custos::cli {
namespace {

// Views turns owned pairs into what RequestView takes.
std::vector<NameValue> views_of(const Pairs& pairs) {
  std::vector<NameValue> views;
  views.reserve(pairs.size());
  for (const auto& [name, value] : pairs) views.push_back({name, value});
  return views;
}

std::size_t size_of(const Pairs& pairs) {
  std::size_t size = 0;
  for (const auto& [name, value] : pairs) size += name.size() + value.size() + 2;
  return size;
}

// capacity_for is enough for any request of this size: params may grow threefold by percent-encoding, and the result holds the
// request about three times (SignedRequest).
std::size_t capacity_for(const RequestInput& input) {
  const std::size_t plain =
      input.path.size() + input.query.size() + input.body.size() + input.host.size() + size_of(input.headers);
  return std::bit_ceil(3 * (plain + 3 * size_of(input.params)) + SignedRequest::kDefaultCapacity / 2);
}

}  // namespace

Result<RequestSigner*> Signing::signer_for(const std::string& credential) {
  if (!only_.empty() && std::ranges::find(only_, credential) == only_.end()) {
    return fail(Errc::refused, Origin::none, "credential " + credential + " is not among those of --only");
  }
  if (const auto known = signers_.find(credential); known != signers_.end()) return &known->second;
  auto prepared = custodian_.prepare_request_signer(credential, options_);
  if (!prepared) return prepared.failure();
  return &signers_.emplace(credential, *std::move(prepared)).first->second;
}

Result<const SignedRequest*> Signing::sign(const RequestInput& input) {
  const auto kind = kind_of(input.kind);
  if (!kind) return fail(Errc::bad_input, Origin::request, "the kind '" + input.kind + "' is unknown: it is rest, ws or fix");
  auto signer = signer_for(input.credential);
  if (!signer) return signer.failure();
  if (const std::size_t wanted = capacity_for(input); wanted > capacity_) {
    result_ = SignedRequest(wanted);
    capacity_ = wanted;
  }
  const auto params = views_of(input.params), headers = views_of(input.headers);
  RequestView request;
  request.kind = *kind;
  request.method = input.method;
  request.path = input.path;
  request.query = input.query;
  request.params = params;
  request.body = input.body;
  request.headers = headers;
  request.host = input.host;
  request.recv_window = input.recv_window;
  request.nonce = input.nonce;
  request.expires_s = input.expires;
  SignOptions options;
  options.timestamp_ms = input.timestamp_ms;
  const auto status = (*signer)->sign(request, result_, options);
  if (status.ok()) return &result_;
  return fail(status.code, status.origin, (*signer)->explain(status, result_), status.native);
}

void Signing::rearm() noexcept {
  for (const auto& [credential, signer] : signers_) signer.rearm();
}

}  // namespace custos::cli
