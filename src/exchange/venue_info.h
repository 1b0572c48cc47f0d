// What the public interface tells of a venue (custos/venue.h), from its descriptor.
#pragma once

#include "custos/venue.h"
#include "exchange/venue.h"

namespace custos::exchange {

[[nodiscard]] VenueInfo to_info(const Venue& venue);

}  // namespace custos::exchange
