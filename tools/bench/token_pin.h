// The PIN of the token, from wherever the user's custos.toml says.
#pragma once

#include <filesystem>

#include "base/file_descriptor.h"
#include "custodian/config.h"
#include "custos/custodian.h"

namespace custos::bench {

// TokenPin is a file that holds the PIN and can be read again and again. A PIN from a prompt, a descriptor or the environment is
// read once and kept in a memory file (0600, of this process only), so that it reaches no disk.
class TokenPin {
 public:
  // find asks the source. Errors: those of custos/secret_source.h and of the prompt.
  [[nodiscard]] static Result<TokenPin> find(const PinSource& source, std::string_view token, const SecretPrompt& prompt);

  [[nodiscard]] const std::filesystem::path& file() const noexcept { return file_; }
  // read gives the PIN without its line end. Errors: as read_secret_file.
  [[nodiscard]] Result<SecretBytes> read() const;

 private:
  std::filesystem::path file_;
  FileDescriptor memory_;
};

}  // namespace custos::bench
