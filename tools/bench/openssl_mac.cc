#include "tools/bench/openssl_mac.h"

#include <openssl/core_names.h>
#include <openssl/hmac.h>
#include <openssl/params.h>

namespace custos::bench {
namespace {

bool finish(EVP_MAC_CTX* context, ByteView message, Mac& mac) {
  std::size_t size = 0;
  return EVP_MAC_update(context, message.data(), message.size()) == 1 &&
         EVP_MAC_final(context, mac.data(), &size, mac.size()) == 1;
}

}  // namespace

MacContext mac_context(OSSL_LIB_CTX* library, const MacKey& key) {
  const std::unique_ptr<EVP_MAC, OpensslFree> mac(EVP_MAC_fetch(library, OSSL_MAC_NAME_HMAC, nullptr));
  MacContext context(mac == nullptr ? nullptr : EVP_MAC_CTX_new(mac.get()));
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_END};
  if (context != nullptr && EVP_MAC_init(context.get(), key.data(), key.size(), parameters) != 1) context.reset();
  return context;
}

bool mac_reused(EVP_MAC_CTX* context, ByteView message, Mac& mac) {
  return EVP_MAC_init(context, nullptr, 0, nullptr) == 1 && finish(context, message, mac);
}

bool mac_duplicated(const EVP_MAC_CTX* context, ByteView message, Mac& mac) {
  const MacContext copy(EVP_MAC_CTX_dup(context));
  return copy != nullptr && finish(copy.get(), message, mac);
}

bool mac_one_shot(const MacKey& key, ByteView message, Mac& mac) {
  return HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), message.data(), message.size(), mac.data(), nullptr) !=
         nullptr;
}

}  // namespace custos::bench
