#include "hsm/prepared_keys.h"

#include <vector>

namespace custos::hsm {
namespace {

bool serves(const std::shared_ptr<TokenKey>& key, key::KeyUse use) {
  return key != nullptr && !key->closed() && key->use() == use;
}

}  // namespace

// held gives the keys of that id. They are let go of after the lock.
std::vector<std::shared_ptr<TokenKey>> PreparedKeys::held(const key::KeyId& id) {
  std::vector<std::shared_ptr<TokenKey>> keys;
  const std::lock_guard lock(mutex_);
  for (auto [entry, end] = keys_.equal_range(id); entry != end; ++entry) {
    if (auto key = entry->second.lock()) keys.push_back(std::move(key));
  }
  return keys;
}

std::shared_ptr<TokenKey> PreparedKeys::find(const key::KeyId& id, key::KeyUse use) {
  for (auto& key : held(id)) {
    if (serves(key, use)) return std::move(key);
  }
  return nullptr;
}

std::shared_ptr<TokenKey> PreparedKeys::add(const key::KeyId& id, const std::shared_ptr<TokenKey>& key) {
  std::vector<std::shared_ptr<TokenKey>> let_go;  // after the lock
  const std::lock_guard lock(mutex_);
  for (auto [entry, end] = keys_.equal_range(id); entry != end; ++entry) {
    auto standing = entry->second.lock();
    if (serves(standing, key->use())) return standing;
    let_go.push_back(std::move(standing));
  }
  keys_.emplace(id, key);
  if (keys_.size() >= sweep_at_) {
    std::erase_if(keys_, [](const auto& entry) { return entry.second.expired(); });
    sweep_at_ = 2 * keys_.size() + 16;
  }
  return key;
}

void PreparedKeys::close(const key::KeyId& id) {
  for (const auto& key : held(id)) key->close();
}

}  // namespace custos::hsm
