#include "exchange/joined_request.h"

#include <algorithm>
#include <array>

#include "exchange/caller_headers.h"
#include "exchange/host_choice.h"
#include "exchange/operation_index.h"
#include "exchange/parameter_list.h"
#include "exchange/placement.h"
#include "exchange/reason.h"
#include "exchange/request_line.h"
#include "exchange/request_time.h"
#include "exchange/scheme_choice.h"

namespace custos::exchange {
namespace {

using enum facts::OperationClass;

// Where Venue::universal names them.
constexpr NameId kTimestamp = 0;
constexpr NameId kRecvWindow = 1;
constexpr NameId kSignature = 2;

constexpr std::size_t kMaxPathSize = 128;

// Canonicalisation lays one request out in the draft's buffer as
//
//   https://host path ?query body &signature= room | decoded values, headers, names
//
// so that query and body are one contiguous preimage whichever of them is empty, and the answer is views of it. Everything is
// judged on this copy; the caller's bytes are read once.
class Canonicalisation {
 public:
  Canonicalisation(const Venue& venue, const RequestView& request, const CanonicalContext& context, Draft& draft) noexcept
      : venue_(venue),
        index_(venue.index(venue)),
        request_(request),
        context_(context),
        draft_(draft),
        out_({draft.memory.get(), draft.capacity}),
        params_(index_.names(), draft) {}

  SignStatus run() noexcept {
    draft_.reset();
    return first_failure<&Canonicalisation::begin, &Canonicalisation::write_query, &Canonicalisation::write_body,
                         &Canonicalisation::append_times, &Canonicalisation::judge_time, &Canonicalisation::judge_parameters,
                         &Canonicalisation::complete, &Canonicalisation::write_headers, &Canonicalisation::publish>();
  }

 private:
  // first_failure runs the steps in order until one fails.
  template <auto... kSteps>
  SignStatus first_failure() noexcept {
    SignStatus status;
    static_cast<void>(((status = (this->*kSteps)(), status.ok()) && ...));
    return status;
  }

  SignStatus begin() noexcept;
  SignStatus write_query() noexcept;
  SignStatus write_body() noexcept;
  SignStatus append_times() noexcept;
  SignStatus judge_time() noexcept;
  SignStatus judge_parameters() noexcept;
  SignStatus complete() noexcept;
  SignStatus write_headers() noexcept;
  SignStatus publish() noexcept;

  void begin_parameter(NameId id) noexcept;
  SignStatus write_part(std::string_view raw, std::span<const NameValue> params) noexcept;
  SignStatus refuse_unlisted() noexcept;
  SignStatus keep_callers_content_type(std::size_t ours, std::size_t first_own) noexcept;
  [[nodiscard]] std::string_view span_of(std::size_t begin, std::size_t end) const noexcept {
    return out_.written().substr(begin, end - begin);
  }

