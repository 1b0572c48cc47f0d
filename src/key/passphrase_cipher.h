// The key derivations and ciphers with which key files are encrypted under a passphrase.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "base/bytes.h"
#include "custos/result.h"
#include "custos/secret.h"
#include "key/private_key_file.h"

namespace custos::key {

// Pbkdf2 is RFC 8018, 5.2, with HMAC over the digest that OpenSSL knows by that name.
struct Pbkdf2 {
  const char* digest;
  ByteView salt;
  std::uint64_t iterations;
};
// Scrypt is RFC 7914, section 6.
struct Scrypt {
  ByteView salt;
  std::uint64_t n, r, p;
};
// BytesToKey is OpenSSL's EVP_BytesToKey(3) with MD5 and one round, as its older PEM encryption has it.
struct BytesToKey {
  ByteView salt;
};
using Derivation = std::variant<Pbkdf2, Scrypt, BytesToKey>;

// Cipher is one of kCiphers.
struct Cipher {
  std::string_view name;  // as OpenSSL and DEK-Info have it
  std::size_t key_size, iv_size;
  bool is_padded;  // PKCS#7: a block cipher in CBC mode
};
inline constexpr Cipher kAes128Cbc{"AES-128-CBC", 16, 16, true};
inline constexpr Cipher kAes192Cbc{"AES-192-CBC", 24, 16, true};
inline constexpr Cipher kAes256Cbc{"AES-256-CBC", 32, 16, true};
inline constexpr Cipher kDesEde3Cbc{"DES-EDE3-CBC", 24, 8, true};
inline constexpr Cipher kAes128Ctr{"AES-128-CTR", 16, 16, false};

// check_cost refuses a derivation with nonsensical parameters, or one that costs more than the limits. Errors: bad_input.
[[nodiscard]] Result<void> check_cost(const Derivation& derivation, const KdfLimits& limits);

// derive gives `size` bytes. The cost was checked. Errors: system, when memory is short.
[[nodiscard]] Result<SecretBytes> derive(const Derivation& derivation, const SecretBytes& passphrase, std::size_t size);

// decrypt gives what was encrypted under the cipher's key and initialisation vector, of the cipher's sizes. Errors: bad_input,
// when the ciphertext is not of whole blocks; authentication, when no padding comes out, that is, under a wrong key.
[[nodiscard]] Result<SecretBytes> decrypt(const Cipher& cipher, ByteView key, ByteView iv, ByteView ciphertext);

// wrong_passphrase is the error for a passphrase that does not open the file.
[[nodiscard]] Unexpected wrong_passphrase();

// ask asks for the passphrase. Errors: authentication when there is nobody to ask; those of the source.
[[nodiscard]] Result<SecretBytes> ask(const PassphraseSource& passphrase);

// EncryptedKey is a PEM block's content, still encrypted.
struct EncryptedKey {
  Derivation derivation;
  Cipher cipher;
  ByteView iv, ciphertext;
};

// open_encrypted_key asks for the passphrase, once the cost was found bearable, and gives the key's DER. Errors: as the functions
// above.
[[nodiscard]] Result<SecretBytes> open_encrypted_key(const EncryptedKey& key, const PassphraseSource& passphrase,
                                                     const KdfLimits& limits);

}  // namespace custos::key
