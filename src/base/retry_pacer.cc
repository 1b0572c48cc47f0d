#include "base/retry_pacer.h"

#include <algorithm>

namespace custos {
namespace {

// next_random is SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014).
std::uint64_t next_random(std::uint64_t& state) noexcept {
  std::uint64_t mixed = (state += 0x9e3779b97f4a7c15U);
  mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
  return mixed ^ (mixed >> 31U);
}

constexpr unsigned kMostDoublings = 16;  // beyond any of the longest pauses

}  // namespace

RetryPacer::Milliseconds RetryPacer::failed(TimePoint now) noexcept {
  const Milliseconds pause = doubled(failures_, restart_gap_ == kReconnectGap ? kReconnectGap : kLongestPause);
  failures_ = std::min(failures_ + 1, kMostDoublings);
  due_at_ = now + pause;
  return pause;
}

void RetryPacer::succeeded(TimePoint now) noexcept {
  flaps_ = now < flap_until_ ? std::min(flaps_ + 1, kMostDoublings) : 0;
  flap_until_ = now + kHealth;
  failures_ = 0;
  due_at_ = now + doubled(flaps_, kLongestFlap);
}

RetryPacer::Milliseconds RetryPacer::doubled(unsigned times, Milliseconds longest) noexcept {
  const Milliseconds pause = std::min(kFirstPause * (1U << times), longest);
  const auto half = static_cast<std::uint64_t>(pause.count() / 2);
  return pause * 3 / 4 + Milliseconds(next_random(random_) % (half + 1));
}

}  // namespace custos
