// Turn: one at a time among all processes of a home, for what a token does not bear at once.
#pragma once

#include <chrono>
#include <filesystem>

#include "base/file_lock.h"
#include "custos/result.h"

namespace custos::hsm {

// Turn holds the lock of a file until it is destroyed. SoftHSM2's C_Login empties the token's file and writes it again, and a
// process that starts the module in between sees no token (seen: 12 of 120 starts in pairs); so starting a module, looking for a
// token and logging in take turns. Between threads of one process it works as between processes. Not re-entrant.
class Turn {
 public:
  // kPatience is enough for another process's login, which takes a device at most a second or two.
  static constexpr std::chrono::milliseconds kPatience{10'000};

  // take waits for the lock beside `guard` ("<guard>.lock"); an empty path needs no turn. Errors: busy, system.
  [[nodiscard]] static Result<Turn> take(const std::filesystem::path& guard, std::chrono::milliseconds patience = kPatience);

  // end lets the next one in before this object is destroyed.
  void end() noexcept { lock_.release(); }

 private:
  explicit Turn(FileLock lock) : lock_(std::move(lock)) {}
  FileLock lock_;
};

}  // namespace custos::hsm
