#include "exchange/composer.h"

#include <sodium.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstring>

#include "encode/base64.h"
#include "encode/hex.h"
#include "encode/percent.h"
#include "encode/utf8.h"
#include "exchange/caller_headers.h"
#include "exchange/host_choice.h"
#include "exchange/json.h"
#include "exchange/nonce_form.h"
#include "exchange/placement.h"
#include "exchange/request_line.h"
#include "exchange/request_time.h"
#include "exchange/scheme_choice.h"
#include "exchange/time_format.h"
#include "hash/digest.h"

namespace custos::exchange {
namespace {

using enum facts::OperationClass;

constexpr std::size_t kMaxPathSize = 256;
constexpr std::int64_t kMaxNonceAheadMs = 60'000;         // design.md, "Exchange requests"
constexpr std::int64_t kMaxTimeMs = 253'402'300'799'999;  // the end of the year 9999

constexpr std::string_view kBodyUncovered =
    "the venue's signature does not cover the body: whoever holds the request can change it";
constexpr std::string_view kQueryUncovered =
    "the venue's signature does not cover the query: whoever holds the request can change it";

std::optional<std::uint64_t> parse_number(std::string_view text) noexcept {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool plain = error == std::errc() && end == text.data() + text.size() && (text.size() == 1 || text.front() != '0');
  return plain ? std::optional(number) : std::nullopt;
}

// unique_bytes are 16 bytes that no other call gave: the digest of this process's random number and a counter.
std::array<std::uint8_t, 16> unique_bytes() noexcept {
  static const auto seed = [] {
    std::array<std::uint8_t, 32> bytes;
    randombytes_buf(bytes.data(), bytes.size());
    return bytes;
  }();
  static std::atomic<std::uint64_t> counter{0};
  std::array<std::uint8_t, 40> message;
  const std::uint64_t n = counter.fetch_add(1, std::memory_order_relaxed);
  std::memcpy(message.data(), seed.data(), seed.size());
  std::memcpy(message.data() + seed.size(), &n, sizeof n);
  const Digest32 digest = hash::sha256_of(message);
  std::array<std::uint8_t, 16> bytes;
  std::copy_n(digest.begin(), bytes.size(), bytes.begin());
  return bytes;
}

Reason reason_of(JsonFault fault) noexcept {
  switch (fault) {
    case JsonFault::byte_order_mark: return Reason::json_byte_order_mark;
    case JsonFault::not_utf8: return Reason::json_not_utf8;
    case JsonFault::too_deep: return Reason::json_too_deep;
    case JsonFault::repeated_name: return Reason::json_repeated_name;
    case JsonFault::not_finite: return Reason::json_number;
    default: return Reason::json_malformed;
  }
}

// NameFinder goes through a JSON value and takes the names at every depth.
struct NameFinder {
  const NameTable& table;
  NameSet names;
  std::string_view unknown;  // the first that the table has not

