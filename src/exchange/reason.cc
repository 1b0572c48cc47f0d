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
    {Reason::method_unknown, Errc::bad_input, "the method ", " is not one of GET, POST, PUT, DELETE and PATCH (in upper case)"},
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
     " does not fit how this venue reads bodies; leave the header out"},
    {Reason::api_key_malformed, Errc::bad_input,
     "the credential's API key is empty or holds characters that no header may hold; set it again", ""},
    {Reason::signature_size, Errc::internal, "the signature has not the size that this venue's algorithm gives; report this", ""},
    {Reason::scheme_unknown, Errc::bad_input, "this venue signs no ",
     " with a key of this algorithm; custos venue show tells what it signs"},
    {Reason::body_unexpected, Errc::bad_input, "this venue takes no body with the method ", "; send parameters in the query"},
    {Reason::json_malformed, Errc::bad_input, "the body is no JSON (RFC 8259), near ", "; correct it"},
    {Reason::json_byte_order_mark, Errc::bad_input, "the body begins with a byte order mark; leave it out", ""},
    {Reason::json_not_utf8, Errc::bad_input, "the body is not valid UTF-8, near ", "; correct it"},
    {Reason::json_too_deep, Errc::bad_input, "the body's JSON is nested deeper than 16 levels, near ", "; send less"},
    {Reason::json_repeated_name, Errc::bad_input, "the body's JSON has the name ", " twice in one object; give it once"},
    {Reason::json_number, Errc::bad_input, "the body's JSON has the number ",
     ", which not every reader takes for the same; write it as a string or shorter"},
    {Reason::json_no_container, Errc::bad_input, "the body is neither a JSON object nor an array, but ", "; correct it"},
    {Reason::recv_window_unused, Errc::bad_input, "a receive window was given, but this venue takes none here; leave it out", ""},
    {Reason::recv_window_range, Errc::bad_input, "the receive window ",
     " is no whole number, or above what the venue takes (custos venue show)"},
    {Reason::timestamp_unused, Errc::bad_input, "a timestamp was given, but this venue takes none here; leave it out", ""},
    {Reason::timestamp_range, Errc::bad_input, "the timestamp ",
     " is not between the years 1970 and 9999 in Unix milliseconds; is it in microseconds or nanoseconds?"},
    {Reason::expires_ahead, Errc::refused, "the expiry ",
     " is further ahead than the venue's rule allows, or no Unix time in seconds; give an earlier one"},
    {Reason::nonce_malformed, Errc::bad_input, "the nonce ", " is not of the form that this venue takes (custos venue show)"},
    {Reason::nonce_ahead, Errc::refused, "the nonce ",
     " is more than 60 s ahead of the clock's: it would lock out smaller ones; correct the clock, or the nonce"},
    {Reason::nonce_not_rising, Errc::bad_input, "the nonce ",
     " is not above the last one that this credential used; leave it out, and Custos counts"},
    {Reason::nonce_missing, Errc::bad_input, "the body has no nonce of its own: put one into it, as ", " or give params"},
    {Reason::passphrase_missing, Errc::bad_input,
     "the credential has no passphrase, and this venue wants one: custos credential set NAME --passphrase-stdin", ""},
    {Reason::value_ambiguous, Errc::bad_input, "the value of the parameter ",
     " holds a '&', '{' or '[', which this venue signs unencoded: two requests would have one signature; send it in a body"},
    {Reason::text_not_utf8, Errc::bad_input, "the parameter ", " is not valid UTF-8 text, or holds a zero byte; correct it"},
    {Reason::channel_malformed, Errc::bad_input,
     "the channel's name is missing or malformed: ", "; it holds small letters, digits, '.' and '_', such as spot.orders"},
    {Reason::message_part_unused, Errc::bad_input, "this message takes no ",
     "; custos venue show tells what it takes (a message has no path, query or headers)"},
    {Reason::member_missing, Errc::bad_input, "the body lacks the member ", "; custos venue show tells what this venue takes"},
    {Reason::member_unknown, Errc::bad_input, "the body holds the member ",
     ", which this venue does not know there; leave it out"},
    {Reason::member_malformed, Errc::bad_input, "the body's member ",
     " has not the form that this venue takes; custos venue show tells it"},
    {Reason::member_uncovered, Errc::refused, "the signature of this operation does not cover the member ", "; leave it out"},
    {Reason::member_foreign, Errc::refused, "the body's member ",
     " names another environment than the credential's; correct it, or use another credential"},
    {Reason::nonce_differs, Errc::bad_input, "the body's member ",
     " and the request's nonce are not the same number; give one of the two"},
    {Reason::number_not_integer, Errc::bad_input, "the action holds the number ",
     ", which is no integer of 64 bits; write prices and sizes as strings"},
    {Reason::query_unexpected, Errc::bad_input, "this venue takes no query here, but the request has ", "; leave it out"},
    {Reason::transaction_malformed, Errc::bad_input, "the transaction is not one that every reader reads alike: ",
     "; encode it once, with its fields in order and none that the venue does not know"},
    {Reason::transaction_key_foreign, Errc::refused, "the transaction names another public key than the credential's, near ",
     "; build it with the key that custos key show prints"},
    {Reason::signature_foreign, Errc::integrity, "the signature is not one of the credential's key; report this", ""},
    {Reason::reads_as_another, Errc::bad_input, "the signed bytes would read as another request's parameters too, near ",
     "; leave the '=' out"},
    {Reason::field_missing, Errc::bad_input, "the message lacks the field ", "; custos venue show tells what this venue takes"},
    {Reason::field_malformed, Errc::bad_input, "the field ",
     " has not the form that this venue takes in a message; custos venue show tells it"},
    {Reason::operation_unlisted, Errc::refused, "what this venue signs depends on the operation, and none is known for ",
     "; correct the method and path (custos venue show)"},
    {Reason::query_mark, Errc::bad_input, "the query begins with '?'; leave the mark out", ""},
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
