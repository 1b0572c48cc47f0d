#include "custos/secret_source.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/file_descriptor.h"

namespace custos {
namespace {

Unexpected system_failure(const std::string& what) {
  const int number = errno;
  return fail(number == ENOENT ? Errc::not_found : Errc::system, Origin::system, what + ": " + std::strerror(number),
              static_cast<std::uint32_t>(number));
}

Unexpected cannot_open(const std::filesystem::path& path) {
  auto failure = system_failure("cannot open the secret file " + path.string());
  if (failure.error.native == ENOENT) failure.error.detail += ": name a file that exists, or write it";
  if (failure.error.native == EACCES) failure.error.detail += ": let this user read it";
  return failure;
}

}  // namespace

Result<SecretBytes> read_secret_file(const std::filesystem::path& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!file.valid()) return cannot_open(path);
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) return system_failure("cannot examine the secret file " + path.string());
  if (!S_ISREG(status.st_mode)) return fail(Errc::bad_input, Origin::system, path.string() + " is not a regular file");
  if (status.st_uid != ::geteuid() && status.st_uid != 0) {
    return fail(
        Errc::refused, Origin::system,
        path.string() + " belongs to another user (uid " + std::to_string(status.st_uid) + "): a secret file must be yours");
  }
  if ((status.st_mode & 077) != 0) {
    return fail(Errc::refused, Origin::system,
                path.string() + " can be read or written by others: run chmod 600 " + path.string());
  }
  return read_secret_descriptor(file.get());
}

Result<SecretBytes> read_secret_environment(const std::string& name) {
  char* value = ::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): documented
  if (value == nullptr) return fail(Errc::not_found, Origin::system, "the environment variable " + name + " is not set");
  const std::size_t size = std::strlen(value);
  auto secret = size <= kMaxSecretSize
                    ? SecretBytes::copy_of({reinterpret_cast<const std::uint8_t*>(value), size})
                    : fail(Errc::bad_input, Origin::system, "the environment variable " + name + " holds more than 64 KiB");
  ::sodium_memzero(value, size);
  ::unsetenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): documented
  return secret;
}

Result<SecretBytes> read_secret_descriptor(int descriptor) {
  auto buffer = SecretBytes::allocate(kMaxSecretSize + 1);
  if (!buffer) return buffer.failure();
  const auto bytes = buffer->mutable_view(InsecureSecretAccess{});
  std::size_t used = 0;
  while (used < bytes.size()) {
    const ssize_t got = ::read(descriptor, bytes.data() + used, bytes.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_failure("cannot read a secret from descriptor " + std::to_string(descriptor));
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
  }
  if (used > kMaxSecretSize) return fail(Errc::bad_input, Origin::system, "a secret of more than 64 KiB is not accepted");
  return SecretBytes::copy_of(bytes.first(used));
}

bool strip_trailing_newline(SecretBytes& secret) noexcept {
  const auto bytes = secret.view(InsecureSecretAccess{});
  if (bytes.empty() || bytes.back() != '\n') return false;
  std::size_t size = bytes.size() - 1;
  if (size > 0 && bytes[size - 1] == '\r') --size;
  secret.truncate(size);
  return true;
}

}  // namespace custos
