#include "hash/digest.h"

// The one-shot calls of OpenSSL 3 fetch an algorithm and allocate; the contexts of the low-level ones are ours.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

namespace custos::hash {

Digest32 sha256_of(ByteView message) noexcept {
  Digest32 digest;
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, message.data(), message.size());
  SHA256_Final(digest.data(), &context);
  return digest;
}

Digest64 sha512_of(ByteView message) noexcept {
  Digest64 digest;
  SHA512_CTX context;
  SHA512_Init(&context);
  SHA512_Update(&context, message.data(), message.size());
  SHA512_Final(digest.data(), &context);
  return digest;
}

}  // namespace custos::hash
