// The structures of private keys in DER, inside PEM blocks.
#pragma once

#include "base/bytes.h"
#include "custos/result.h"
#include "key/private_key_file.h"

namespace custos::key {

// read_private_key_info reads PKCS#8's (RFC 5958, section 2), version 1 or 2, of an RSA, EC or Ed25519 key. These readers give
// checked material. Errors: bad_input, naming what the key is instead; integrity, when the public key beside it is another's.
[[nodiscard]] Result<ReadKey> read_private_key_info(ByteView der);

// read_ec_private_key reads SEC 1's ECPrivateKey (RFC 5915, section 3). `curve` is the curve that stands outside it, as DER; if
// empty, it must name its own; if both, they must agree.
[[nodiscard]] Result<ReadKey> read_ec_private_key(ByteView der, ByteView curve);

// read_rsa_private_key reads PKCS#1's RSAPrivateKey (RFC 8017, A.1.2).
[[nodiscard]] Result<ReadKey> read_rsa_private_key(ByteView der);

// padded_scalar puts the leading zeroes back that older programs leave out. Errors: bad_input above 32 bytes.
[[nodiscard]] Result<SecretBytes> padded_scalar(ByteView bytes);

// looks_like_key tells whether decrypted bytes are a DER sequence that begins with a version, as all three do: a wrong passphrase
// that happens to leave well-formed padding shows here, but once in 2^32.
[[nodiscard]] bool looks_like_key(ByteView der) noexcept;

}  // namespace custos::key
