#include "exchange/placement.h"

#include <algorithm>
#include <array>

#include "encode/base64.h"
#include "encode/hex.h"
#include "encode/percent.h"
#include "exchange/reason.h"

namespace custos::exchange {
namespace {

constexpr std::size_t kMaxSignature = 512;  // RSA-4096

// extend makes a view of the draft's buffer reach to `end`.
void extend(std::string_view& view, const char* end) noexcept {
  view = {view.data(), static_cast<std::size_t>(end - view.data())};
}

}  // namespace

std::size_t signature_text_size(SignatureForm form, std::size_t size) noexcept {
  switch (form) {
    case SignatureForm::hex: return encode::hex_size(size);
    case SignatureForm::base64: return encode::base64_size(size);
    case SignatureForm::base64_percent: return 3 * encode::base64_size(size);
    case SignatureForm::base64url: return encode::base64_size(size, encode::Base64::url);
    case SignatureForm::hex_base64: return encode::base64_size(encode::hex_size(size));
  }
  return 0;
}

std::string_view write_signature(SignatureForm form, ByteView signature, std::span<char> room) noexcept {
  const auto written = [&](std::size_t size) { return std::string_view(room.data(), size); };
  switch (form) {
    case SignatureForm::hex: encode::write_hex(signature, room.data()); return written(encode::hex_size(signature.size()));
    case SignatureForm::base64:
      encode::write_base64(signature, room.data());
      return written(encode::base64_size(signature.size()));
    case SignatureForm::base64url:
      encode::write_base64(signature, room.data(), encode::Base64::url);
      return written(encode::base64_size(signature.size(), encode::Base64::url));
    case SignatureForm::base64_percent: {
      std::array<char, encode::base64_size(kMaxSignature)> text;
      encode::write_base64(signature, text.data());
      BoundedWriter out(room);
      return encode::percent_encode({text.data(), encode::base64_size(signature.size())}, out);
    }
    case SignatureForm::hex_base64: {
      std::array<char, encode::hex_size(kMaxSignature)> text;
      encode::write_hex(signature, text.data());
      encode::write_base64(as_bytes({text.data(), encode::hex_size(signature.size())}), room.data());
      return written(encode::base64_size(encode::hex_size(signature.size())));
    }
  }
  return {};
}

SignStatus place_signature(const Venue& venue, ByteView signature, const CanonicalContext& context, Draft& draft) noexcept {
  static_cast<void>(venue);
  const Placement placement = draft.placement;
  draft.placement = {};
  const std::size_t most = signature_text_size(placement.form, signature.size()) + placement.suffix.size();
  const bool fits = signature.size() == context.signature_size && signature.size() <= kMaxSignature &&
                    placement.where != Placement::Where::none && most <= placement.room.size();
  if (!fits) return refuse(draft, Reason::signature_size);

  draft.signature = write_signature(placement.form, signature, placement.room);
  const char* const end =
      std::ranges::copy(placement.suffix, placement.room.begin() + static_cast<std::ptrdiff_t>(draft.signature.size()))
          .out.base();
  switch (placement.where) {
    case Placement::Where::query:
      extend(draft.url, end);
      extend(draft.target, end);
      break;
    case Placement::Where::body: extend(draft.body, end); break;
    case Placement::Where::header: extend(draft.headers[placement.header].value, end); break;
    case Placement::Where::message: extend(draft.message, end); break;
    case Placement::Where::none: break;
  }
  return {};
}

}  // namespace custos::exchange
