// KeyFileOptions: a private key that comes in a file.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "custos/administration.h"
#include "secret_input.h"

namespace custos::cli {

// KeyFileOptions name the file, by its encoding, and where the passphrase that opens it comes from.
struct KeyFileOptions {
  std::optional<std::string> pem, ethereum_v3;
  SecretOptions passphrase;

  [[nodiscard]] bool is_named() const noexcept { return pem || ethereum_v3; }
};

// add_key_file_options declares --pem, --ethereum-v3 and the sources of --passphrase.
void add_key_file_options(CLI::App& app, KeyFileOptions& options);

// KeyFile is what Administration takes of a file: its bytes, their encoding, and who knows its passphrase.
struct KeyFile {
  SecretBytes bytes;
  KeyEncoding encoding;
  SecretPrompt ask;
};

// read_key_file reads the file that is named. `administration` and `options` must outlive the prompt, which reads the passphrase
// only when it is asked. Errors: bad_input where two are named; as read_secret_file; the prompt answers authentication where the
// file is encrypted and nobody was named who knows its passphrase.
Result<KeyFile> read_key_file(const KeyFileOptions& options, const Administration& administration);

}  // namespace custos::cli
