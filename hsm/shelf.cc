#include "hsm/shelf.h"

#include <chrono>
#include <utility>

#include "base/thread_number.h"

namespace custos::hsm {

void Shelf::deepen(std::size_t depth) {
  const std::lock_guard lock(depth_mutex_);
  for (std::size_t number = depth_.load(); number < depth; ++number) {
    auto& block = blocks_.at(number / kBlock);
    if (!block) block = std::make_unique<std::array<Place, kBlock>>();
    (*block)[number % kBlock].number = number;
    depth_.store(number + 1);
    vacant_.put(number);
  }
  settle();
}

Shelf::Place* Shelf::taken(PlaceSet& set) noexcept {
  const auto number = set.take(thread_number());
  return number ? &(*blocks_[*number / kBlock])[*number % kBlock] : nullptr;
}

Shelf::Place* Shelf::take_vacant() noexcept {
  if (!open_.load()) return nullptr;
  Place* place = taken(vacant_);
  if (place == nullptr || open_.load()) return place;
  put_vacant(*place);  // closed in between
  return nullptr;
}

void Shelf::put(Place& place, PlaceSet& set) noexcept {
  set.put(place.number);
  if (!open_.load()) clear();
}

void Shelf::open(Armoury armoury) noexcept {
  if (armoury.object == CK_INVALID_HANDLE) return;
  object_.store(armoury.object, std::memory_order_relaxed);
  generation_.store(armoury.generation, std::memory_order_relaxed);
  copy_owner_.discard();
  copy_owner_ = std::move(armoury.copy_owner);
  has_copy_.store(copy_owner_.valid());
  open_.store(true);
}

void Shelf::give_up() noexcept {
  give_ups_.fetch_add(1);
  open_.store(false);
  clear();
}

// clear empties the places that nobody holds. An armed session is closed, because no portable call cancels an operation
// (devices.md 1.6).
void Shelf::clear() noexcept {
  while (Place* place = taken(armed_)) {
    place->session.discard();
    vacant_.put(place->number);
  }
  while (Place* place = taken(spent_)) {
    place->session = Session();
    vacant_.put(place->number);
  }
  settle();
}

// settle ends the copy of a closed and vacant shelf. Whoever finds another thread changing the copy leaves it to that one, which
// settles afterwards.
void Shelf::settle() noexcept {
  while (has_copy_.load() && !open_.load() && is_vacant() && !changing_.exchange(true)) {
    if (!open_.load() && is_vacant()) {
      copy_owner_.discard();
      has_copy_.store(false);
    }
    changing_.store(false);
  }
}

std::int64_t Shelf::count_use() noexcept {
  if (used_.exchange(false, std::memory_order_relaxed)) {
    const std::int64_t now = std::chrono::steady_clock::now().time_since_epoch().count();
    const std::int64_t last = last_use_ns_.exchange(now, std::memory_order_relaxed);
    interval_ns_.store(last == 0 ? INT64_MAX : now - last, std::memory_order_relaxed);
  }
  return interval_ns_.load(std::memory_order_relaxed);
}

bool Shelf::holds_sessions() const noexcept { return open_.load() || armed_.size() > 0 || spent_.size() > 0; }

}  // namespace custos::hsm
