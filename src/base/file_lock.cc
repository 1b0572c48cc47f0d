#include "base/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <thread>

#include "base/private_file.h"

namespace custos {

void FileLock::release() noexcept {
  if (file_.valid()) ::flock(file_.get(), LOCK_UN);
  file_.reset();
}

Result<FileLock> lock_file(const std::filesystem::path& path, std::chrono::milliseconds patience) {
  FileDescriptor lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock.valid()) return file_failure("cannot open", path);
  const auto until = std::chrono::steady_clock::now() + patience;
  // flock knows no time-out and no event that a thread could wait for beside it.
  while (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return file_failure("cannot lock", path);
    if (std::chrono::steady_clock::now() >= until) {
      return fail(Errc::busy, Origin::home, "another process holds " + path.string() + ": try again");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return FileLock(std::move(lock));
}

}  // namespace custos
