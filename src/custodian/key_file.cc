#include "custodian/key_file.h"

namespace custos {

Result<key::ReadKey> read_key_file(const SecretBytes& content, KeyEncoding encoding, const SecretPrompt& passphrase) {
  const key::PassphraseSource ask = [&passphrase]() -> Result<SecretBytes> {
    if (passphrase) return passphrase("passphrase of the key file");
    return fail(Errc::authentication, Origin::key, "the key file is encrypted, and there is nobody to ask for its passphrase");
  };
  switch (encoding) {
    case KeyEncoding::pem: return key::read_pem(content, ask);
    case KeyEncoding::ethereum_v3: return key::read_ethereum_v3(content, ask);
    default: return fail(Errc::bad_input, Origin::key, "this key is a secret, a PEM file or Ethereum's keystore JSON");
  }
}

}  // namespace custos
