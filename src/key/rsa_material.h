// RSA keys between RSAPrivateKey (RFC 8017, A.1.2), in which material is kept, and OpenSSL's EVP_PKEY.
#pragma once

#include <optional>
#include <string_view>

#include "custos/result.h"
#include "custos/secret.h"
#include "key/algorithm.h"
#include "key/openssl.h"

namespace custos::key {

// RsaNumbers are views of the numbers of an RSAPrivateKey, big-endian, without leading zeroes.
struct RsaNumbers {
  ByteView modulus, public_exponent, private_exponent, prime1, prime2, exponent1, exponent2, coefficient;
};

// read_rsa reads an RSAPrivateKey of two primes; the views lie in `der`. Absent when it is something else.
[[nodiscard]] std::optional<RsaNumbers> read_rsa(ByteView der) noexcept;

// check_rsa_size refuses a modulus that has not the algorithm's size, and a public exponent that is even, below 65537 or above
// 2^64 (FIPS 186-5, A.1.1; OpenSSL refuses larger ones). Errors: bad_input.
[[nodiscard]] Result<void> check_rsa_size(Algorithm algorithm, ByteView modulus, ByteView public_exponent);

// what_is_wrong_with names the first relation of RFC 8017, section 3.2, that the numbers break: "p·q is not n". Empty when all
// hold and both primes are prime. It stands in for EVP_PKEY_check, which leaves d mod q-1 and 1/q mod p in freed memory, and
// takes 0.1 to 1 s.
[[nodiscard]] std::string_view what_is_wrong_with(const RsaNumbers& numbers) noexcept;

// rsa_key and rsa_public_key make OpenSSL's key; nullptr when the provider refuses it. The private one leaves no copy behind but
// inside the key, whose end wipes it.
[[nodiscard]] EvpKey rsa_key(OSSL_LIB_CTX* library, const char* properties, const RsaNumbers& numbers) noexcept;
[[nodiscard]] EvpKey rsa_public_key(OSSL_LIB_CTX* library, ByteView modulus, ByteView public_exponent) noexcept;

// rsa_material writes a key as RSAPrivateKey. Errors: internal, when its provider does not give its numbers; system.
[[nodiscard]] Result<SecretBytes> rsa_material(const EVP_PKEY* key);

}  // namespace custos::key
