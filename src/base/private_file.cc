#include "base/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "base/file_descriptor.h"

namespace custos {

Unexpected file_failure(std::string_view what, const std::filesystem::path& path) {
  const int number = errno;
  return fail(number == ENOENT ? Errc::not_found : Errc::system, Origin::home,
              std::string(what) + " " + path.string() + ": " + std::strerror(number), static_cast<std::uint32_t>(number));
}

Result<void> write_private_file(const std::filesystem::path& path, std::string_view content) {
  const std::filesystem::path temporary = path.string() + ".new";
  ::unlink(temporary.c_str());  // of a writer that died
  const FileDescriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.valid()) return file_failure("cannot create", temporary);
  if (!write_all(file.get(), content) || ::fsync(file.get()) != 0 || ::rename(temporary.c_str(), path.c_str()) != 0) {
    auto failure = file_failure("cannot write", path);
    ::unlink(temporary.c_str());
    return failure;
  }
  const std::filesystem::path parent = path.has_parent_path() ? path.parent_path() : ".";
  const FileDescriptor folder(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid() || ::fsync(folder.get()) != 0) return file_failure("cannot make durable", parent);
  return {};
}

Result<void> check_private(const std::filesystem::path& path, FileKind kind) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return file_failure("cannot examine", path);
  return check_private(status, path, kind);
}

Result<void> check_private(const struct ::stat& status, const std::filesystem::path& path, FileKind kind) {
  const bool folder = kind == FileKind::folder;
  if (folder ? !S_ISDIR(status.st_mode) : !S_ISREG(status.st_mode)) {
    return fail(Errc::refused, Origin::home,
                path.string() + " is not a " + (folder ? "folder" : "regular file") + ": put the home's own back in its place");
  }
  if (status.st_uid != ::geteuid()) {
    return fail(Errc::refused, Origin::home,
                path.string() + " belongs to another user (uid " + std::to_string(status.st_uid) +
                    "): run Custos as that user, or chown it");
  }
  if ((status.st_mode & 077) != 0) {
    return fail(Errc::refused, Origin::home,
                path.string() + " is open to others: run chmod " + (folder ? "700 " : "600 ") + path.string());
  }
  return {};
}

}  // namespace custos
