#include "hsm/pool_list.h"

#include <atomic>
#include <mutex>
#include <vector>

#include "base/process_life.h"
#include "hsm/session_pool.h"

namespace custos::hsm {
namespace {

struct PoolList {
  std::mutex mutex;
  std::vector<SessionPool*> pools;
};

constinit std::atomic<PoolList*> g_pools{nullptr};

PoolList& pool_list() {
  static const bool watched = [] {
    g_pools.store(new PoolList);  // never destroyed: exit handlers use it
    on_fork_in_child([] { g_pools.store(new PoolList); });
    on_exit_begun([] {
      PoolList& list = *g_pools.load();
      const std::lock_guard lock(list.mutex);
      for (SessionPool* pool : list.pools) pool->drain();
    });
    return true;
  }();
  static_cast<void>(watched);
  return *g_pools.load();
}

}  // namespace

void list_pool(SessionPool& pool) {
  PoolList& list = pool_list();
  const std::lock_guard lock(list.mutex);
  list.pools.push_back(&pool);
}

void unlist_pool(SessionPool& pool) noexcept {
  PoolList& list = pool_list();
  const std::lock_guard lock(list.mutex);
  std::erase(list.pools, &pool);
}

}  // namespace custos::hsm
