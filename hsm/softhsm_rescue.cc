#include "hsm/softhsm_rescue.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

#include "base/file_descriptor.h"
#include "base/log.h"
#include "base/private_file.h"

namespace custos::hsm {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kObject = "token.object";
constexpr std::string_view kCopy = "token.object.copy";  // SoftHSM2 reads what ends in .object
constexpr std::size_t kLargest = 64 * 1024;              // a token.object has some 300 bytes
// kStrangersLogin: another tool takes no Turn, and its login has the file empty for some microseconds (it unlocks it before it
// writes, so that no lock tells).
constexpr std::chrono::milliseconds kStrangersLogin{20};

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const auto first = text.find_first_not_of(kBlank);
  return first == std::string_view::npos ? std::string_view() : text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

// token_folders are the folders below directories.tokendir; # begins a comment (softhsm2.conf(5)).
std::vector<fs::path> token_folders(const std::map<std::string, std::string>& environment) {
  const auto conf = environment.find("SOFTHSM2_CONF");
  if (conf == environment.end()) return {};
  std::ifstream lines(conf->second);
  fs::path tokens;
  for (std::string line; std::getline(lines, line);) {
    const std::string_view told = std::string_view(line).substr(0, line.find('#'));
    const auto equals = told.find('=');
    if (equals == std::string_view::npos || trim(told.substr(0, equals)) != "directories.tokendir") continue;
    tokens = trim(told.substr(equals + 1));
  }
  std::vector<fs::path> folders;
  if (tokens.empty()) return folders;
  std::error_code failed;
  for (fs::directory_iterator each(tokens, failed), end; !failed && each != end; each.increment(failed)) {
    if (std::error_code unknown; each->is_directory(unknown)) folders.push_back(each->path());
  }
  return folders;
}

FileDescriptor open_own(const fs::path& path) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat facts{};
  if (file.valid() && (::fstat(file.get(), &facts) != 0 || !S_ISREG(facts.st_mode) || facts.st_uid != ::geteuid())) file.reset();
  return file;
}

// read_all gives nothing for a file that cannot be read or is no token's.
std::optional<std::string> read_all(const FileDescriptor& file) {
  std::string content;
  std::array<char, 4096> part;
  while (content.size() <= kLargest) {
    const ssize_t got = ::read(file.get(), part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return {};
    if (got == 0) return content;
    content.append(part.data(), static_cast<std::size_t>(got));
  }
  return {};
}

std::string read_copy(const fs::path& folder) {
  const FileDescriptor copy = open_own(folder / kCopy);
  return copy.valid() ? read_all(copy).value_or(std::string()) : std::string();
}

// is_of_token: SoftHSM2 names a token's folder by a UUID whose second half is the serial number that token.object holds.
bool is_of_token(const fs::path& folder, std::string_view content) {
  std::string name = folder.filename().string();
  std::erase(name, '-');
  constexpr std::size_t kDigits = 32;
  return name.size() == kDigits && content.find(std::string_view(name).substr(kDigits / 2)) != std::string_view::npos;
}

bool is_emptied(const fs::path& path) {
  struct stat facts{};
  return ::lstat(path.c_str(), &facts) == 0 && S_ISREG(facts.st_mode) && facts.st_size == 0;
}

void rescue(const fs::path& folder) {
  if (!is_emptied(folder / kObject)) return;
  std::this_thread::sleep_for(kStrangersLogin);
  if (!is_emptied(folder / kObject)) return;
  const std::string copy = read_copy(folder);
  if (!is_of_token(folder, copy)) return;
  if (auto written = write_private_file(folder / kObject, copy); !written) {
    log::warning("a token was emptied by a killed process and cannot be put back: {}", written.error().detail);
    return;
  }
  log::warning("{} was empty, as a process killed during its login leaves it: put back from its copy",
               (folder / kObject).string());
}

void save(const fs::path& folder) {
  const FileDescriptor object = open_own(folder / kObject);
  if (!object.valid()) return;
  const auto content = read_all(object);
  if (!content || !is_of_token(folder, *content) || read_copy(folder) == *content) return;
  if (auto written = write_private_file(folder / kCopy, *content); !written) {
    log::warning("the token's file has no copy against killed processes: {}", written.error().detail);
  }
}

}  // namespace

void rescue_softhsm_tokens(const std::map<std::string, std::string>& environment) {
  for (const fs::path& folder : token_folders(environment)) rescue(folder);
}

void save_softhsm_tokens(const std::map<std::string, std::string>& environment) {
  for (const fs::path& folder : token_folders(environment)) save(folder);
}

}  // namespace custos::hsm
