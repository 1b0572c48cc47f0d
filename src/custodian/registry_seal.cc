#include "custodian/registry_seal.h"

namespace custos {

Result<Digest32> RegistrySeal::mac(ByteView row) {
  Digest32 mac{};
  if (const auto status = key_->sign(row, mac, {}); !status.ok()) {
    return fail(status.code, status.origin, "the token did not compute a registry seal: see custos doctor", status.native);
  }
  return mac;
}

Result<std::optional<registry::Mirror>> TokenMirror::load() {
  auto bytes = backend_->read_object(object_);
  if (!bytes) return bytes.failure();
  if (!bytes->has_value()) return std::optional<registry::Mirror>();
  auto mirror = registry::decode_mirror(**bytes);
  if (!mirror) return mirror.failure();
  return std::optional(*mirror);
}

Result<void> TokenMirror::store(const registry::Mirror& mirror) {
  return backend_->write_object(object_, registry::encode_mirror(mirror));
}

}  // namespace custos
