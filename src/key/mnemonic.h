// Seeds of trees: from the words of a mnemonic (BIP 39), or as they are.
#pragma once

#include "custos/result.h"
#include "custos/secret.h"

namespace custos::key {

// seed_of_mnemonic gives the seed, 64 bytes, of 12, 15, 18, 21 or 24 words of BIP 39's English list, in lower case with spaces
// between them, and of a passphrase, which may be empty. Errors: bad_input, saying which word is wrong, or that the checksum is;
// also for a passphrase that is not ASCII, because BIP 39 wants others in Unicode's form NFKD, which is not made here.
[[nodiscard]] Result<SecretBytes> seed_of_mnemonic(const SecretBytes& words, const SecretBytes& passphrase);

// seed_of_mnemonic_lines reads the words from the first line of a text, and the passphrase from a second, where there is one.
[[nodiscard]] Result<SecretBytes> seed_of_mnemonic_lines(const SecretBytes& text);

// seed_of_hex reads a seed of 16 to 64 bytes in hexadecimal, in either case. Errors: bad_input.
[[nodiscard]] Result<SecretBytes> seed_of_hex(const SecretBytes& text);

}  // namespace custos::key
