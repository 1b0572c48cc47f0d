#include "custodian/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/file_descriptor.h"

namespace custos {
Result<std::string> read_text_file(const std::filesystem::path& path, std::size_t most) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return file_failure("cannot open", path);
  std::string content;
  char block[8192];
  for (;;) {
    const ssize_t got = ::read(file.get(), block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_failure("cannot read", path);
    if (got == 0) return content;
    content.append(block, static_cast<std::size_t>(got));
    if (content.size() > most) {
      return fail(Errc::bad_input, Origin::home, path.string() + " is larger than " + std::to_string(most) + " bytes");
    }
  }
}

Result<void> make_private_folder(const std::filesystem::path& path) {
  std::error_code error;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return file_failure("cannot make the folder", path);
  if (!std::filesystem::is_directory(path, error)) return fail(Errc::bad_input, Origin::home, path.string() + " is not a folder");
  return {};
}

Result<void> check_not_writable_by_others(const std::filesystem::path& path) {
  std::error_code error;
  const auto real = std::filesystem::canonical(path, error);  // what a link stands for counts, not the link
  if (error) {
    errno = error.value();
    return file_failure("cannot examine", path);
  }
  for (std::filesystem::path part = real; !part.empty(); part = part.parent_path()) {
    struct stat status{};
    if (::stat(part.c_str(), &status) != 0) return file_failure("cannot examine", part);
    if (status.st_uid != 0 && status.st_uid != ::geteuid()) {
      return fail(Errc::refused, Origin::home,
                  part.string() + " belongs to another user (uid " + std::to_string(status.st_uid) + "), who can exchange it");
    }
    const bool sticky_folder = S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX) != 0;
    if ((status.st_mode & 022) != 0 && !sticky_folder) {
      return fail(Errc::refused, Origin::home, part.string() + " can be written by others: run chmod go-w " + part.string());
    }
    if (part == part.parent_path()) break;
  }
  return {};
}

}  // namespace custos
