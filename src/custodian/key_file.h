// key_file: what a file holds that a key is imported from.
#pragma once

#include "custos/administration.h"
#include "key/private_key_file.h"

namespace custos {

// read_key_file decodes PEM and Ethereum's keystore JSON; `passphrase` is asked when the file is encrypted. Errors: as
// key::read_pem; bad_input for an encoding that is no file's.
[[nodiscard]] Result<key::ReadKey> read_key_file(const SecretBytes& content, KeyEncoding encoding,
                                                 const SecretPrompt& passphrase);

}  // namespace custos
