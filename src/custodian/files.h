// Files of the home: reading, atomic writing, and who may touch them.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/private_file.h"
#include "custos/result.h"

namespace custos {

// read_text_file reads a whole public file of at most `most` bytes. Errors: not_found, bad_input (too large), system.
[[nodiscard]] Result<std::string> read_text_file(const std::filesystem::path& path, std::size_t most);

// make_private_folder makes a folder with mode 0700, and its parents with the process's usual mode. An existing one stays as it
// is. Errors: system.
Result<void> make_private_folder(const std::filesystem::path& path);

// check_not_writable_by_others refuses a path of which any part, links resolved, belongs to another user than root, or can be
// written by group or others (except sticky folders such as /tmp); production asks for it. Errors: refused, system.
Result<void> check_not_writable_by_others(const std::filesystem::path& path);

}  // namespace custos
