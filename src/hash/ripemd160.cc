#include "hash/ripemd160.h"

#include <openssl/evp.h>

#include <cstdlib>

#include "hash/digest.h"

namespace custos::hash {
namespace {

// Fetched once, from a library context of our own (hash.cc); never freed.
const EVP_MD* algorithm() {
  static const EVP_MD* const fetched = EVP_MD_fetch(OSSL_LIB_CTX_new(), "RIPEMD160", nullptr);
  return fetched;
}

}  // namespace

Digest20 ripemd160(ByteView bytes) {
  Digest20 out;
  if (EVP_Digest(bytes.data(), bytes.size(), out.data(), nullptr, algorithm(), nullptr) != 1)
    std::abort();  // no default provider
  return out;
}

Digest20 hash160(ByteView bytes) { return ripemd160(sha256_of(bytes)); }

}  // namespace custos::hash
