// Files of the home that nobody else may touch: who may, and replacing one as a whole.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <string_view>

#include "custos/result.h"

namespace custos {

// write_private_file writes a file with mode 0600 so that it is there whole or not at all: a temporary beside it, fsync, rename,
// fsync of the folder. One writer at a time: the temporary's name is the file's with ".new". Errors: not_found (no such folder),
// system.
[[nodiscard]] Result<void> write_private_file(const std::filesystem::path& path, std::string_view content);

enum class FileKind : unsigned char { file, folder };

// check_private refuses what is not of this kind (a link is not), belongs to another user, or may be used by group or others. The
// second form judges what was opened. Errors: not_found, refused.
Result<void> check_private(const std::filesystem::path& path, FileKind kind);
Result<void> check_private(const struct ::stat& status, const std::filesystem::path& path, FileKind kind);

// file_failure makes the Error of errno: "`what` PATH: No such file or directory". Code: not_found for a missing file, else
// system.
[[nodiscard]] Unexpected file_failure(std::string_view what, const std::filesystem::path& path);

}  // namespace custos
