// Placing: how a signature is written and put into the request.
#pragma once

#include <cstddef>
#include <span>

#include "base/bytes.h"
#include "exchange/venue.h"

namespace custos::exchange {

// signature_text_size is the most characters that a signature of `size` bytes takes in a form.
[[nodiscard]] std::size_t signature_text_size(SignatureForm form, std::size_t size) noexcept;

// write_signature writes a signature into `room` (signature_text_size characters) and answers what it wrote.
std::string_view write_signature(SignatureForm form, ByteView signature, std::span<char> room) noexcept;

// place_signature puts the signature into the room that the draft's placement names, once.
SignStatus place_signature(const Venue& venue, ByteView signature, const CanonicalContext& context, Draft& draft) noexcept;

}  // namespace custos::exchange
