// Composer: the steps in which a request is laid out, judged and made ready to sign. Venues whose schemes say it all run
// compose_by_scheme; others call the steps from a function of their own, with theirs in between.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/writer.h"
#include "exchange/draft.h"
#include "exchange/json.h"
#include "exchange/operation_index.h"
#include "exchange/parameter_list.h"
#include "exchange/reason.h"
#include "exchange/venue.h"

namespace custos::exchange {

// Composer writes one request into the draft's buffer. The first failure stays: later steps do nothing, and status() answers it.
// The caller's bytes are read once; everything is judged on the copies.
class Composer {
 public:
  Composer(const Venue& venue, const RequestView& request, const CanonicalContext& context, Draft& draft) noexcept;
  Composer(const Composer&) = delete;
  Composer& operator=(const Composer&) = delete;

  // --- Steps, in this order. read runs those from begin to judge; a venue with rules in between calls them itself. ---

  void read() noexcept;

  // begin resets the draft and chooses the scheme by kind, path or operation, and algorithm.
  void begin() noexcept;
  // read_target judges method, path and host, and writes "https://host path". read_operation is its like for messages: the
  // operation is request.method.
  void read_target() noexcept;
  void read_operation() noexcept;
  // read_query writes "?query", raw or formed of params, and lists its parameters.
  void read_query() noexcept;
  // read_body writes the body, raw or formed of params. A form's parameters are listed; JSON is checked (json.h).
  void read_body() noexcept;
  // read_params lists a message's params, unencoded; its body is checked and copied by read_body.
  void read_params() noexcept;
  // read_times judges the time, the receive window, the expiry and the nonce, and takes a nonce where the scheme has one.
  void read_times() noexcept;
  // judge finds the operation's class and all that the same bytes reach, and fills the facts. Failing to find the operation is no
  // failure: it is unknown, which needs a grant.
  void judge() noexcept;
  // write_preimage expands the scheme's template.
  void write_preimage() noexcept;
  // write_outputs expands query, body, headers or message, and keeps room for the signature.
  void write_outputs() noexcept;
  // finish publishes the draft. Without it nothing can be placed.
  SignStatus finish() noexcept;

  // --- What the steps found, and tools for functions of a venue's own. ---

  [[nodiscard]] bool ok() const noexcept { return status_.ok(); }
  [[nodiscard]] SignStatus status() const noexcept { return status_; }
  // refuse keeps the first failure.
  void refuse(Reason reason, std::string_view subject = {}) noexcept;
  // warn adds a warning to the answer; `text` is static.
  void warn(std::string_view text) noexcept;

  [[nodiscard]] const Venue& venue() const noexcept { return venue_; }
  [[nodiscard]] const Scheme& scheme() const noexcept { return *scheme_; }
  [[nodiscard]] const RequestView& request() const noexcept { return request_; }
  [[nodiscard]] const CanonicalContext& context() const noexcept { return context_; }
  [[nodiscard]] Draft& draft() noexcept { return draft_; }
  [[nodiscard]] BoundedWriter& out() noexcept { return out_; }
  [[nodiscard]] const OperationIndex::Row* row() const noexcept { return row_; }

  // params are those of the query first and of a form body then, decoded once judge ran; a message's are unencoded.
  [[nodiscard]] std::span<const NameValue> params() const noexcept { return std::span(draft_.params).first(draft_.param_count); }
  [[nodiscard]] std::size_t params_in_query() const noexcept { return params_in_query_; }
  // param answers a parameter's value, or nothing.
  [[nodiscard]] std::string_view param(std::string_view name) const noexcept;
  [[nodiscard]] std::string_view query() const noexcept { return query_; }
  [[nodiscard]] std::string_view body() const noexcept { return body_; }
  // json is what read_body checked; none where there is no body, or it is a form.
  [[nodiscard]] JsonValue json() const noexcept { return json_; }
  [[nodiscard]] std::string_view path() const noexcept { return path_; }
  [[nodiscard]] std::string_view host() const noexcept { return host_; }
  [[nodiscard]] std::string_view time() const noexcept { return time_; }
  [[nodiscard]] std::int64_t time_ms() const noexcept { return time_ms_; }
  [[nodiscard]] std::string_view nonce() const noexcept { return nonce_; }
  [[nodiscard]] std::string_view recv_window() const noexcept { return recv_window_; }
  [[nodiscard]] std::string_view expires() const noexcept { return expires_; }

  // set_query, set_body and set_preimage take text in the buffer that a venue wrote itself in place of the step's.
  void set_query(std::string_view query) noexcept { query_ = query; }
  void set_body(std::string_view body) noexcept { body_ = body; }
  void set_preimage(std::string_view preimage) noexcept { draft_.preimage = preimage; }
  // expect_nonce_in_body, before read_times, keeps it from taking a rising nonce; set_nonce then judges the one in the body.
  void expect_nonce_in_body() noexcept { nonce_in_body_ = true; }
  void set_nonce(std::string_view nonce) noexcept;

  // expand writes a template without ${signature} to the buffer and answers what it wrote. In JSON, what is not a body or custom
  // is escaped.
  enum class Into : std::uint8_t { text, json };
  std::string_view expand(const Template& text, Into into = Into::text) noexcept;

 private:
  [[nodiscard]] const OperationIndex& index() const noexcept { return venue_.index(venue_); }
  // take keeps a failed status, and an overflow of the buffer.
  void take(SignStatus status) noexcept;
  void take_form(SignStatus status, std::size_t mark) noexcept;
  void write_json_params() noexcept;
  void read_json() noexcept;
  void refuse_unlisted() noexcept;
  void refuse_unlisted_member() noexcept;
  void take_next_nonce() noexcept;
  void write_span(std::span<const Piece> pieces, std::size_t& i, Into into) noexcept;
  void write_piece(const Piece& piece, Into into) noexcept;
  void apply(PieceKind function, std::size_t mark) noexcept;
  void write_sorted(bool decoded) noexcept;
  void write_decoded_query() noexcept;
  void write_escaped(std::string_view text, Into into) noexcept;
  // write_output expands an output that may hold ${signature}, and keeps its placement.
  std::string_view write_output(const Template& text, Placement::Where where, Into into) noexcept;
  void write_headers() noexcept;
  void read_time() noexcept;
  void read_recv_window() noexcept;
  void read_expires() noexcept;
  void read_nonce() noexcept;
  void reach_by_binding() noexcept;

  const Venue& venue_;
  const RequestView& request_;
  const CanonicalContext& context_;
  Draft& draft_;
  const Scheme* scheme_ = nullptr;
  BoundedWriter out_;
  ParameterList list_;
  const OperationIndex::Row* row_ = nullptr;
  SignStatus status_;
  std::string_view key_, passphrase_, host_, path_, query_, body_, time_, nonce_, recv_window_, expires_;
  std::int64_t time_ms_ = 0;
  JsonValue json_;
  NameSet json_names_;             // at any depth of the body, where the path is not covered
  std::string_view json_unknown_;  // the first name there that the venue's table has not
  std::size_t url_ = 0, url_end_ = 0;
  std::size_t target_ = 0;  // offset of the path
  std::size_t query_output_end_ = 0;
  std::size_t params_in_query_ = 0;
  bool params_form_body_ = false;
  bool nonce_in_body_ = false;
};

// compose_by_scheme runs all steps: the canonicalise of venues whose schemes say it all.
SignStatus compose_by_scheme(const Venue& venue, const RequestView& request, const CanonicalContext& context,
                             Draft& draft) noexcept;

}  // namespace custos::exchange
