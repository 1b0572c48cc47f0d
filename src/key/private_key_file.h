// Private key files: PEM and Ethereum's keystore JSON, read into guarded memory.
#pragma once

#include <cstdint>
#include <functional>

#include "custos/result.h"
#include "custos/secret.h"
#include "key/algorithm.h"

namespace custos::key {

// ReadKey is what a file holds: material in the form of key/key_material.h, checked.
struct ReadKey {
  Algorithm algorithm;
  SecretBytes material;
};

// PassphraseSource is asked once, and only when a file is encrypted in a way that Custos reads. Its error is handed on.
using PassphraseSource = std::function<Result<SecretBytes>()>;

// KdfLimits is the most that a file may ask for to turn a passphrase into a key: some ten seconds of one core.
struct KdfLimits {
  std::uint64_t pbkdf2_iterations = 10'000'000;
  std::uint64_t scrypt_memory = 512ULL << 20U;  // bytes: 128·N·r (RFC 7914, section 2); geth asks for 256 MiB
  std::uint64_t scrypt_work = 2048ULL << 20U;   // bytes that are mixed: 128·N·r·p
};

inline constexpr std::size_t kMaxKeyFile = 64 * 1024;

// read_pem reads the one private key of a PEM file (RFC 7468):
//   PRIVATE KEY            PKCS#8 (RFC 5958): RSA, EC on P-256 or secp256k1, Ed25519 (RFC 8410)
//   ENCRYPTED PRIVATE KEY  the same under PBES2 (RFC 8018): PBKDF2 or scrypt; AES-CBC or DES-EDE3-CBC
//   EC PRIVATE KEY         SEC 1 (RFC 5915), also after EC PARAMETERS
//   RSA PRIVATE KEY        PKCS#1 (RFC 8017, A.1.2); these two also with OpenSSL's older encryption (DEK-Info: AES-256-CBC,…)
// Errors: bad_input, saying what the file is instead and what to do; authentication, when the passphrase does not open it;
// integrity, when it carries a public key that is not the private key's; system.
[[nodiscard]] Result<ReadKey> read_pem(const SecretBytes& text, const PassphraseSource& passphrase, const KdfLimits& limits = {});

// read_ethereum_v3 reads an Ethereum keystore of version 3 (Web3 Secret Storage): ecdsa_secp256k1, AES-128-CTR under scrypt or
// PBKDF2. Errors: as read_pem; integrity, when the address that it names is not the key's.
[[nodiscard]] Result<ReadKey> read_ethereum_v3(const SecretBytes& json, const PassphraseSource& passphrase,
                                               const KdfLimits& limits = {});

}  // namespace custos::key
