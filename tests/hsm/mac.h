// MACs that the tests compare with: OpenSSL's, straight from the secret.
#pragma once

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/bytes.h"
#include "key/algorithm.h"

namespace custos::test {

inline Bytes openssl_hmac(key::Algorithm algorithm, ByteView secret, ByteView message) {
  const EVP_MD* digest = algorithm == key::Algorithm::hmac_sha256   ? EVP_sha256()
                         : algorithm == key::Algorithm::hmac_sha384 ? EVP_sha384()
                                                                    : EVP_sha512();
  Bytes mac(key::facts_of(algorithm).signature_size);
  unsigned size = 0;
  HMAC(digest, secret.data(), static_cast<int>(secret.size()), message.data(), message.size(), mac.data(), &size);
  return mac;
}

}  // namespace custos::test
