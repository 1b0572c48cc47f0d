// JoinedRequest: REST requests of venues that sign the query and the body, joined without a separator, and neither host, method
// nor path (Binance, MEXC spot v3).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "custos/request.h"
#include "exchange/draft.h"
#include "exchange/venue.h"

namespace custos::exchange {

// canonicalise_joined lays a request out so that the preimage is a view of the answer, appends what the venue demands, in this
// order: the receive window if it was given as an option, the time if the bytes have none, the signature; to the body if there is
// one, else to the query. It reads from the venue: hosts, index, the REST scheme of the algorithm (form, headers, body_methods,
// recv_window_most), and from `universal` the names of the time, the receive window and the signature, in this order.
SignStatus canonicalise_joined(const Venue& venue, const RequestView& request, const CanonicalContext& context,
                               Draft& draft) noexcept;

// judge_joined_times judges the values of the time and receive window parameters; `most` is in milliseconds.
SignStatus judge_joined_times(std::string_view timestamp, std::optional<std::string_view> recv_window, std::uint32_t most,
                              const CanonicalContext& context, Draft& draft) noexcept;

}  // namespace custos::exchange
