#include "custodian/restore_marker.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/bytes.h"
#include "base/file_descriptor.h"
#include "custodian/config.h"
#include "custodian/files.h"

namespace custos {
namespace {

constexpr std::string_view kFile = "restoring";
constexpr std::string_view kFirstLine = "custos restore 1\n";
constexpr std::size_t kMostBytes = 4096;
using Stage = RestoreMarker::Stage;
constexpr std::array<std::pair<Stage, std::string_view>, 3> kStages{
    {{Stage::moving, "moving"}, {Stage::placing, "placing"}, {Stage::sealing, "sealing"}}};

// take_line takes the text up to the next line end.
std::optional<std::string_view> take_line(std::string_view& text) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const auto line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

bool is_sha256(std::string_view text) {
  return text.size() == 2 * sizeof(Digest32) && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

std::string RestoreMarker::encode() const {
  std::string text(kFirstLine);
  for (const auto& [value, name] : kStages) {
    if (value == stage) text += std::string(name) + "\n";
  }
  return text + aside + "\n" + backup + "\n";
}

std::optional<RestoreMarker> RestoreMarker::parse(std::string_view text) {
  if (!text.starts_with(kFirstLine)) return std::nullopt;
  text.remove_prefix(kFirstLine.size());
  const auto stage = take_line(text);
  const auto aside = take_line(text);
  const auto backup = take_line(text);
  if (!stage || !aside || !backup || !text.empty()) return std::nullopt;
  if ((!aside->empty() && !is_name(*aside)) || !is_sha256(*backup)) return std::nullopt;
  for (const auto& [value, name] : kStages) {
    if (name == *stage) return RestoreMarker{value, std::string(*aside), std::string(*backup)};
  }
  return std::nullopt;
}

Result<std::optional<RestoreMarker>> RestoreMarker::read(const std::filesystem::path& home) {
  auto text = read_text_file(home / kFile, kMostBytes);
  if (!text && text.error().code == Errc::not_found) return std::optional<RestoreMarker>();
  if (!text) return text.failure();
  auto marker = parse(*text);
  if (marker) return marker;
  return fail(Errc::integrity, Origin::home,
              (home / kFile).string() +
                  " is not as a restore of Custos writes it: restore into an empty folder, and look at what stands here");
}

Result<void> RestoreMarker::write(const std::filesystem::path& home) const { return write_private_file(home / kFile, encode()); }

Result<void> RestoreMarker::remove(const std::filesystem::path& home) {
  const FileDescriptor folder(::open(home.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid()) return file_failure("cannot open", home);
  if (::unlinkat(folder.get(), std::string(kFile).c_str(), 0) != 0 && errno != ENOENT) {
    return file_failure("cannot remove", home / kFile);
  }
  if (::fsync(folder.get()) != 0) return file_failure("cannot make durable", home);
  return {};
}

Result<void> check_not_restoring(const std::filesystem::path& home) {
  std::error_code error;
  if (!std::filesystem::exists(home / kFile, error)) return {};
  return fail(
      Errc::integrity, Origin::home,
      "a restore of " + home.string() + " is not finished: go on with custos backup restore FILE --home " + home.string());
}

}  // namespace custos
