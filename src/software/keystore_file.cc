#include "software/keystore_file.h"

#include <fcntl.h>
#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <string_view>

#include "base/file_lock.h"
#include "base/log.h"
#include "base/private_file.h"

namespace custos::software {
namespace {

// kPatience is enough for another process's write of a large keystore to a slow disk.
constexpr std::chrono::seconds kPatience{30};

std::int64_t nanoseconds(const timespec& time) { return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

FileStamp stamp_of(const struct ::stat& status) {
  return {status.st_dev, status.st_ino, status.st_size, nanoseconds(status.st_mtim), nanoseconds(status.st_ctim)};
}

Result<Bytes> read_all(int descriptor, std::size_t size, const std::filesystem::path& path) {
  Bytes bytes(size);
  std::size_t got = 0;
  while (got < size) {
    const ssize_t more = ::read(descriptor, bytes.data() + got, size - got);
    if (more < 0 && errno == EINTR) continue;
    if (more < 0) return file_failure("cannot read", path);
    if (more == 0) break;
    got += static_cast<std::size_t>(more);
  }
  bytes.resize(got);
  return bytes;
}

// claimed_generation reads it where a keystore has it, whatever the rest of the file is.
std::optional<std::uint64_t> claimed_generation(const std::filesystem::path& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  std::array<std::uint8_t, 8> bytes{};
  if (!file.valid() || ::pread(file.get(), bytes.data(), bytes.size(), kGenerationOffset) != ssize_t{bytes.size()}) {
    return std::nullopt;
  }
  std::uint64_t generation = 0;
  for (const std::uint8_t byte : bytes) generation = generation << 8U | byte;
  return generation;
}

// write_durably makes a new file and syncs it.
Result<void> write_durably(const std::filesystem::path& path, ByteView content) {
  ::unlink(path.c_str());  // of a writer that died
  const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.valid()) return file_failure("cannot create", path);
  if (!write_all(file.get(), as_text(content)) || ::fsync(file.get()) != 0) {
    auto failure = file_failure("cannot write", path);
    ::unlink(path.c_str());
    return failure;
  }
  return {};
}

Result<void> sync_folder_of(const std::filesystem::path& path) {
  const std::filesystem::path parent = path.has_parent_path() ? path.parent_path() : ".";
  const FileDescriptor folder(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid() || ::fsync(folder.get()) != 0) return file_failure("cannot make durable", parent);
  return {};
}

}  // namespace

Result<std::optional<FileStamp>> KeystoreFile::stamp() const {
  struct ::stat status{};
  if (::stat(path_.c_str(), &status) == 0) return std::optional(stamp_of(status));
  if (errno == ENOENT) return std::optional<FileStamp>();
  return file_failure("cannot examine", path_);
}

Result<std::optional<KeystoreFile::State>> KeystoreFile::read_one(const std::filesystem::path& path) const {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file.valid() && errno == ENOENT) return std::optional<State>();
  if (!file.valid() && errno == ELOOP) return check_private(path, FileKind::file).failure();  // a link
  if (!file.valid()) return file_failure("cannot open", path);
  struct ::stat status{};
  if (::fstat(file.get(), &status) != 0) return file_failure("cannot examine", path);
  if (auto checked = check_private(status, path, FileKind::file); !checked) return checked.failure();
  // One byte more than allowed is enough to be refused.
  const auto size = std::min(static_cast<std::size_t>(status.st_size), kMaxKeystore + 1);
  auto bytes = read_all(file.get(), size, path);
  if (!bytes) return bytes.failure();
  auto image = KeystoreImage::parse(*std::move(bytes));
  if (!image) return fail(image.error().code, Origin::home, path.string() + " " + image.error().detail);
  if (home_ && image->header().home != *home_) {
    return fail(Errc::integrity, Origin::home,
                fmt::format("{} belongs to another home ({}): put this home's own back in its place", path.string(),
                            image->header().home.text()));
  }
  return std::optional(State{*std::move(image), stamp_of(status)});
}

std::string KeystoreFile::remedy() const {
  const auto last = read_one(previous());
  if (!last) return "; restore it from a backup, for " + last.error().detail;
  if (!*last) return "; restore it from a backup: there is no " + previous().string();
  const KeystoreImage& image = (*last)->image;
  const std::uint64_t generation = image.header().generation;
  std::string_view age;  // what a damaged file says of its own is told only where it can be so
  if (const auto claimed = claimed_generation(path_)) {
    age = *claimed == generation ? ", no write older" : *claimed == generation + 1 ? ", one write older" : "";
  }
  return fmt::format("; {} is whole (write {}{}, {} key{}): copy it back, or restore a backup", previous().string(), generation,
                     age, image.size(), image.size() == 1 ? "" : "s");
}

Result<KeystoreFile::State> KeystoreFile::read() const {
  auto state = read_one(path_);
  if (!state && state.error().code != Errc::integrity) return state.failure();
  if (!state) return fail(Errc::integrity, Origin::home, state.error().detail + remedy());
  if (*state) return **std::move(state);
  if (::access(previous().c_str(), F_OK) == 0)
    return fail(Errc::integrity, Origin::home, path_.string() + " is missing" + remedy());
  return State{KeystoreImage::none(home_.value_or(key::KeyId{})), std::nullopt};
}

Result<FileLock> KeystoreFile::lock() const { return lock_file(path_.string() + ".lock", kPatience); }

Result<void> KeystoreFile::replace(ByteView content, Keep keep) const {
  const std::filesystem::path fresh = path_.string() + ".new";
  const std::filesystem::path link = previous().string() + ".new";
  if (auto written = write_durably(fresh, content); !written) return written;
  ::unlink(link.c_str());
  if (keep == Keep::copy) {
    ::unlink(previous().c_str());
  } else if (::link(path_.c_str(), link.c_str()) == 0) {
    if (::rename(link.c_str(), previous().c_str()) != 0) return file_failure("cannot keep the last version as", previous());
  } else if (errno != ENOENT) {  // the first version has no predecessor
    return file_failure("cannot keep the last version as", link);
  }
  if (::rename(fresh.c_str(), path_.c_str()) != 0) return file_failure("cannot write", path_);
  if (auto synced = sync_folder_of(path_); !synced) return synced;
  if (keep == Keep::last) return {};

  auto copied = write_durably(link, content);
  if (copied && ::rename(link.c_str(), previous().c_str()) != 0) copied = file_failure("cannot write", previous());
  if (copied) copied = sync_folder_of(path_);
  if (!copied) log::warning("the keystore was written, but without a copy beside it: {}", copied.error().detail);
  return {};
}

}  // namespace custos::software