  const Venue& venue_;
  const OperationIndex& index_;
  const RequestView& request_;
  const CanonicalContext& context_;
  Draft& draft_;
  BoundedWriter out_;
  ParameterList params_;
  const Scheme* scheme_ = nullptr;
  const OperationIndex::Row* row_ = nullptr;  // none: an unknown operation
  bool params_form_body_ = false;
  bool has_body_ = false;
  std::size_t target_ = 0;    // offset of the path
  std::size_t preimage_ = 0;  // offset of the query, or of the body where there is no query
  std::size_t body_ = 0;      // offset of the body, the query's end
  std::size_t end_ = 0;       // of the preimage
  std::span<char> room_;      // for the signature
  std::size_t in_query_ = 0;  // how many parameters the query holds
};

// begin judges what stands before the parameters and writes "https://host" and the path.
SignStatus Canonicalisation::begin() noexcept {
  draft_.method = known_method(request_.method);
  if (draft_.method.empty()) return refuse(draft_, Reason::method_unknown, request_.method);
  if (!request_.nonce.empty()) return refuse(draft_, Reason::nonce_unused);
  if (request_.expires_s) return refuse(draft_, Reason::expires_unused);

  std::array<char, kMaxPathSize> path_copy;
  BoundedWriter path_writer(path_copy);
  path_writer.append(request_.path);
  const std::string_view path = path_writer.written();
  if (path_writer.overflowed()) return refuse(draft_, Reason::path_malformed, request_.path);
  row_ = index_.find(draft_.method, path);  // the paths of the table are plain
  if (row_ == nullptr && !is_plain_path(path)) return refuse(draft_, Reason::path_malformed, path);
  scheme_ = scheme_for(venue_, RequestKind::rest, path, context_.algorithm);
  if (scheme_ == nullptr) return refuse(draft_, Reason::scheme_unknown, path);

  const HostChoice choice = choose_host(venue_.hosts, context_.environment, path, context_.extra_hosts, request_.host);
  if (choice.refusal == Reason::host_unknown) return refuse(draft_, choice.refusal, path);
  if (choice.refusal != Reason::none) return refuse(draft_, choice.refusal, request_.host);

  out_.append("https://");
  draft_.facts.host = out_.copy(choice.host);
  target_ = out_.size();
  draft_.facts.path = out_.copy(path);
  return {};
}

// write_query finds out which parts the request has, and writes the query.
SignStatus Canonicalisation::write_query() noexcept {
  params_form_body_ = takes_body(scheme_->parameters, draft_.method);
  const bool has_params = !request_.params.empty();
  if (has_params && params_form_body_ && !request_.body.empty()) return refuse(draft_, Reason::params_beside_body);
  if (has_params && !params_form_body_ && !request_.query.empty()) return refuse(draft_, Reason::params_beside_query);
  has_body_ = !request_.body.empty() || (has_params && params_form_body_);
  const bool has_query = !request_.query.empty() || (has_params && !params_form_body_);

  if (has_query || !has_body_) out_.append('?');
  preimage_ = out_.size();
  return write_part(request_.query, params_form_body_ ? std::span<const NameValue>{} : request_.params);
}

// write_body writes the body. Read as one list, the joined bytes give the same names less the body's first, because no part may
// hold a name without '='; and what else a split could form is in formable and glued_name.
SignStatus Canonicalisation::write_body() noexcept {
  body_ = out_.size();
  in_query_ = params_.size();
  if (!has_body_) return {};
  const auto status = write_part(request_.body, params_form_body_ ? request_.params : std::span<const NameValue>{});
  if (!status.ok() || in_query_ == 0 || params_.size() == in_query_) return status;
  const std::string_view glued = glued_name(params_.at(in_query_ - 1).value, params_.at(in_query_).name, index_.names());
  return glued.empty() ? SignStatus{} : refuse(draft_, Reason::split_ambiguous, glued);
}

// write_part writes query or body as the caller gave it, or as the parameters form it, and lists what it holds.
SignStatus Canonicalisation::write_part(std::string_view raw, std::span<const NameValue> params) noexcept {
  if (!params.empty()) {
    const auto status = params_.write(params, out_);
    return out_.overflowed() ? refuse(draft_, Reason::too_large) : status;
  }
  const std::string_view text = out_.copy(raw);
  return out_.overflowed() ? refuse(draft_, Reason::too_large) : params_.parse(text);
}

// begin_parameter writes "name=" behind the last part.
void Canonicalisation::begin_parameter(NameId id) noexcept {
  const bool part_is_empty = out_.size() == (has_body_ ? body_ : preimage_);
  if (!part_is_empty) out_.append('&');
  out_.append(index_.names().name(id)).append('=');
}

SignStatus Canonicalisation::append_times() noexcept {
  if (params_.present().has(kSignature)) return refuse(draft_, Reason::signature_given);
  if (!request_.recv_window.empty()) {
    if (params_.present().has(kRecvWindow)) return refuse(draft_, Reason::recv_window_twice);
    begin_parameter(kRecvWindow);
    const std::string_view value = out_.copy(request_.recv_window);
    if (const auto status = params_.append(kRecvWindow, value); !status.ok()) return status;
  }
  if (!params_.present().has(kTimestamp)) {
    begin_parameter(kTimestamp);
    const std::size_t begin = out_.size();
    out_.append_decimal(context_.timestamp_ms.value_or(context_.now_ms));
    if (const auto status = params_.append(kTimestamp, out_.since(begin)); !status.ok()) return status;
  } else if (context_.timestamp_ms) {
    return refuse(draft_, Reason::timestamp_twice);
  }
  end_ = out_.size();
  return out_.overflowed() ? refuse(draft_, Reason::too_large) : SignStatus{};
}

SignStatus Canonicalisation::judge_time() noexcept {
  std::optional<std::string_view> window;
  if (params_.present().has(kRecvWindow)) window = params_.value_of(kRecvWindow);
  return judge_joined_times(params_.value_of(kTimestamp), window, scheme_->recv_window_most, context_, draft_);
}

// judge_parameters holds the parameters against the operation's list and finds what else they reach.
SignStatus Canonicalisation::judge_parameters() noexcept {
  if (row_ != nullptr && !params_.is_within(row_->allowed)) return refuse_unlisted();
  const OperationIndex::Reach reach = index_.reach(formable(params_, index_.names()));
  auto& facts = draft_.facts;
  facts.operation_class = row_ != nullptr ? row_->operation->operation_class : unknown;
  facts.reachable = reach.classes;
  facts.reachable.add(facts.operation_class);
  index_.warn_of(reach.collisions, row_, draft_);
  return {};
}

SignStatus Canonicalisation::refuse_unlisted() noexcept {
  std::size_t i = 0;
  while (params_.id(i) != kUnknownName && row_->allowed.has(params_.id(i))) ++i;
  return refuse(draft_, Reason::parameter_unlisted, params_.at(i).name);
}

// complete keeps room for the signature behind the preimage, decodes, and fills the facts.
SignStatus Canonicalisation::complete() noexcept {
  begin_parameter(kSignature);
  const std::size_t most = signature_text_size(scheme_->form, context_.signature_size);
  char* const room = out_.claim(most);
  if (room != nullptr) room_ = {room, most};
  if (const auto status = params_.decode(out_); !status.ok()) return status;

  auto& facts = draft_.facts;
  facts.venue = venue_.name;
  facts.environment = out_.copy(context_.environment);
  facts.credential = out_.copy(context_.credential);
  facts.method = draft_.method;
  facts.params = std::span(draft_.params).first(draft_.param_count);

  const std::size_t mark = out_.size();
  const bool is_exact = row_ != nullptr && !row_->pattern;
  if (!is_exact) append_operation(draft_.method, facts.path, facts.operation_class, out_);
  if (out_.overflowed()) return refuse(draft_, Reason::too_large);
  draft_.operation = is_exact ? row_->text : out_.since(mark);
  return {};
}

// write_headers writes the scheme's headers, whose values are the API key or literal, and the caller's behind them.
SignStatus Canonicalisation::write_headers() noexcept {
  const std::string_view api_key = out_.copy(context_.api_key);
  if (out_.overflowed()) return refuse(draft_, Reason::too_large);
  if (api_key.empty() || !is_header_value(api_key)) return refuse(draft_, Reason::api_key_malformed);
  std::size_t content_type = Draft::kMaxHeaders;  // where ours stands, if it does
  for (const Header& header : scheme_->headers) {
    if (header.when == Header::When::with_body && !has_body_) continue;
    if (header.when == Header::When::with_body) content_type = draft_.header_count;
    const bool is_key = header.value.has(PieceKind::key);
    draft_.headers[draft_.header_count++] = {header.name, is_key ? api_key : header.value.source()};
  }

  const std::size_t first_own = draft_.header_count;
  if (const auto status = append_caller_headers(request_.headers, out_, draft_); !status.ok()) return status;
  if (out_.overflowed()) return refuse(draft_, Reason::too_large);
  return content_type == Draft::kMaxHeaders ? SignStatus{} : keep_callers_content_type(content_type, first_own);
}

// keep_callers_content_type lets the caller's own take the place of ours. It must say the same, because the venue reads bodies as
// ours says.
SignStatus Canonicalisation::keep_callers_content_type(std::size_t ours, std::size_t first_own) noexcept {
  const auto headers = std::span(draft_.headers).first(draft_.header_count);
  bool own_type = false;
  for (const auto& header : headers.subspan(first_own)) {
    if (!same_header(header.name, "Content-Type")) continue;
    if (own_type || !same_header(header.value, headers[ours].value)) {
      return refuse(draft_, Reason::content_type_foreign, header.value);
    }
    own_type = true;
  }
  if (own_type) {
    std::ranges::move(headers.subspan(ours + 1), headers.begin() + static_cast<std::ptrdiff_t>(ours));
    --draft_.header_count;
  }
  return {};
}

// publish makes the draft ready for place. A request that was refused before has no views and no room for a signature.
SignStatus Canonicalisation::publish() noexcept {
  const std::size_t url_end = has_body_ ? body_ : end_;
  draft_.url = span_of(0, url_end);
  draft_.target = span_of(target_, url_end);
  draft_.body = has_body_ ? span_of(body_, end_) : std::string_view{};
  draft_.preimage = span_of(preimage_, end_);
  draft_.placement = {
      .where = has_body_ ? Placement::Where::body : Placement::Where::query, .form = scheme_->form, .room = room_, .suffix = {}};
  draft_.algorithm = context_.algorithm;
  return {};
}

}  // namespace

SignStatus canonicalise_joined(const Venue& venue, const RequestView& request, const CanonicalContext& context,
                               Draft& draft) noexcept {
  return Canonicalisation(venue, request, context, draft).run();
}

SignStatus judge_joined_times(std::string_view timestamp, std::optional<std::string_view> recv_window, std::uint32_t most,
                              const CanonicalContext& context, Draft& draft) noexcept {
  const auto timestamp_ms = parse_timestamp_ms(timestamp);
  if (!timestamp_ms) return refuse(draft, Reason::timestamp_malformed, timestamp);
  if (*timestamp_ms - kMaxAheadMs > context.now_ms) return refuse(draft, Reason::timestamp_ahead, timestamp);
  draft.facts.timestamp_ms = *timestamp_ms;
  const std::string_view guess = unit_warning(*timestamp_ms, context.now_ms);
  if (!guess.empty()) draft.warnings[draft.warning_count++] = guess;
  if (!recv_window || is_milliseconds(*recv_window, most)) return {};
  return refuse(draft, Reason::recv_window_malformed, *recv_window);
}

}  // namespace custos::exchange
