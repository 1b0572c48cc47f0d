// OpenSSL's objects as values that free themselves, and its errors as lines.
#pragma once

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <memory>
#include <string>

#include "base/bytes.h"

namespace custos::key {

template <auto kFree>
struct OpensslFree {
  template <class T>
  void operator()(T* object) const noexcept {
    kFree(object);
  }
};
using EvpKey = std::unique_ptr<EVP_PKEY, OpensslFree<EVP_PKEY_free>>;
using EvpKeyContext = std::unique_ptr<EVP_PKEY_CTX, OpensslFree<EVP_PKEY_CTX_free>>;
using EvpDigestContext = std::unique_ptr<EVP_MD_CTX, OpensslFree<EVP_MD_CTX_free>>;
using BigNumber = std::unique_ptr<BIGNUM, OpensslFree<BN_clear_free>>;
using BigNumberContext = std::unique_ptr<BN_CTX, OpensslFree<BN_CTX_free>>;
using CurvePoint = std::unique_ptr<EC_POINT, OpensslFree<EC_POINT_clear_free>>;
using ParameterBuilder = std::unique_ptr<OSSL_PARAM_BLD, OpensslFree<OSSL_PARAM_BLD_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, OpensslFree<OSSL_PARAM_free>>;

// ErrorScope leaves this thread's queue of OpenSSL errors, which is the host's too, as it found it.
class ErrorScope {
 public:
  ErrorScope() noexcept;
  ~ErrorScope();
  ErrorScope(const ErrorScope&) = delete;
  ErrorScope& operator=(const ErrorScope&) = delete;

  // reason is OpenSSL's own line for what failed: "wrong signature length". It is the first one, where the cause is, unless the
  // host has left errors of its own in the queue: then the last.
  [[nodiscard]] std::string reason() const;
  [[nodiscard]] std::string last_reason() const;

 private:
  const bool was_empty_;
};

// own_library is a library context for public keys and for checking private ones, with OpenSSL's default provider whatever the
// host configured. Never freed: threads may verify while the process exits.
[[nodiscard]] OSSL_LIB_CTX* own_library() noexcept;

// secret_number reads a big-endian number into OpenSSL's secure heap (where there is one), to be handled in constant time;
// nullptr when there is no memory.
[[nodiscard]] BigNumber secret_number(ByteView big_endian) noexcept;

// key_from_parameters makes a key of `type` ("EC") out of what was pushed; nullptr when the provider refuses it.
[[nodiscard]] EvpKey key_from_parameters(OSSL_LIB_CTX* library, const char* properties, const char* type, int selection,
                                         OSSL_PARAM* parameters) noexcept;
[[nodiscard]] EvpKey key_from_parameters(OSSL_LIB_CTX* library, const char* properties, const char* type, int selection,
                                         OSSL_PARAM_BLD* builder) noexcept;

}  // namespace custos::key
