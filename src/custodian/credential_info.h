// CredentialInfo: a credential as people see it.
#pragma once

#include <string_view>
#include <vector>

#include "custos/administration.h"
#include "registry/registry.h"

namespace custos {

// describe_credentials tells of all credentials, describe_credential of one. Unverified: what they tell is no proof. Errors:
// not_found; those of the registry.
[[nodiscard]] Result<std::vector<CredentialInfo>> describe_credentials(registry::Registry& registry);
[[nodiscard]] Result<CredentialInfo> describe_credential(registry::Registry& registry, std::string_view label);

[[nodiscard]] Unexpected no_such_credential(std::string_view label);

}  // namespace custos
