#include "software/branches.h"

#include <algorithm>

#include "software/software_key.h"

namespace custos::software {

std::shared_ptr<SoftwareKey> Branches::find(Path path) {
  const std::lock_guard lock(mutex_);
  const auto found = keys_.find({path.begin(), path.end()});
  auto key = found == keys_.end() ? nullptr : found->second.lock();
  return key != nullptr && !key->closed() ? key : nullptr;
}

std::shared_ptr<SoftwareKey> Branches::share(Path path, std::shared_ptr<SoftwareKey> made) {
  const std::lock_guard lock(mutex_);
  if (keys_.size() >= crowded_) {
    std::erase_if(keys_, [](const auto& each) { return each.second.expired(); });
    crowded_ = 2 * keys_.size() + kRoom;
  }
  auto& place = keys_[{path.begin(), path.end()}];
  if (auto standing = place.lock(); standing != nullptr && !standing->closed()) return standing;
  place = made;
  return made;
}

void Branches::close() noexcept {
  const std::lock_guard lock(mutex_);
  for (const auto& [path, weak] : keys_) {
    if (const auto key = weak.lock()) key->close();
  }
}

void Branches::sweep() noexcept {
  const std::lock_guard lock(mutex_);
  for (const auto& [path, weak] : keys_) {
    if (const auto key = weak.lock()) key->sweep();
  }
}

std::optional<key::TreeNode> Branches::find_node(Path path, std::uint64_t generation) {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find_if(
      nodes_, [&](const Node& node) { return node.generation == generation && std::ranges::equal(node.path, path); });
  return found == nodes_.end() ? std::nullopt : std::optional(found->node);
}

void Branches::keep_node(Path path, std::uint64_t generation, const key::TreeNode& node) {
  const std::lock_guard lock(mutex_);
  nodes_[next_] = {{path.begin(), path.end()}, generation, node};
  next_ = (next_ + 1) % nodes_.size();
}

}  // namespace custos::software
