// Which of a venue's schemes a request falls under, and what a scheme says of a method.
#pragma once

#include <string_view>

#include "exchange/venue.h"

namespace custos::exchange {

// scheme_for chooses the first scheme of that kind whose algorithm fits and which `selector` falls under: a request's path, or a
// message's operation. nullptr: the venue signs no such thing.
[[nodiscard]] const Scheme* scheme_for(const Venue& venue, RequestKind kind, std::string_view selector,
                                       std::string_view algorithm) noexcept;

// takes_body says that a method is one of those that have a body.
[[nodiscard]] bool takes_body(const Parameters& parameters, std::string_view method) noexcept;

}  // namespace custos::exchange
