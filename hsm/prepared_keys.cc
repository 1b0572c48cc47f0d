#include "hsm/prepared_keys.h"

namespace custos::hsm {

std::shared_ptr<TokenKey> PreparedKeys::held(const key::KeyId& id) {
  const std::lock_guard lock(mutex_);
  const auto found = keys_.find(id);
  return found == keys_.end() ? nullptr : found->second.lock();
}

std::shared_ptr<TokenKey> PreparedKeys::find(const key::KeyId& id, key::Algorithm algorithm) {
  auto key = held(id);
  return key != nullptr && !key->closed() && key->algorithm() == algorithm ? key : nullptr;
}

void PreparedKeys::add(const key::KeyId& id, const std::shared_ptr<TokenKey>& key) {
  const std::lock_guard lock(mutex_);
  keys_.insert_or_assign(id, key);
  if (keys_.size() < sweep_at_) return;
  std::erase_if(keys_, [](const auto& entry) { return entry.second.expired(); });
  sweep_at_ = 2 * keys_.size() + 16;
}

void PreparedKeys::close(const key::KeyId& id) {
  if (const auto key = held(id)) key->close();
}

}  // namespace custos::hsm
