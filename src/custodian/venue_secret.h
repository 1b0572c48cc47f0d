// Venue secrets: what a venue shows a person when it makes an API key, read as the venue writes it.
#pragma once

#include <string>
#include <string_view>

#include "custos/result.h"
#include "custos/secret.h"
#include "exchange/venue.h"
#include "key/algorithm.h"

namespace custos {

// VenueSecret is a secret in the form in which keys are imported (key/key_material.h; an HMAC secret as it is).
struct VenueSecret {
  key::Algorithm algorithm;
  SecretBytes material;
};

// read_venue_secret reads `secret` in the form that the venue has for the algorithm `asked` (as typed; empty: what a PEM file
// holds, else the venue's first that is not handed out as one). Errors: bad_input, naming the form that was expected.
[[nodiscard]] Result<VenueSecret> read_venue_secret(const exchange::Venue& venue, std::string_view asked, SecretBytes secret);

// takes_algorithm tells whether a venue takes keys of that algorithm; algorithms_of lists them, for people.
[[nodiscard]] bool takes_algorithm(const exchange::Venue& venue, key::Algorithm algorithm) noexcept;
[[nodiscard]] std::string algorithms_of(const exchange::Venue& venue);

// purpose_of is the purpose that keys of a venue have.
[[nodiscard]] std::string purpose_of(const exchange::Venue& venue);
// use_of is what a key of that algorithm signs with for the venue.
[[nodiscard]] key::KeyUse use_of(const exchange::Venue& venue, key::Algorithm algorithm) noexcept;

}  // namespace custos
