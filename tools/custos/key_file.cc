#include "key_file.h"

#include "cli.h"
#include "custos/secret_source.h"
#include "options.h"
#include "terminal.h"

namespace custos::cli {

void add_key_file_options(CLI::App& app, KeyFileOptions& options) {
  add_text(app, "--pem", options.pem, "FILE",
           "the private key as PKCS#8, SEC 1 or PKCS#1 PEM, encrypted or not, in a file with mode 0600");
  add_text(app, "--ethereum-v3", options.ethereum_v3, "FILE",
           "the private key as Ethereum keystore JSON, in a file with mode 0600");
  add_secret_options(app, options.passphrase, "passphrase");
}

Result<KeyFile> read_key_file(const KeyFileOptions& options, const Administration& administration) {
  if (options.pem && options.ethereum_v3) return usage("give either --pem or --ethereum-v3, not both");
  auto bytes = read_secret_file(options.pem ? *options.pem : *options.ethereum_v3);
  if (!bytes) return bytes.failure();
  const auto encoding = options.pem ? KeyEncoding::pem : KeyEncoding::ethereum_v3;
  auto ask = [&](std::string_view what) -> Result<SecretBytes> {
    if (options.passphrase.count() > 0 || stdin_is_terminal()) return read_secret(options.passphrase, &administration, what);
    return fail(Errc::authentication, Origin::key,
                "the key file is encrypted: its passphrase is needed, from --passphrase-stdin, -file, -env or -fd");
  };
  return KeyFile{*std::move(bytes), encoding, std::move(ask)};
}

}  // namespace custos::cli
