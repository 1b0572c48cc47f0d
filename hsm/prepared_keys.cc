#include "hsm/prepared_keys.h"

namespace custos::hsm {
namespace {

bool serves(const std::shared_ptr<TokenKey>& key, key::Algorithm algorithm) {
  return key != nullptr && !key->closed() && key->algorithm() == algorithm;
}

}  // namespace

std::shared_ptr<TokenKey> PreparedKeys::held(const key::KeyId& id) {
  const std::lock_guard lock(mutex_);
  const auto found = keys_.find(id);
  return found == keys_.end() ? nullptr : found->second.lock();
}

std::shared_ptr<TokenKey> PreparedKeys::find(const key::KeyId& id, key::Algorithm algorithm) {
  auto key = held(id);
  return serves(key, algorithm) ? key : nullptr;
}

std::shared_ptr<TokenKey> PreparedKeys::add(const key::KeyId& id, const std::shared_ptr<TokenKey>& key) {
  std::shared_ptr<TokenKey> standing;  // let go of after the lock
  const std::lock_guard lock(mutex_);
  auto& place = keys_[id];
  standing = place.lock();
  if (serves(standing, key->algorithm())) return standing;
  place = key;
  if (keys_.size() >= sweep_at_) {
    std::erase_if(keys_, [](const auto& entry) { return entry.second.expired(); });
    sweep_at_ = 2 * keys_.size() + 16;
  }
  return key;
}

void PreparedKeys::close(const key::KeyId& id) {
  if (const auto key = held(id)) key->close();
}

}  // namespace custos::hsm
