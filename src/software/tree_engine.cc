#include "software/tree_engine.h"

#include "key/key_tree.h"

namespace custos::software {

Result<std::unique_ptr<Engine>> TreeEngine::make(std::shared_ptr<const OpenSslContext> context, key::KeyUse use,
                                                 const SecretBytes& root) {
  auto copy = root.clone();
  if (!copy) return copy.failure();
  std::unique_ptr<TreeEngine> engine(new TreeEngine(std::move(context), use, *std::move(copy)));
  auto own = engine->derive({});
  if (!own) return own.failure();
  engine->own_ = *std::move(own);
  return std::unique_ptr<Engine>(std::move(engine));
}

Result<key::TreeNode> TreeEngine::node(std::span<const std::uint32_t> path) const {
  return key::derive_node(use_.algorithm, root_, path);
}

Result<std::unique_ptr<Engine>> TreeEngine::derive(std::span<const std::uint32_t> path) const {
  auto key = key::derive_key(use_.algorithm, root_, path);
  if (!key) return key.failure();
  return make_engine(context_, {key::leaf_of(use_.algorithm), use_.scheme}, *key);
}

}  // namespace custos::software
