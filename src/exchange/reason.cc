#include "exchange/reason.h"

#include <algorithm>
#include <array>

#include "encode/quote.h"
#include "exchange/venue.h"

namespace custos::exchange {
namespace {

// Text is a reason's line: `before`, the quoted subject, `after`. Without `after` the subject is not shown.
struct Text {
  Reason reason;
  Errc code;
  std::string_view before;
  std::string_view after;
};

constexpr auto kTexts = std::to_array<Text>({
    {Reason::none, Errc::ok, "the request was signed", ""},
    {Reason::too_large, Errc::bad_input,
     "the request does not fit into this SignedRequest; make one with a larger capacity (about three times the request's size)",
     ""},
    {Reason::method_unknown, Errc::bad_input, "the method ", " is not one of GET, POST, PUT and DELETE (in upper case)"},
    {Reason::path_malformed, Errc::bad_input, "the path ",
     " is malformed; it begins with '/', holds only plain URL characters and no '.' or '..' segment, and the query goes into its "
     "own field"},
    {Reason::params_beside_query, Errc::bad_input,
     "both a raw query and parameters that would form it were given; give one of the two", ""},
    {Reason::params_beside_body, Errc::bad_input, "both a body and parameters that would form it were given; give one of the two",
     ""},
    {Reason::nonce_unused, Errc::bad_input, "a nonce was given, but this venue has none; leave it out", ""},
    {Reason::expires_unused, Errc::bad_input, "an expiry was given, but this venue has none; use the receive window", ""},
    {Reason::character_unencoded, Errc::bad_input, "the query or body holds a character that must be percent-encoded, near ",
     "; percent-encode it, or give the parameters one by one"},
    {Reason::escape_malformed, Errc::bad_input, "the query or body holds a '%' without two hexadecimal digits, near ",
     "; write a literal percent sign as %25"},
    {Reason::parameter_empty, Errc::bad_input, "the query or body holds a parameter without a name, near ",
     "; write name=value pairs with a single '&' between them"},
    {Reason::name_encoded, Errc::bad_input, "the parameter name ",
     " is percent-encoded, or would have to be; write names plainly"},
    {Reason::value_missing, Errc::bad_input, "the parameter ", " has no '='; write name=value"},
    {Reason::equals_in_value, Errc::bad_input, "the value of the parameter ", " holds a raw '='; encode it as %3D"},
    {Reason::repeated_name, Errc::bad_input, "the parameter ", " is given more than once; give it once"},
    {Reason::value_not_text, Errc::bad_input, "the value of the parameter ",
     " is not valid UTF-8 text, or holds a zero byte; correct it"},
    {Reason::too_many_parameters, Errc::bad_input, "the request has too many parameters, from ", " on; send fewer"},
    {Reason::parameter_unlisted, Errc::refused, "the parameter ",
     " is not one that this operation takes; correct its name or leave it out"},
    {Reason::signature_given, Errc::bad_input, "the request holds a signature already; leave it out, it is appended here", ""},
    {Reason::timestamp_twice, Errc::bad_input, "the timestamp is given in the request's bytes and as an option; give it once",
     ""},
    {Reason::timestamp_malformed, Errc::bad_input, "the timestamp ",
     " is not Unix time in milliseconds (up to 13 digits) or microseconds (16 digits)"},
    {Reason::timestamp_ahead, Errc::refused, "the timestamp ",
     " is more than 5 seconds ahead of the clock; correct the clock, or the timestamp"},
    {Reason::recv_window_twice, Errc::bad_input,
     "the receive window is given in the request's bytes and as an option; give it once", ""},
    {Reason::recv_window_malformed, Errc::bad_input, "the receive window ",
     " is not a number of milliseconds up to 60000 with at most 3 decimals"},
    {Reason::split_ambiguous, Errc::bad_input, "the end of the query and the begin of the body read together as the parameter ",
     "; send all parameters in one of the two, or in another order"},
    {Reason::host_malformed, Errc::bad_input, "the host ", " is not a host name, with a port at most"},
    {Reason::host_foreign, Errc::refused, "the host ",
     " is not the venue's for this path and environment; correct it, or record it with the credential"},
    {Reason::host_unknown, Errc::refused, "the venue has no host for the path ",
     " in this environment; correct the path, or record a host with the credential and name it"},
    {Reason::header_name_malformed, Errc::bad_input, "the header name ",
     " is not a token of letters, digits and !#$%&'*+-.^_`|~"},
    {Reason::header_value_malformed, Errc::bad_input, "the value of the header ",
     " holds a line end, another control character or one outside ASCII; remove it"},
    {Reason::header_reserved, Errc::refused, "the header ",
     " authenticates, frames or redirects a request and is not the caller's to set; leave it out"},
    {Reason::too_many_headers, Errc::bad_input, "the request has too many headers, from ", " on; send fewer"},
    {Reason::content_type_foreign, Errc::bad_input, "the Content-Type ",
     " does not fit: this venue reads bodies as application/x-www-form-urlencoded; leave the header out"},
    {Reason::api_key_malformed, Errc::bad_input,
     "the credential's API key is empty or holds characters that no header may hold; set it again", ""},
    {Reason::signature_size, Errc::internal, "the signature has not the size that this venue's algorithm gives; report this", ""},
});
static_assert(kTexts.size() == static_cast<std::size_t>(Reason::count_));
static_assert([] {
  for (std::size_t i = 0; i < kTexts.size(); ++i) {
    if (kTexts[i].reason != static_cast<Reason>(i)) return false;
  }
  return true;
}());

}  // namespace

Errc code_of(Reason reason) noexcept { return kTexts[static_cast<std::size_t>(reason)].code; }

SignStatus refuse(Draft& draft, Reason reason, std::string_view subject) noexcept {
  draft.subject_size = std::min(subject.size(), draft.subject.size());
  std::copy_n(subject.data(), draft.subject_size, draft.subject.data());
  return {code_of(reason), Origin::request, static_cast<std::uint32_t>(reason)};
}

std::string explain(const SignStatus& status, const Draft& draft) {
  if (status.native >= kTexts.size()) return "the request was refused for a reason that has no text; report this";
  const Text& text = kTexts[status.native];
  std::string line(text.before);
  if (text.after.empty()) return line;
  line += encode::quoted({draft.subject.data(), draft.subject_size});
  return line.append(text.after);
}

}  // namespace custos::exchange
