// Timeline: what happened when, for whoever reads a soak's report.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace custos::soak {

class Timeline {
 public:
  using Clock = std::chrono::steady_clock;

  // Failure is a request that failed while a copy could be reached.
  struct Failure {
    Clock::time_point when;
    std::string code;
  };

  void note(std::string what);
  // lines are the notes, and what of `failures` came closely together, in order, each with the seconds since the beginning.
  [[nodiscard]] std::vector<std::string> lines(std::vector<Failure> failures) const;

 private:
  const Clock::time_point begin_ = Clock::now();
  mutable std::mutex mutex_;
  std::vector<std::pair<Clock::time_point, std::string>> notes_;
};

}  // namespace custos::soak