  void take(JsonValue value) noexcept {
    if (value.type != JsonType::object && value.type != JsonType::array) return;
    for (JsonMembers members(value); members.next(); take(members.value())) {
      std::array<char, kMaxNameSize> buffer;
      BoundedWriter out(buffer);
      const std::string_view name = text_of(members.name(), out);
      const NameId id = out.overflowed() ? kUnknownName : table.find(name);
      if (id != kUnknownName) {
        names.add(id);
      } else if (unknown.empty()) {
        unknown = members.name().raw;
      }
    }
    for (JsonElements elements(value); elements.next();) take(elements.value());
  }
};

}  // namespace

Composer::Composer(const Venue& venue, const RequestView& request, const CanonicalContext& context, Draft& draft) noexcept
    : venue_(venue),
      request_(request),
      context_(context),
      draft_(draft),
      scheme_(
          scheme_for(venue, request.kind, request.kind == RequestKind::rest ? request.path : request.method, context.algorithm)),
      out_({draft.memory.get(), draft.capacity}),
      list_(venue.index(venue).names(), draft,
            {.repeated = scheme_ != nullptr && scheme_->parameters.repeated,
             .brackets = scheme_ != nullptr && scheme_->parameters.brackets}) {}

void Composer::refuse(Reason reason, std::string_view subject) noexcept {
  if (ok()) status_ = exchange::refuse(draft_, reason, subject);
}

void Composer::take(SignStatus status) noexcept {
  if (ok()) status_ = status;
  if (ok() && out_.overflowed()) refuse(Reason::too_large);
}

void Composer::warn(std::string_view text) noexcept {
  if (draft_.warning_count < draft_.warnings.size()) draft_.warnings[draft_.warning_count++] = text;
}

void Composer::begin() noexcept {
  draft_.reset();
  draft_.kind = request_.kind;
  if (scheme_ == nullptr)
    return refuse(Reason::scheme_unknown, request_.kind == RequestKind::rest ? request_.path : request_.method);
  key_ = out_.copy(context_.api_key);
  passphrase_ = out_.copy(context_.passphrase);
  take({});
  if (key_.empty() || !is_header_value(key_)) return refuse(Reason::api_key_malformed);
  if (venue_.passphrase != PassphraseRule::none && passphrase_.empty()) return refuse(Reason::passphrase_missing);
}

void Composer::read() noexcept {
  begin();
  if (request_.kind == RequestKind::rest) {
    read_target();
    read_query();
  } else {
    read_operation();
    read_params();
  }
  read_body();
  read_times();
  judge();
}

void Composer::read_target() noexcept {
  if (!ok()) return;
  draft_.method = known_method(request_.method);
  if (draft_.method.empty()) return refuse(Reason::method_unknown, request_.method);
  if (request_.path.size() > kMaxPathSize) return refuse(Reason::path_malformed, request_.path);
  url_ = out_.size();
  out_.append("https://");
  const std::size_t host = out_.size();
  std::array<char, kMaxPathSize> path_copy;
  BoundedWriter path_writer(path_copy);
  path_ = path_writer.copy(request_.path);
  if (!is_plain_path(path_) || !path_.starts_with(scheme_->select)) return refuse(Reason::path_malformed, path_);
  const HostChoice choice = choose_host(venue_.hosts, context_.environment, path_, context_.extra_hosts, request_.host);
  if (choice.refusal == Reason::host_unknown) return refuse(choice.refusal, path_);
  if (choice.refusal != Reason::none) return refuse(choice.refusal, request_.host);
  out_.append(choice.host);
  target_ = out_.size();
  host_ = out_.written().substr(host);
  path_ = out_.copy(path_);
  take({});
}

void Composer::read_operation() noexcept {
  if (!ok()) return;
  draft_.method = request_.kind == RequestKind::ws ? "WS" : "FIX";
  path_ = out_.copy(request_.method);
  take({});
  if (path_.empty() || path_.size() > kMaxPathSize || !encode::is_utf8(path_)) return refuse(Reason::method_unknown, path_);
  const std::string_view unused = !request_.path.empty() ? request_.path : request_.query;
  if (!unused.empty() || !request_.headers.empty()) return refuse(Reason::message_part_unused, unused);
}

void Composer::read_query() noexcept {
  if (!ok()) return;
  if (request_.query.starts_with('?')) return refuse(Reason::query_mark);
  const bool has_body = takes_body(scheme_->parameters, draft_.method) && scheme_->parameters.body != BodyForm::none;
  params_form_body_ = has_body && !request_.params.empty();
  if (!has_body && !request_.body.empty()) return refuse(Reason::body_unexpected, draft_.method);
  if (params_form_body_ && !request_.body.empty()) return refuse(Reason::params_beside_body);
  const bool params_form_query = !has_body && !request_.params.empty();
  if (params_form_query && !request_.query.empty()) return refuse(Reason::params_beside_query);
  if (params_form_query || !request_.query.empty()) {
    out_.append('?');
    const std::size_t mark = out_.size();
    if (params_form_query) {
      take(list_.write(request_.params, out_));
      query_ = out_.since(mark);
    } else {
      query_ = out_.copy(request_.query);
      take({});
      if (ok()) take(list_.parse(query_));
    }
  }
  url_end_ = out_.size();
  params_in_query_ = list_.size();
}

void Composer::read_body() noexcept {
  if (!ok()) return;
  const std::size_t mark = out_.size();
  const BodyForm form = scheme_->parameters.body;
  if (params_form_body_ && form == BodyForm::form) return take_form(list_.write(request_.params, out_), mark);
  if (params_form_body_) {
    write_json_params();
  } else {
    out_.append(request_.body);
  }
  body_ = out_.since(mark);
  take({});
  if (!ok() || body_.empty()) return;
  if (form == BodyForm::form) return take(list_.parse(body_));
  read_json();
}

void Composer::take_form(SignStatus status, std::size_t mark) noexcept {
  take(status);
  body_ = out_.since(mark);
}

void Composer::write_json_params() noexcept {
  out_.append('{');
  for (const NameValue& param : request_.params) {
    if (&param != request_.params.data()) out_.append(',');
    out_.append('"');
    write_json_string(param.name, out_);
    out_.append("\":\"");
    write_json_string(param.value, out_);
    out_.append('"');
  }
  out_.append('}');
}

void Composer::read_json() noexcept {
  const JsonCheck check = check_json(body_);
  if (check.fault != JsonFault::none) return refuse(reason_of(check.fault), check.where);
  if (check.value.type != JsonType::object && check.value.type != JsonType::array) {
    return refuse(Reason::json_no_container, check.value.raw);
  }
  json_ = check.value;
  draft_.facts.body = body_;
  NameFinder finder{index().names(), {}, {}};
  if (!scheme_->binding.path) finder.take(check.value);
  json_names_ = finder.names;
  json_unknown_ = finder.unknown;
}

void Composer::read_params() noexcept {
  if (!ok()) return;
  take(list_.copy(request_.params, out_));
  if (scheme_->custom != nullptr) return;  // it judges what it uses
  const auto uses = [this](PieceKind kind) { return scheme_->preimage.has(kind) || scheme_->message.has(kind); };
  if (!params().empty() && !uses(PieceKind::sorted) && !uses(PieceKind::sorted_decoded)) {
    return refuse(Reason::message_part_unused, params().front().name);
  }
  if (!request_.body.empty() && !uses(PieceKind::body)) refuse(Reason::message_part_unused, request_.body);
}

void Composer::read_times() noexcept {
  if (!ok()) return;
  read_time();
  read_recv_window();
  read_expires();
  read_nonce();
  take({});
}

void Composer::read_time() noexcept {
  time_ms_ = context_.timestamp_ms.value_or(context_.now_ms);
  draft_.facts.timestamp_ms = time_ms_;
  const std::size_t mark = out_.size();
  if (time_ms_ < 0 || time_ms_ > kMaxTimeMs) {
    out_.append_decimal(time_ms_);
    return refuse(Reason::timestamp_range, out_.since(mark));
  }
  if (context_.timestamp_ms) {
    if (time_ms_ - kMaxAheadMs > context_.now_ms) {
      out_.append_decimal(time_ms_);
      return refuse(Reason::timestamp_ahead, out_.since(mark));
    }
    if (const std::string_view guess = unit_warning(time_ms_, context_.now_ms); !guess.empty()) warn(guess);
  }
  append_time(scheme_->time, time_ms_, out_);
  time_ = out_.since(mark);
}

void Composer::read_recv_window() noexcept {
  const std::size_t mark = out_.size();
  if (request_.recv_window.empty()) {
    if (scheme_->recv_window_default != 0) out_.append_decimal(scheme_->recv_window_default);
  } else {
    const std::string_view given = out_.copy(request_.recv_window);
    if (scheme_->recv_window_most == 0) return refuse(Reason::recv_window_unused);
    const auto number = parse_number(given);
    if (!number || *number > scheme_->recv_window_most) return refuse(Reason::recv_window_range, given);
  }
  recv_window_ = out_.since(mark);
}

void Composer::read_expires() noexcept {
  if (scheme_->expires_after_s == 0) {
    if (request_.expires_s) refuse(Reason::expires_unused);
    return;
  }
  const std::int64_t now_s = context_.now_ms / 1000;
  const std::int64_t expires = request_.expires_s.value_or(time_ms_ / 1000 + scheme_->expires_after_s);
  const std::size_t mark = out_.size();
  out_.append_decimal(expires);
  const std::int64_t most = std::max(scheme_->expires_most_s, scheme_->expires_after_s) + kMaxAheadMs / 1000;
  if (expires < 0 || expires > now_s + most) return refuse(Reason::expires_ahead, out_.since(mark));
  if (scheme_->expires_in_ms) out_.append("000");
  expires_ = out_.since(mark);
}

void Composer::read_nonce() noexcept {
  const NonceRule rule = scheme_->nonce;
  if (rule == NonceRule::none) {
    if (!request_.nonce.empty()) refuse(Reason::nonce_unused);
    return;
  }
  if (!request_.nonce.empty()) return set_nonce(out_.copy(request_.nonce));
  if (rule == NonceRule::rising_ms || rule == NonceRule::rising_us) {
    if (!nonce_in_body_) take_next_nonce();
    return;
  }
  const auto bytes = unique_bytes();
  std::array<char, 32> digits;
  encode::write_hex(bytes, digits.data());
  const std::size_t mark = out_.size();
  if (rule == NonceRule::hex) {
    out_.append({digits.data(), digits.size()});
  } else {  // version 4 in variant 10 (RFC 9562, 5.4)
    digits[12] = '4';
    digits[16] = "89ab"[bytes[8] & 3U];
    const std::string_view hex(digits.data(), digits.size());
    out_.append(hex.substr(0, 8)).append('-').append(hex.substr(8, 4)).append('-').append(hex.substr(12, 4)).append('-');
    out_.append(hex.substr(16, 4)).append('-').append(hex.substr(20));
  }
  nonce_ = out_.since(mark);
}

void Composer::take_next_nonce() noexcept {
  const std::uint64_t scale = scheme_->nonce == NonceRule::rising_us ? 1000 : 1;
  const std::uint64_t clock = static_cast<std::uint64_t>(std::max<std::int64_t>(context_.now_ms, 0)) * scale;
  const std::uint64_t nonce = context_.nonces != nullptr ? context_.nonces->next(clock) : clock;
  const std::size_t mark = out_.size();
  out_.append_decimal(nonce);
  if (nonce > clock + kMaxNonceAheadMs * scale) return refuse(Reason::nonce_ahead, out_.since(mark));
  nonce_ = out_.since(mark);
}

void Composer::set_nonce(std::string_view nonce) noexcept {
  if (!ok()) return;
  nonce_ = nonce;
  const NonceRule rule = scheme_->nonce;
  if (rule == NonceRule::uuid || rule == NonceRule::hex) {
    const bool fits = rule == NonceRule::uuid ? is_uuid(nonce) : is_token(nonce);
    return fits ? void() : refuse(Reason::nonce_malformed, nonce);
  }
  const auto number = parse_number(nonce);
  if (!number) return refuse(Reason::nonce_malformed, nonce);
  const std::uint64_t scale = rule == NonceRule::rising_us ? 1000 : 1;
  const auto most = static_cast<std::uint64_t>(std::max<std::int64_t>(context_.now_ms, 0) + kMaxNonceAheadMs) * scale;
  if (*number > most) return refuse(Reason::nonce_ahead, nonce);
  if (context_.nonces != nullptr && !context_.nonces->take(*number)) return refuse(Reason::nonce_not_rising, nonce);
}

void Composer::judge() noexcept {
  if (!ok()) return;
  row_ = index().find(draft_.method, path_);
  take(list_.decode(out_));
  if (!ok()) return;
  auto& facts = draft_.facts;
  facts.venue = venue_.name;
  facts.environment = out_.copy(context_.environment);
  facts.credential = out_.copy(context_.credential);
  facts.host = host_;
  facts.method = draft_.method;
  facts.path = path_;
  facts.params = params();
  facts.operation_class = row_ != nullptr ? row_->operation->operation_class : unknown;
  const std::size_t mark = out_.size();
  if (row_ == nullptr || row_->pattern) append_operation(draft_.method, path_, facts.operation_class, out_);
  draft_.operation = row_ != nullptr && !row_->pattern ? row_->text : out_.since(mark);
  take({});
  reach_by_binding();
  if (!scheme_->binding.body && !body_.empty()) warn(kBodyUncovered);
  if (!scheme_->binding.query && !query_.empty()) warn(kQueryUncovered);
}

void Composer::reach_by_binding() noexcept {
  auto& facts = draft_.facts;
  facts.reachable.add(facts.operation_class);
  if (request_.kind != RequestKind::rest) return;
  if (scheme_->binding.path) {
    if (!scheme_->binding.method) facts.reachable.add(index().classes_of_path(path_));
    return;
  }
  if (row_ != nullptr) {
    if (!list_.is_within(row_->allowed)) return refuse_unlisted();
    if (!json_unknown_.empty()) return refuse(Reason::parameter_unlisted, json_unknown_);
    if (!json_names_.is_within(row_->allowed)) return refuse_unlisted_member();
  }
  NameSet names = list_.present();
  names.add(json_names_);
  const OperationIndex::Reach reach = index().reach(names);
  facts.reachable.add(reach.classes);
  index().warn_of(reach.collisions, row_, draft_);
}

void Composer::refuse_unlisted() noexcept {
  std::size_t i = 0;
  while (list_.id(i) != kUnknownName && row_->allowed.has(list_.id(i))) ++i;
  refuse(Reason::parameter_unlisted, list_.at(i).name);
}

void Composer::refuse_unlisted_member() noexcept {
  json_names_.for_each([this](NameId id) {
    if (!row_->allowed.has(id)) refuse(Reason::parameter_unlisted, index().names().name(id));
  });
}

std::string_view Composer::param(std::string_view name) const noexcept {
  const auto all = params();
  const auto found = std::ranges::find(all, name, &NameValue::name);
  return found == all.end() ? std::string_view() : found->value;
}

void Composer::write_preimage() noexcept {
  if (ok()) draft_.preimage = expand(scheme_->preimage);
}

void Composer::write_outputs() noexcept {
  if (!ok()) return;
  if (request_.kind != RequestKind::rest) {
    draft_.message = write_output(scheme_->message, Placement::Where::message, Into::json);
    return take({});
  }
  if (!scheme_->query.empty()) {
    url_ = out_.size();
    out_.append("https://").append(host_);
    target_ = out_.size();
    out_.append(path_).append('?');
    write_output(scheme_->query, Placement::Where::query, Into::text);
    url_end_ = query_output_end_;
  }
  if (!scheme_->body.empty()) body_ = write_output(scheme_->body, Placement::Where::body, Into::json);
  write_headers();
  take({});
}

void Composer::write_headers() noexcept {
  for (const Header& header : scheme_->headers) {
    if (header.when == Header::When::with_body && body_.empty() && scheme_->body.empty()) continue;
    if (header.when == Header::When::without_body && !(body_.empty() && scheme_->body.empty())) continue;
    if (header.when == Header::When::with_recv_window && recv_window_.empty()) continue;
    if (draft_.header_count == Draft::kMaxHeaders) return refuse(Reason::too_many_headers, header.name);
    const std::size_t place = draft_.header_count++;
    draft_.headers[place].name = header.name;
    draft_.headers[place].value = write_output(header.value, Placement::Where::header, Into::text);
    if (!is_header_value(draft_.headers[place].value)) return refuse(Reason::header_value_malformed, header.name);
  }
  const std::size_t ours = draft_.header_count;
  take(append_caller_headers(request_.headers, out_, draft_));
  for (std::size_t i = ours; ok() && i < draft_.header_count;) {
    const NameValue theirs = draft_.headers[i];
    const auto all = std::span(draft_.headers).first(i);
    const auto same = std::ranges::find_if(all, [&](const NameValue& other) { return same_header(other.name, theirs.name); });
    if (same == all.end()) {
      ++i;
      continue;
    }
    if (!same_header(theirs.name, "Content-Type")) return refuse(Reason::header_reserved, theirs.name);
    if (!same_header(theirs.value, same->value)) return refuse(Reason::content_type_foreign, theirs.value);
    std::ranges::move(std::span(draft_.headers).first(draft_.header_count).subspan(i + 1),
                      draft_.headers.begin() + static_cast<std::ptrdiff_t>(i));
    --draft_.header_count;
  }
}

SignStatus Composer::finish() noexcept {
  take({});
  if (!ok()) {
    draft_.placement = {};
    draft_.preimage = draft_.message = {};
    return status_;
  }
  if (request_.kind == RequestKind::rest) {
    draft_.url = out_.written().substr(url_, url_end_ - url_);
    draft_.target = out_.written().substr(target_, url_end_ - target_);
    draft_.body = body_;
  } else {
    draft_.method = {};
  }
  draft_.algorithm = context_.algorithm;
  return status_;
}

std::string_view Composer::write_output(const Template& text, Placement::Where where, Into into) noexcept {
  const std::size_t begin = out_.size();
  std::size_t i = 0;
  const auto pieces = text.pieces();
  for (; i < pieces.size() && pieces[i].kind != PieceKind::signature; ++i) write_span(pieces, i, into);
  const std::string_view written = out_.since(begin);
  query_output_end_ = out_.size();
  if (i == pieces.size()) return written;

  // The suffix is written first, behind the most that signature and suffix can take.
  std::array<char, 1024> buffer;
  BoundedWriter suffix(buffer);
  std::swap(out_, suffix);
  for (++i; i < pieces.size(); ++i) write_span(pieces, i, into);
  std::swap(out_, suffix);
  if (suffix.overflowed()) refuse(Reason::too_large);
  const std::size_t most = signature_text_size(scheme_->form, context_.signature_size) + suffix.size();
  char* const room = out_.claim(most);
  if (room == nullptr) return written;
  draft_.placement = {
      where, scheme_->form, draft_.header_count == 0 ? 0 : draft_.header_count - 1, {room, most}, out_.copy(suffix.written())};
  return written;
}

// write_span writes the piece at `i`, and all of a function, whose last piece `i` then is.
void Composer::write_span(std::span<const Piece> pieces, std::size_t& i, Into into) noexcept {
  if (!is_function(pieces[i].kind)) return write_piece(pieces[i], into);
  const PieceKind function = pieces[i].kind;
  const std::size_t mark = out_.size();
  for (++i; i < pieces.size() && pieces[i].kind != PieceKind::end; ++i) write_span(pieces, i, Into::text);
  apply(function, mark);
}

std::string_view Composer::expand(const Template& text, Into into) noexcept {
  const std::size_t mark = out_.size();
  for (std::size_t i = 0; i < text.pieces().size(); ++i) write_span(text.pieces(), i, into);
  take({});
  return out_.since(mark);
}

void Composer::write_piece(const Piece& piece, Into into) noexcept {
  switch (piece.kind) {
    case PieceKind::literal: out_.append(piece.text); break;
    case PieceKind::key: write_escaped(key_, into); break;
    case PieceKind::passphrase: write_escaped(passphrase_, into); break;
    case PieceKind::time: out_.append(time_); break;
    case PieceKind::time_ms: out_.append_decimal(time_ms_); break;
    case PieceKind::time_s: out_.append_decimal(time_ms_ / 1000); break;
    case PieceKind::nonce: out_.append(nonce_); break;
    case PieceKind::recv_window: out_.append(recv_window_); break;
    case PieceKind::expires: out_.append(expires_); break;
    case PieceKind::method: out_.append(draft_.method); break;
    case PieceKind::host: out_.append(host_); break;
    case PieceKind::path: write_escaped(path_, into); break;
    case PieceKind::query: write_escaped(query_, into); break;
    case PieceKind::query_part:
      if (!query_.empty()) out_.append('?').append(query_);
      break;
    case PieceKind::query_decoded: write_decoded_query(); break;
    case PieceKind::query_decoded_part:
      if (!query_.empty()) {
        out_.append('?');
        write_decoded_query();
      }
      break;
    case PieceKind::sorted: write_sorted(false); break;
    case PieceKind::sorted_decoded: write_sorted(true); break;
    case PieceKind::body: out_.append(body_); break;
    case PieceKind::public_key:
      if (char* place = out_.claim(encode::base64_size(context_.public_key.size()))) {
        encode::write_base64(context_.public_key, place);
      }
      break;
    case PieceKind::custom:
      if (scheme_->custom != nullptr) scheme_->custom(*this);
      break;
    default: break;  // signature and functions are not written here
  }
}

void Composer::write_escaped(std::string_view text, Into into) noexcept {
  if (into == Into::json) {
    write_json_string(text, out_);
  } else {
    out_.append(text);
  }
}

// write_decoded_query undoes the encoding of the query. A '&' in a value would read as the end of it; and where a body may
// follow, the first brace or bracket is the body's.
void Composer::write_decoded_query() noexcept {
  const std::string_view ends = draft_.method == "GET" ? "&" : "&{[";
  for (std::size_t i = 0; i < params_in_query_; ++i) {
    const NameValue& param = draft_.params[i];
    if (param.value.find_first_of(ends) != std::string_view::npos) return refuse(Reason::value_ambiguous, param.name);
    if (i != 0) out_.append('&');
    out_.append(param.name).append('=').append(param.value);
  }
}

void Composer::write_sorted(bool decoded) noexcept {
  struct Pair {  // without initial values: an array of NameValue would be cleared first
    const char *name, *value;
    std::size_t name_size, value_size;
    [[nodiscard]] NameValue view() const noexcept { return {{name, name_size}, {value, value_size}}; }
  };
  std::array<Pair, Draft::kMaxParams> pairs;  // NOLINT(*-member-init): filled up to count
  std::size_t count = 0;
  const auto add = [&](std::string_view name, std::string_view value) {
    pairs[count++] = {name.data(), value.data(), name.size(), value.size()};
  };
  const auto split = [&](std::string_view text) {
    while (!text.empty() && count < pairs.size()) {
      const std::size_t end = std::min(text.find('&'), text.size());
      const std::string_view pair = text.substr(0, end);
      const std::size_t equals = std::min(pair.find('='), pair.size());
      add(pair.substr(0, equals), pair.substr(std::min(equals + 1, pair.size())));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  };
  if (decoded || request_.kind != RequestKind::rest) {
    for (const NameValue& param : params()) add(param.name, param.value);
  } else {
    split(query_);
    if (scheme_->parameters.body == BodyForm::form) split(body_);
  }
  // An insertion sort keeps the order of equal names and needs no memory.
  for (std::size_t i = 1; i < count; ++i) {
    const Pair pair = pairs[i];
    std::size_t place = i;
    for (; place > 0 && pair.view().name < pairs[place - 1].view().name; --place) pairs[place] = pairs[place - 1];
    pairs[place] = pair;
  }
  for (std::size_t i = 0; i < count; ++i) {
    const auto [name, value] = pairs[i].view();
    if (decoded && value.find('&') != std::string_view::npos) return refuse(Reason::value_ambiguous, name);
    if (i != 0) out_.append('&');
    out_.append(name).append('=').append(value);
  }
}

// apply replaces what was written from `mark` on by a function of it.
void Composer::apply(PieceKind function, std::size_t mark) noexcept {
  const std::string_view text = out_.since(mark);
  if (out_.overflowed()) return;
  const auto replace_by_digest = [&](ByteView digest, bool hex) {
    out_.truncate(mark);
    if (!hex) {
      out_.append(as_text(digest));
    } else if (char* place = out_.claim(encode::hex_size(digest.size()))) {
      encode::write_hex(digest, place);
    }
  };
  if (function == PieceKind::sha256 || function == PieceKind::sha256_hex) {
    return replace_by_digest(hash::sha256_of(as_bytes(text)), function == PieceKind::sha256_hex);
  }
  if (function == PieceKind::sha512_hex) return replace_by_digest(hash::sha512_of(as_bytes(text)), true);

  // The others give more than they take: they write behind the text, whose place the result then takes.
  const std::size_t behind = out_.size();
  if (function == PieceKind::percent) {
    encode::percent_encode(text, out_);
  } else if (function == PieceKind::json) {
    write_json_string(text, out_);
  } else {
    const auto alphabet = function == PieceKind::base64 ? encode::Base64::standard : encode::Base64::url;
    if (char* place = out_.claim(encode::base64_size(text.size(), alphabet)))
      encode::write_base64(as_bytes(text), place, alphabet);
  }
  if (out_.overflowed()) return;
  out_.erase(mark, behind);
}

SignStatus compose_by_scheme(const Venue& venue, const RequestView& request, const CanonicalContext& context,
                             Draft& draft) noexcept {
  Composer composer(venue, request, context, draft);
  composer.read();
  composer.write_preimage();
  composer.write_outputs();
  return composer.finish();
}

}  // namespace custos::exchange
