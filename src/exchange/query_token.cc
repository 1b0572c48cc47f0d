#include "exchange/query_token.h"

#include "base/trimmed.h"
#include "encode/hex.h"
#include "hash/digest.h"

namespace custos::exchange {
namespace {

constexpr Template kDecodedQuery = "${query_decoded}";

// object_of takes a body that the composer's read_body checked, without reading it once more.
JsonValue object_of(std::string_view body) noexcept {
  body = trimmed(body);
  return {body.starts_with('{') ? JsonType::object : JsonType::array, body};
}

void write_parameters(Composer& composer, FormText text) noexcept {
  if (composer.body().empty()) {
    if (text == FormText::plain) {
      composer.expand(kDecodedQuery);
    } else {
      composer.out().append(composer.query());
    }
  } else if (!composer.query().empty()) {
    composer.refuse(Reason::query_unexpected, composer.query());
  } else if (const JsonValue wrong = write_json_form(object_of(composer.body()), text, composer.out())) {
    composer.refuse(Reason::member_malformed, wrong.raw);
  }
}

}  // namespace

void write_query_token(Composer& composer, FormText text) noexcept {
  BoundedWriter& out = composer.out();
  if (const std::string_view preimage = composer.draft().preimage; !preimage.empty()) {
    out.append(preimage);
    return;
  }
  const std::size_t mark = out.size();
  write_parameters(composer, text);
  if (!composer.ok() || out.overflowed() || out.size() == mark) return;
  const hash::Digest64 digest = hash::sha512_of(as_bytes(out.since(mark)));
  out.truncate(mark);
  out.append(R"(,"query_hash":")");
  if (char* place = out.claim(encode::hex_size(digest.size()))) encode::write_hex(digest, place);
  out.append(R"(","query_hash_alg":"SHA512")");
}

}  // namespace custos::exchange
