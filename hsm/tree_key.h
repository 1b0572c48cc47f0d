// TreeKey: a key of a BIP 32 tree whose seed is in a token.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "custos/request.h"
#include "custos/result.h"
#include "hsm/bip32.h"
#include "hsm/session_pool.h"
#include "key/backend.h"

namespace custos::hsm {

// TreeKey keeps no session and no handle: each call finds the seed, derives the key on a session of the pool, uses it and
// destroys it there. So nothing of it waits armed, and a signature costs as many calls more as the path has steps.
class TreeKey final : public key::PreparedKey, public std::enable_shared_from_this<TreeKey> {
 public:
  // prepare finds the seed, and gives the root. Errors: bad_input (the token or the algorithm has not that tree or scheme),
  // not_found, integrity (two keys with this id), as SessionPool::acquire.
  static Result<std::shared_ptr<key::PreparedKey>> prepare(std::shared_ptr<SessionPool> pool, const key::KeyId& id,
                                                           key::KeyUse use);

  using PreparedKey::sign;
  SignStatus sign(ByteView message, std::span<std::uint8_t> out, key::SignCall& call) noexcept override;
  SignStatus exists(key::Deadline deadline) noexcept override;
  [[nodiscard]] std::uint64_t generation() const noexcept override { return pool_->generation(); }
  [[nodiscard]] bool spreads() const noexcept override { return pool_->profile().spreads; }
  [[nodiscard]] std::shared_ptr<const key::DeviceHealth> health() const noexcept override { return {pool_, &pool_->health()}; }
  void proved_wrong() noexcept override { pool_->health().failed(TokenReason::key_integrity, CKR_OK); }
  // Only the root has nodes and keys below it.
  [[nodiscard]] Result<key::TreeNode> node(std::span<const std::uint32_t> path) override;
  [[nodiscard]] Result<std::shared_ptr<key::PreparedKey>> derive(std::span<const std::uint32_t> path) override;
  // close closes what was derived too.
  void close() noexcept override { closed_.store(true); }

 private:
  TreeKey(std::shared_ptr<SessionPool> pool, const key::KeyId& id, key::KeyUse use, Bip32 by)
      : pool_(std::move(pool)), id_(id), use_(use), by_(by) {}
  TreeKey(std::shared_ptr<const TreeKey> root, std::span<const std::uint32_t> path);

  [[nodiscard]] bool closed() const noexcept { return closed_.load() || (root_ != nullptr && root_->closed()); }
  [[nodiscard]] Result<TokenSeed> find_seed(const Module& module, CK_SESSION_HANDLE session) const;

  const std::shared_ptr<SessionPool> pool_;
  const key::KeyId id_;
  const key::KeyUse use_;
  const Bip32 by_;
  const std::shared_ptr<const TreeKey> root_{};  // absent in the root itself
  const std::vector<std::uint32_t> path_{};
  std::atomic<bool> closed_{false};
};

}  // namespace custos::hsm
