#include "base/clock.h"

#include <ctime>

namespace custos {
namespace {

std::int64_t ns_of(clockid_t clock) noexcept {
  timespec now{};
  ::clock_gettime(clock, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

class SystemClock final : public Clock {
 public:
  [[nodiscard]] std::int64_t now_ms() const noexcept override {
    using std::chrono::duration_cast, std::chrono::milliseconds, std::chrono::system_clock;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
  }
};

}  // namespace

const Clock& Clock::system() noexcept {
  static const SystemClock clock;
  return clock;
}

std::int64_t steady_ns() noexcept { return ns_of(CLOCK_MONOTONIC); }
std::int64_t coarse_ns() noexcept { return ns_of(CLOCK_MONOTONIC_COARSE); }

}  // namespace custos
