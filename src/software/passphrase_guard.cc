#include "software/passphrase_guard.h"

#include <fcntl.h>
#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <limits>
#include <string>

#include "base/file_lock.h"
#include "base/private_file.h"

namespace custos::software {
namespace {

// kPatience covers two attempts of others that each wait the longest delay.
constexpr std::chrono::seconds kPatience{150};

// Attempts is what the file holds, as one line of fixed size, which no write can tear.
struct Attempts {
  std::uint32_t failures = 0;
  std::int64_t last_ms = 0;
};
constexpr std::size_t kLine = 10 + 1 + 20 + 1;

constexpr std::uint32_t kDoublings = 6;  // of the first delay reach the longest
// kUncounted stands for a number of failures that nobody knows any more.
constexpr std::uint32_t kUncounted = std::numeric_limits<std::uint32_t>::max();

Result<Attempts> read_attempts(int file, const std::filesystem::path& path) {
  std::array<char, kLine + 1> line{};
  const ssize_t got = ::pread(file, line.data(), kLine, 0);
  if (got < 0) return file_failure("cannot read", path);
  Attempts attempts;
  if (got == 0) return attempts;
  long long last_ms = 0;
  unsigned failures = 0;
  if (got != ssize_t{kLine} || std::sscanf(line.data(), "%10u %20lld", &failures, &last_ms) != 2) {
    return Attempts{kUncounted, std::numeric_limits<std::int64_t>::max()};
  }
  return Attempts{failures, last_ms};
}

Result<void> write_attempts(int file, const Attempts& attempts, const std::filesystem::path& path) {
  const std::string line = fmt::format("{:010} {:020}\n", attempts.failures, attempts.last_ms);
  if (::pwrite(file, line.data(), kLine, 0) != ssize_t{kLine} || ::fdatasync(file) != 0)
    return file_failure("cannot write", path);
  return {};
}

Result<void> check_open(int file, const std::filesystem::path& path) {
  struct ::stat status{};
  if (::fstat(file, &status) != 0) return file_failure("cannot examine", path);
  return check_private(status, path, FileKind::file);
}

}  // namespace

std::string PassphraseGuard::Failures::text() const {
  if (!is_known) return "an unknown number of wrong passphrases (their count was changed or is unreadable)";
  return count == 0 ? "" : fmt::format("{} wrong passphrase{}", count, count == 1 ? "" : "s");
}

std::chrono::milliseconds PassphraseGuard::delay(std::uint32_t failures) noexcept {
  if (failures == 0) return std::chrono::milliseconds(0);
  return std::min(kLongestDelay, kFirstDelay * (1 << std::min(failures - 1, kDoublings)));
}

Result<void> PassphraseGuard::attempt(const std::function<Result<void>()>& judge) const {
  const auto file = lock_file(file_, kPatience);
  if (!file) return Unexpected{file.error()};
  if (auto checked = check_open(file->get(), file_); !checked) return checked;
  auto before = read_attempts(file->get(), file_);
  if (!before) return before.failure();

  // A clock that was set back, or forth, neither lengthens nor shortens the wait beyond the delay itself.
  const std::chrono::milliseconds full = delay(before->failures);
  const std::chrono::milliseconds passed(std::max<std::int64_t>(0, clock_.now_ms() - std::max<std::int64_t>(0, before->last_ms)));
  if (passed < full) wait_(full - passed);

  const Attempts counted{before->failures == kUncounted ? kUncounted : before->failures + 1, clock_.now_ms()};
  if (auto written = write_attempts(file->get(), counted, file_); !written) return written;
  auto judged = judge();
  if (judged) return write_attempts(file->get(), {}, file_);
  if (judged.error().code == Errc::authentication) {
    static_cast<void>(write_attempts(file->get(), {counted.failures, clock_.now_ms()}, file_));  // the delay begins now
  } else {
    static_cast<void>(write_attempts(file->get(), *before, file_));  // it was no attempt
  }
  return judged;
}

Result<PassphraseGuard::Failures> PassphraseGuard::failures() const {
  const FileDescriptor file(::open(file_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file.valid() && errno == ENOENT) return Failures{};
  if (!file.valid()) return file_failure("cannot open", file_);
  if (auto checked = check_open(file.get(), file_); !checked) return checked.failure();
  auto attempts = read_attempts(file.get(), file_);
  if (!attempts) return attempts.failure();
  if (attempts->failures == kUncounted) return Failures{kDoublings + 1, false};
  return Failures{attempts->failures, true};
}

}  // namespace custos::software
