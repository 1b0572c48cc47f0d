#include "hsm/turn.h"

#include <fcntl.h>
#include <spdlog/fmt/fmt.h>
#include <sys/file.h>

#include <cerrno>
#include <cstring>
#include <thread>

namespace custos::hsm {
Result<Turn> Turn::take(const std::filesystem::path& guard, std::chrono::milliseconds patience) {
  if (guard.empty()) return Turn(FileDescriptor());
  const std::string file = guard.string() + ".lock";
  const auto failure = [&](std::string_view doing) {
    const int number = errno;
    return fail(Errc::system, Origin::system, fmt::format("cannot {} {}: {}", doing, file, std::strerror(number)),
                static_cast<std::uint32_t>(number));
  };
  FileDescriptor lock(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock.valid()) return failure("open");
  const auto until = std::chrono::steady_clock::now() + patience;
  // flock knows no time-out and no event that a thread could wait for beside it.
  while (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return failure("lock");
    if (std::chrono::steady_clock::now() >= until) {
      return fail(Errc::busy, Origin::token,
                  fmt::format("another process is starting the token's module or logging in (it holds {}): try again", file));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return Turn(std::move(lock));
}

}  // namespace custos::hsm
