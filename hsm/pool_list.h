// PoolList: the process's session pools, for which exit waits.
#pragma once

namespace custos::hsm {

class SessionPool;

// A pool is in the list from its beginning to its end, so that exit waits for threads that still sign: SoftHSM2 crashes in most
// runs when its destructors meet them (devices.md 1.14). A child of a fork has an empty list.
void list_pool(SessionPool& pool);
void unlist_pool(SessionPool& pool) noexcept;

}  // namespace custos::hsm
