// Secret input: where a secret comes from. Never the command line.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "custos/administration.h"
#include "custos/result.h"
#include "custos/secret.h"

namespace custos::cli {

// SecretOptions are the sources that a person may name for one secret; at most one.
struct SecretOptions {
  std::string noun = "secret";  // names the options, --secret-stdin and so on, and the secret in error lines
  bool from_stdin = false;
  bool hex_from_stdin = false;
  bool base64_from_stdin = false;
  std::optional<std::string> file, environment;
  std::optional<std::int64_t> descriptor;

  [[nodiscard]] int count() const noexcept;
};

// add_secret_options declares --NOUN-stdin, --NOUN-file, --NOUN-env and --NOUN-fd.
void add_secret_options(CLI::App& app, SecretOptions& options, const std::string& noun = "secret");

// add_raw_secret_options declares the same for a key's secret, and --raw-hex-stdin and --raw-base64-stdin.
void add_raw_secret_options(CLI::App& app, SecretOptions& options);

// read_secret reads the secret straight into guarded memory from the one source that is named, else asks for `what` on the
// terminal. One trailing newline is stripped, with a notice on standard error. `administration` is that of the home whose mode
// may forbid a source; nullptr where there is none. Errors: bad_input for no source or several; refused for an environment
// variable in production; as custos/secret_source.h.
Result<SecretBytes> read_secret(const SecretOptions& options, const Administration* administration, std::string_view what);

// SecretAndPassphrase are what a venue hands out with an API key.
struct SecretAndPassphrase {
  SecretBytes secret, passphrase;
};

// read_secret_and_passphrase reads both; where both come from standard input, the secret is its first line and the passphrase its
// second. Errors: as read_secret.
Result<SecretAndPassphrase> read_secret_and_passphrase(const SecretOptions& secret, const SecretOptions& passphrase,
                                                       const Administration* administration, std::string_view credential);

// read_new_passphrase reads a passphrase that is being chosen: a person at the terminal types it twice.
Result<SecretBytes> read_new_passphrase(const SecretOptions& options, const Administration* administration,
                                        std::string_view what);

}  // namespace custos::cli
