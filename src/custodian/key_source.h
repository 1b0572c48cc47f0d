// KeySource: where prepared keys come from.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "custodian/custodian_impl.h"
#include "key/backend.h"
#include "registry/registry.h"

namespace custos {

// KeySource opens one copy of a key, with a shelf of that depth. Errors: as key::Backend::prepare.
using KeySource = std::function<Result<std::shared_ptr<key::PreparedKey>>(
    const registry::KeyRow& key, const registry::CopyRow& copy, key::KeyUse use, std::size_t shelf)>;

// home_keys opens keys where the home has them; the home outlives the source.
[[nodiscard]] KeySource home_keys(Custodian::Impl& home);

}  // namespace custos
