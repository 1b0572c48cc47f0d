// Where secrets come from: a file, the environment, a descriptor. Never an argument.
#pragma once

#include <filesystem>
#include <string>

#include "custos/export.h"
#include "custos/result.h"
#include "custos/secret.h"

namespace custos {

// kMaxSecretSize is the most that any source may bring, in bytes.
inline constexpr std::size_t kMaxSecretSize = 64 * 1024;

// harden_process makes the process non-dumpable and sets RLIMIT_CORE to 0, so that no secret reaches a core file and no other
// process of this user can attach. The *Options of calls that read secrets offer it too. Errors: system.
CUSTOS_EXPORT Result<void> harden_process();

// read_secret_file reads a regular file that belongs to this user or root and that nobody else may read or write (mode 0600 or
// narrower). Errors: not_found; refused for a wider mode or another owner; bad_input above kMaxSecretSize; system.
CUSTOS_EXPORT Result<SecretBytes> read_secret_file(const std::filesystem::path& path);

// read_secret_environment reads variable `name`, then wipes its bytes in place and removes it. Not thread-safe with other users
// of the environment. Errors: not_found.
CUSTOS_EXPORT Result<SecretBytes> read_secret_environment(const std::string& name);

// read_secret_descriptor reads an inherited file descriptor to its end and leaves it open. Errors: bad_input above
// kMaxSecretSize; system.
CUSTOS_EXPORT Result<SecretBytes> read_secret_descriptor(int descriptor);

// strip_trailing_newline removes exactly one line end (LF or CR LF) and tells whether there was one.
CUSTOS_EXPORT bool strip_trailing_newline(SecretBytes& secret) noexcept;

}  // namespace custos
