// HMAC-SHA256 as OpenSSL offers it: what Custos's own is compared with.
#pragma once

#include <openssl/evp.h>
#include <openssl/provider.h>

#include <array>
#include <memory>

#include "base/bytes.h"

namespace custos::bench {

using Mac = std::array<std::uint8_t, 32>;
using MacKey = std::array<std::uint8_t, 64>;

struct OpensslFree {
  void operator()(EVP_MAC* mac) const noexcept { EVP_MAC_free(mac); }
  void operator()(EVP_MAC_CTX* context) const noexcept { EVP_MAC_CTX_free(context); }
  void operator()(OSSL_LIB_CTX* library) const noexcept { OSSL_LIB_CTX_free(library); }
};
using MacContext = std::unique_ptr<EVP_MAC_CTX, OpensslFree>;

// mac_context gives an EVP_MAC context with the key in it, from `library` (nullptr: OpenSSL's own); nullptr when there is none.
[[nodiscard]] MacContext mac_context(OSSL_LIB_CTX* library, const MacKey& key);

// mac_reused begins anew with the context's key. mac_duplicated uses a copy of a context that was never used itself.
// mac_one_shot is HMAC(). All answer whether it succeeded.
[[nodiscard]] bool mac_reused(EVP_MAC_CTX* context, ByteView message, Mac& mac);
[[nodiscard]] bool mac_duplicated(const EVP_MAC_CTX* context, ByteView message, Mac& mac);
[[nodiscard]] bool mac_one_shot(const MacKey& key, ByteView message, Mac& mac);

// FipsProvider is OpenSSL's fips provider, in a library context of its own; `context` is null where it is not installed.
class FipsProvider {
 public:
  explicit FipsProvider(const MacKey& key) : library_(OSSL_LIB_CTX_new()) {
    fips_ = OSSL_PROVIDER_load(library_.get(), "fips");
    if (fips_ != nullptr) context_ = mac_context(library_.get(), key);
  }
  ~FipsProvider() {
    context_.reset();
    if (fips_ != nullptr) OSSL_PROVIDER_unload(fips_);
  }
  FipsProvider(const FipsProvider&) = delete;
  FipsProvider& operator=(const FipsProvider&) = delete;

  [[nodiscard]] EVP_MAC_CTX* context() const noexcept { return context_.get(); }

 private:
  std::unique_ptr<OSSL_LIB_CTX, OpensslFree> library_;
  OSSL_PROVIDER* fips_ = nullptr;
  MacContext context_;
};

}  // namespace custos::bench
