#include "soak/device/timeline.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <map>

namespace custos::soak {
namespace {

constexpr std::chrono::milliseconds kTogether{100};

double seconds(Timeline::Clock::duration time) { return std::chrono::duration<double>(time).count(); }

}  // namespace

void Timeline::note(std::string what) {
  const auto now = Clock::now();
  const std::lock_guard lock(mutex_);
  notes_.emplace_back(now, std::move(what));
}

std::vector<std::string> Timeline::lines(std::vector<Failure> failures) const {
  std::vector<std::pair<Clock::time_point, std::string>> all;
  {
    const std::lock_guard lock(mutex_);
    all = notes_;
  }
  std::ranges::sort(failures, {}, &Failure::when);
  for (auto first = failures.begin(); first != failures.end();) {
    std::map<std::string, int> codes;
    auto last = first, next = first;
    for (; next != failures.end() && next->when - last->when < kTogether; last = next++) ++codes[next->code];
    std::string told = fmt::format("requests failed for {:.3f} s:", seconds(last->when - first->when));
    for (const auto& [code, count] : codes) told += fmt::format(" {} {}", count, code);
    all.emplace_back(first->when, std::move(told));
    first = next;
  }
  std::ranges::stable_sort(all, {}, &std::pair<Clock::time_point, std::string>::first);
  std::vector<std::string> lines;
  lines.reserve(all.size());
  for (const auto& [when, what] : all) lines.push_back(fmt::format("{:.3f} {}", seconds(when - begin_), what));
  return lines;
}

}  // namespace custos::soak
