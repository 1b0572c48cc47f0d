#include "custodian/key_source.h"

#include "custodian/key_copies.h"

namespace custos {

KeySource home_keys(Custodian::Impl& home) {
  return [&home](const registry::KeyRow& row, const registry::CopyRow& copy, key::KeyUse use,
                 std::size_t shelf) -> Result<std::shared_ptr<key::PreparedKey>> {
    auto id = id_of_copy(home, row, copy);
    if (!id) return id.failure();
    auto backend = home.backends.open(copy.token);
    if (!backend) return backend.failure();
    return (*backend)->prepare(*id, use, shelf);
  };
}

}  // namespace custos
