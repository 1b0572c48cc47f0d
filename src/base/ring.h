// Ring: a first-in first-out queue of fixed capacity.
#pragma once

#include <cstddef>
#include <vector>

namespace custos {

// Ring allocates when it is made, and never again. Not thread-safe.
template <class T>
class Ring {
 public:
  explicit Ring(std::size_t capacity) : places_(capacity) {}

  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

  // push wants room left, and pop a ring that is not empty.
  void push(T value) noexcept {
    places_[(first_ + size_) % places_.size()] = value;
    ++size_;
  }
  [[nodiscard]] T pop() noexcept {
    const T value = places_[first_];
    first_ = (first_ + 1) % places_.size();
    --size_;
    return value;
  }

 private:
  std::vector<T> places_;
  std::size_t first_ = 0;
  std::size_t size_ = 0;
};

}  // namespace custos
