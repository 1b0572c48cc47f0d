#include "custodian/request_copy.h"

#include <algorithm>

namespace custos {
namespace {

// copy_pairs copies as many as there is room for.
std::span<const NameValue> copy_pairs(std::span<const NameValue> from, std::span<NameValue> room, BoundedWriter& text) noexcept {
  const std::size_t count = std::min(from.size(), room.size());
  for (std::size_t i = 0; i < count; ++i) room[i] = {text.copy(from[i].name), text.copy(from[i].value)};
  return room.first(count);
}

}  // namespace

RequestCopy::RequestCopy(std::size_t capacity)
    : capacity_(capacity), text_(std::make_unique<char[]>(capacity)), pairs_(std::make_unique<PairRoom>()) {}

bool RequestCopy::take(const RequestView& request, const SignOptions& options) noexcept {
  BoundedWriter text({text_.get(), capacity_});
  request_ = request;
  options_ = options;
  SignContext& context = options_.context;
  for (std::string_view* view :
       {&request_.method, &request_.path, &request_.query, &request_.body, &request_.host, &request_.recv_window, &request_.nonce,
        &context.actor, &context.request_id, &context.approval}) {
    *view = text.copy(*view);
  }
  request_.params = copy_pairs(request.params, pairs_->params, text);
  request_.headers = copy_pairs(request.headers, pairs_->headers, text);
  return !text.overflowed() && request_.params.size() == request.params.size() &&
         request_.headers.size() == request.headers.size();
}

}  // namespace custos
