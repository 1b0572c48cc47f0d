// PreparedKeys: the keys of one token that somebody in this process signs with.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "hsm/token_key.h"
#include "key/algorithm.h"
#include "key/key_id.h"

namespace custos::hsm {

// PreparedKeys finds a key that is prepared already, so that all its users share one shelf, which also outlives a new
// preparation. Thread-safe.
class PreparedKeys {
 public:
  // find answers nullptr when nobody holds the key for that use, or it was closed.
  [[nodiscard]] std::shared_ptr<TokenKey> find(const key::KeyId& id, key::KeyUse use);
  // add answers the key that stands: another thread's, if that was quicker.
  [[nodiscard]] std::shared_ptr<TokenKey> add(const key::KeyId& id, const std::shared_ptr<TokenKey>& key);
  // close closes the key in all its uses.
  void close(const key::KeyId& id);

 private:
  [[nodiscard]] std::vector<std::shared_ptr<TokenKey>> held(const key::KeyId& id);

  std::mutex mutex_;
  std::multimap<key::KeyId, std::weak_ptr<TokenKey>> keys_;  // one for each use
  std::size_t sweep_at_ = 16;                                // forget those that nobody holds when there are so many
};

}  // namespace custos::hsm
