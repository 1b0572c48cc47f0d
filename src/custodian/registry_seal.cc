#include "custodian/registry_seal.h"

namespace custos {
namespace {

// A token that loses its sessions this often during one seal is reported as gone.
constexpr int kMaxLogins = 3;

}  // namespace

// A sign that meets a lost session logs in anew and answers device_gone: then it is made again, as other administration is. A
// seal by another key would be found when it is verified.
Result<Digest32> RegistrySeal::mac(ByteView row) {
  Digest32 mac{};
  SignStatus status;
  for (int attempt = 0; attempt < kMaxLogins; ++attempt) {
    const std::uint64_t generation = key_->generation();
    status = key_->sign(row, mac, {});
    if (status.ok()) return mac;
    if (key_->generation() == generation) break;
  }
  return fail(status.code, status.origin, "the token did not compute a registry seal: see custos doctor", status.native);
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
