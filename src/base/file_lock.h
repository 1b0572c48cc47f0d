// lock_file: one at a time among all threads and processes that agree on a file.
#pragma once

#include <chrono>
#include <filesystem>

#include "base/file_descriptor.h"
#include "custos/result.h"

namespace custos {

// lock_file takes the exclusive flock(2) of `path`, which is made with mode 0600 where it is missing; the lock lasts until the
// descriptor is closed. Between threads of one process it works as between processes. Not re-entrant. Errors: busy, when another
// holds it longer than `patience`, naming the file; system.
[[nodiscard]] Result<FileDescriptor> lock_file(const std::filesystem::path& path, std::chrono::milliseconds patience);

}  // namespace custos
