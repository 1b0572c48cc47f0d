#include "tools/bench/progress.h"

#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include "tools/custos/output.h"

namespace custos::bench {
namespace {

// say ignores failures: there is nowhere left to tell of them.
void say(std::string_view text) { static_cast<void>(cli::write_all(STDERR_FILENO, text)); }

constexpr std::string_view kClearLine = "\r\x1b[K";

}  // namespace

Progress::Progress() : terminal_(::isatty(STDERR_FILENO) == 1) {}
Progress::~Progress() { clear(); }

void Progress::show(std::string_view group, std::string_view what, std::size_t done, std::size_t all) {
  std::string line = fmt::format("{}: {}", group, what);
  if (terminal_) {
    const std::size_t percent = all == 0 ? 0 : 100 * done / all;
    say(fmt::format("{}{:>3} %  {:.70}", kClearLine, percent, line));
    dirty_ = true;
  } else if (shown_.insert(line).second) {
    say("custos: bench: " + line + '\n');
  }
}

void Progress::clear() {
  if (dirty_) say(kClearLine);
  dirty_ = false;
}

}  // namespace custos::bench
