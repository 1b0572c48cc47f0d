#include "custodian/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/file_descriptor.h"

namespace custos {
namespace {

Unexpected failed(const std::string& what, const std::filesystem::path& path) {
  const int number = errno;
  return fail(number == ENOENT ? Errc::not_found : Errc::system, Origin::home,
              what + " " + path.string() + ": " + std::strerror(number), static_cast<std::uint32_t>(number));
}

bool write_all(int descriptor, std::string_view content) {
  while (!content.empty()) {
    const ssize_t done = ::write(descriptor, content.data(), content.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(done));
  }
  return true;
}

}  // namespace

Result<std::string> read_text_file(const std::filesystem::path& path, std::size_t most) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return failed("cannot open", path);
  std::string content;
  char block[8192];
  for (;;) {
    const ssize_t got = ::read(file.get(), block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("cannot read", path);
    if (got == 0) return content;
    content.append(block, static_cast<std::size_t>(got));
    if (content.size() > most) {
      return fail(Errc::bad_input, Origin::home, path.string() + " is larger than " + std::to_string(most) + " bytes");
    }
  }
}

Result<void> write_private_file(const std::filesystem::path& path, std::string_view content) {
  const std::filesystem::path temporary = path.string() + ".new";
  ::unlink(temporary.c_str());
  const FileDescriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.valid()) return failed("cannot create", temporary);
  if (!write_all(file.get(), content) || ::fsync(file.get()) != 0 || ::rename(temporary.c_str(), path.c_str()) != 0) {
    auto failure = failed("cannot write", path);
    ::unlink(temporary.c_str());
    return failure;
  }
  const FileDescriptor folder(::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid() || ::fsync(folder.get()) != 0) return failed("cannot make durable", path.parent_path());
  return {};
}

Result<void> make_private_folder(const std::filesystem::path& path) {
  std::error_code error;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return failed("cannot make the folder", path);
  if (!std::filesystem::is_directory(path, error)) return fail(Errc::bad_input, Origin::home, path.string() + " is not a folder");
  return {};
}

Result<void> check_private(const std::filesystem::path& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return failed("cannot examine", path);
  if (status.st_uid != ::geteuid()) {
    return fail(Errc::refused, Origin::home,
                path.string() + " belongs to another user (uid " + std::to_string(status.st_uid) +
                    "): run Custos as that user, or chown it");
  }
  if ((status.st_mode & 077) != 0) {
    const bool folder = S_ISDIR(status.st_mode);
    return fail(Errc::refused, Origin::home,
                path.string() + " is open to others: run chmod " + (folder ? "700 " : "600 ") + path.string());
  }
  return {};
}

Result<void> check_not_writable_by_others(const std::filesystem::path& path) {
  for (std::filesystem::path part = path; !part.empty(); part = part.parent_path()) {
    struct stat status{};
    if (::stat(part.c_str(), &status) != 0) return failed("cannot examine", part);
    const bool sticky_folder = S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX) != 0;
    if ((status.st_mode & 022) != 0 && !sticky_folder) {
      return fail(Errc::refused, Origin::home, part.string() + " can be written by others: run chmod go-w " + part.string());
    }
    if (part == part.parent_path()) break;
  }
  return {};
}

}  // namespace custos
