// Shelf: the sessions of one key between its signatures.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

#include "hsm/cryptoki.h"
#include "hsm/place_set.h"
#include "hsm/session.h"
#include "hsm/session_holder.h"

namespace custos::hsm {

// Armoury is what the sessions of a shelf are armed on: the token's key, or a session copy of it, which lives as long as the
// session that made it.
struct Armoury {
  CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
  std::uint64_t generation = 0;  // of the login under which the object was found or made
  Session copy_owner;            // absent: no copy
};

// Shelf has places for sessions. A place is armed (C_SignInit is done on its session), spent (it is not), vacant (it has no
// session), or in the hands of the one thread that took it. Taking and putting take no lock.
//
// A shelf is open from set_up until give_up. While it is closed, what is put comes straight off again, and once all places are
// vacant the copy goes too: who holds a place can rely on object() and generation().
class Shelf final : public SessionHolder {
 public:
  struct alignas(64) Place {  // a cache line of its own
    Session session;
    std::size_t number = 0;
  };

  Shelf() = default;
  ~Shelf() override { give_up(); }

  // deepen makes room for `depth` sessions (at most PlaceSet::kPlaces), if there is less. Allocates.
  void deepen(std::size_t depth);

  // Each answers nullptr when there is none. take_vacant answers nothing on a closed shelf.
  [[nodiscard]] Place* take_armed() noexcept { return taken(armed_); }
  [[nodiscard]] Place* take_spent() noexcept { return taken(spent_); }
  [[nodiscard]] Place* take_vacant() noexcept;

  // put_vacant wants the session moved out.
  void put_armed(Place& place) noexcept { put(place, armed_); }
  void put_spent(Place& place) noexcept { put(place, spent_); }
  void put_vacant(Place& place) noexcept { put(place, vacant_); }

  // set_up opens a closed and vacant shelf for what `make` answers, and tells whether the shelf is open. `make` is noexcept; one
  // thread at a time calls it; an Armoury without object leaves the shelf closed.
  template <class Make>
  bool set_up(Make&& make) noexcept {
    if (!changing_.exchange(true)) {
      const std::uint64_t before = give_ups_.load();
      if (!open_.load() && is_vacant()) open(make());
      if (give_ups_.load() != before) open_.store(false);  // it was to be closed meanwhile
      changing_.store(false);
    }
    if (!open_.load()) clear();
    return open_.load();
  }

  [[nodiscard]] bool is_open() const noexcept { return open_.load(); }
  [[nodiscard]] CK_OBJECT_HANDLE object() const noexcept { return object_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t generation() const noexcept { return generation_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::size_t armed() const noexcept { return armed_.size(); }
  [[nodiscard]] std::size_t depth() const noexcept { return depth_.load(); }

  // note_use says that the key signed; count_use, called now and then, dates it, and answers for how long others must have been
  // idle before this key takes their sessions: the time between its last two dated uses.
  void note_use() noexcept {
    if (!used_.load(std::memory_order_relaxed)) used_.store(true, std::memory_order_relaxed);
  }
  std::int64_t count_use() noexcept;

  void give_up() noexcept override;
  [[nodiscard]] bool holds_sessions() const noexcept override;
  [[nodiscard]] std::int64_t last_use_ns() const noexcept override { return last_use_ns_.load(std::memory_order_relaxed); }

 private:
  [[nodiscard]] Place* taken(PlaceSet& set) noexcept;
  void put(Place& place, PlaceSet& set) noexcept;
  void open(Armoury armoury) noexcept;
  [[nodiscard]] bool is_vacant() const noexcept {
    const std::size_t vacant = vacant_.size();  // before the depth, which grows first
    return vacant == depth_.load();
  }
  void clear() noexcept;
  void settle() noexcept;

  static constexpr std::size_t kBlock = 16;
  std::array<std::unique_ptr<std::array<Place, kBlock>>, PlaceSet::kPlaces / kBlock> blocks_;  // as many as the depth needs
  PlaceSet armed_, spent_, vacant_;
  std::atomic<std::size_t> depth_{0};
  std::atomic<bool> open_{false};
  std::atomic<std::uint64_t> give_ups_{0};
  std::atomic<CK_OBJECT_HANDLE> object_{CK_INVALID_HANDLE};
  std::atomic<std::uint64_t> generation_{0};

  std::atomic<bool> used_{true};  // preparing it is a use
  std::atomic<std::int64_t> last_use_ns_{0}, interval_ns_{INT64_MAX};

  // Whoever turned changing_ true may change the copy. Not a mutex: make may lead to give_up, which finds it true and leaves
  // settling to the one who sets up.
  std::atomic<bool> changing_{false};
  Session copy_owner_;
  std::atomic<bool> has_copy_{false};

  std::mutex depth_mutex_;  // of deepen
};

}  // namespace custos::hsm
