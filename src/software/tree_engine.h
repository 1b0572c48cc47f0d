// TreeEngine: the root of a tree of keys (BIP 32, SLIP-10).
#pragma once

#include <utility>

#include "software/engine.h"

namespace custos::software {

// TreeEngine keeps the root in SecretBytes, and signs with the engine of its own key.
class TreeEngine final : public Engine {
 public:
  // make copies the root. Errors: as make_engine.
  [[nodiscard]] static Result<std::unique_ptr<Engine>> make(std::shared_ptr<const OpenSslContext> context, key::KeyUse use,
                                                            const SecretBytes& root);

  using Engine::sign;
  SignStatus sign(ByteView message, std::span<std::uint8_t> out, RecoveryId& recovery_id) const noexcept override {
    return own_->sign(message, out, recovery_id);
  }
  [[nodiscard]] Result<key::TreeNode> node(std::span<const std::uint32_t> path) const override;
  // derive gives an engine that holds the one key and nothing of the tree.
  [[nodiscard]] Result<std::unique_ptr<Engine>> derive(std::span<const std::uint32_t> path) const override;

 private:
  TreeEngine(std::shared_ptr<const OpenSslContext> context, key::KeyUse use, SecretBytes root) noexcept
      : context_(std::move(context)), use_(use), root_(std::move(root)) {}

  const std::shared_ptr<const OpenSslContext> context_;
  const key::KeyUse use_;
  const SecretBytes root_;
  std::unique_ptr<Engine> own_;
};

}  // namespace custos::software
