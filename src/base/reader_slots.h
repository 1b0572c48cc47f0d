// ReaderSlots: which threads are reading something that another thread wants to free.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <thread>

#include "base/thread_number.h"

namespace custos {

// ReaderSlots costs a reader one atomic exchange on a cache line that is mostly its own, and a store. Who wants to free
// unpublishes first, then calls wait_until_left: a reader that came in before is waited for, one that comes later finds nothing
// published.
class ReaderSlots {
  struct alignas(64) Slot {
    std::atomic<bool> busy{false};
    std::atomic<bool> used{false};
  };

 public:
  // Reader is the calling thread, reading. What it reads is loaded with sequential consistency.
  class Reader {
   public:
    explicit Reader(ReaderSlots& slots) noexcept : slots_(slots), slot_(slots.enter()) {}
    ~Reader() {
      if (slot_ != nullptr) {
        slot_->busy.store(false, std::memory_order_release);
      } else {
        slots_.others_.fetch_sub(1);
      }
    }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

   private:
    ReaderSlots& slots_;
    Slot* const slot_;
  };

  // wait_until_left returns when all have left that were reading when it was called. Whoever comes in meanwhile must not stay.
  void wait_until_left() const noexcept {
    for (const Slot& slot : slots_) {
      while (slot.busy.load()) std::this_thread::yield();
    }
    while (others_.load() != 0) std::this_thread::yield();
  }

  // count tells how many are reading.
  [[nodiscard]] std::size_t count() const noexcept {
    std::size_t busy = others_.load();
    for (const Slot& slot : slots_) busy += slot.busy.load() ? 1U : 0U;
    return busy;
  }

  // take_used tells whether anybody has read since it was last called.
  [[nodiscard]] bool take_used() noexcept {
    bool used = false;
    for (Slot& slot : slots_) used |= slot.used.load(std::memory_order_relaxed) && slot.used.exchange(false);
    return used;
  }

 private:
  // enter takes a slot; nullptr: all are taken, and the reader is counted among the others.
  Slot* enter() noexcept {
    const std::size_t mine = thread_number();
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      Slot& slot = slots_[(mine + i) % slots_.size()];
      if (slot.busy.load(std::memory_order_relaxed) || slot.busy.exchange(true)) continue;
      if (!slot.used.load(std::memory_order_relaxed)) slot.used.store(true, std::memory_order_relaxed);
      return &slot;
    }
    others_.fetch_add(1);
    return nullptr;
  }

  std::array<Slot, 16> slots_;
  std::atomic<std::size_t> others_{0};
};

}  // namespace custos
