// Administration of venues: what there are.
#include "custodian/custodian_impl.h"
#include "custos/administration.h"
#include "exchange/venue_info.h"

namespace custos {

std::vector<VenueInfo> Administration::list_venues() const {
  std::vector<VenueInfo> venues = built_in_venues();
  for (const auto& venue : impl_->generic_venues) venues.push_back(exchange::to_info(*venue));
  return venues;
}

Result<VenueInfo> Administration::show_venue(std::string_view name) const {
  if (const auto* venue = impl_->find_venue(name)) return exchange::to_info(*venue);
  return fail(Errc::not_found, Origin::config,
              "there is no venue '" + std::string(name.substr(0, 64)) + "' (known: " + impl_->known_venues() + ")");
}

}  // namespace custos
