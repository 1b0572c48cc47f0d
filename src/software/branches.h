// Branches: what was derived from a tree key and may be asked for again.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "key/backend.h"

namespace custos::software {

class SoftwareKey;

// Branches knows the derived keys that somebody has, to close and sweep them with their root, and the nodes of late below which
// public keys were asked for: their children need no private key (BIP 32). Thread-safe.
class Branches {
 public:
  using Path = std::span<const std::uint32_t>;

  [[nodiscard]] std::shared_ptr<SoftwareKey> find(Path path);
  // share answers the key that another thread has derived meanwhile, if there is one.
  [[nodiscard]] std::shared_ptr<SoftwareKey> share(Path path, std::shared_ptr<SoftwareKey> made);
  void close() noexcept;
  void sweep() noexcept;

  // Nodes belong to a generation of the root.
  [[nodiscard]] std::optional<key::TreeNode> find_node(Path path, std::uint64_t generation);
  void keep_node(Path path, std::uint64_t generation, const key::TreeNode& node);

 private:
  struct Node {
    std::vector<std::uint32_t> path;
    std::uint64_t generation = 0;  // 0: nothing stands here
    key::TreeNode node;
  };
  static constexpr std::size_t kRoom = 16;

  std::mutex mutex_;  // guards what follows
  std::map<std::vector<std::uint32_t>, std::weak_ptr<SoftwareKey>> keys_;
  std::size_t crowded_ = kRoom;  // at this size, keys that nobody has any more are forgotten
  std::array<Node, 8> nodes_;
  std::size_t next_ = 0;  // of nodes_, to be replaced
};

}  // namespace custos::software
