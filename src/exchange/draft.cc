#include "exchange/draft.h"

namespace custos::exchange {

// The buffer is not cleared: nothing reads what was not written.
Draft::Draft(std::size_t size) : memory(std::make_unique_for_overwrite<char[]>(size)), capacity(size) {}

void Draft::reset() noexcept {
  kind = RequestKind::rest;
  method = url = target = body = preimage = signature = message = algorithm = operation = {};
  placement = {};
  facts = {};
  param_count = header_count = warning_count = subject_size = 0;
}

}  // namespace custos::exchange

namespace custos {

SignedRequest::SignedRequest(std::size_t capacity) : impl_(std::make_unique<Impl>(capacity)) {}
SignedRequest::~SignedRequest() = default;
SignedRequest::SignedRequest(SignedRequest&&) noexcept = default;
SignedRequest& SignedRequest::operator=(SignedRequest&&) noexcept = default;

std::string_view SignedRequest::method() const noexcept { return impl_->draft.method; }
RequestKind SignedRequest::kind() const noexcept { return impl_->draft.kind; }
std::string_view SignedRequest::message() const noexcept { return impl_->draft.message; }
std::string_view SignedRequest::url() const noexcept { return impl_->draft.url; }
std::string_view SignedRequest::target() const noexcept { return impl_->draft.target; }
std::string_view SignedRequest::body() const noexcept { return impl_->draft.body; }
std::span<const NameValue> SignedRequest::headers() const noexcept {
  return std::span(impl_->draft.headers).first(impl_->draft.header_count);
}
std::string_view SignedRequest::signature() const noexcept { return impl_->draft.signature; }
std::string_view SignedRequest::preimage() const noexcept { return impl_->draft.preimage; }
std::string_view SignedRequest::algorithm() const noexcept { return impl_->draft.algorithm; }
std::string_view SignedRequest::operation() const noexcept { return impl_->draft.operation; }
std::span<const std::string_view> SignedRequest::warnings() const noexcept {
  return std::span(impl_->draft.warnings).first(impl_->draft.warning_count);
}

}  // namespace custos
