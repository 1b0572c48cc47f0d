// Progress: what is being measured now, on standard error.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>

namespace custos::bench {

// Progress keeps one line up to date on a terminal, and writes a line for each new case elsewhere.
class Progress {
 public:
  Progress();
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // show says which case runs; `done` of `all` repetitions of its group are over.
  void show(std::string_view group, std::string_view what, std::size_t done, std::size_t all);
  // clear empties the line, before something else is printed.
  void clear();

 private:
  const bool terminal_;
  bool dirty_ = false;           // the terminal's line is in use
  std::set<std::string> shown_;  // elsewhere
};

}  // namespace custos::bench
