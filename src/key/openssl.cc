#include "key/openssl.h"

#include <openssl/err.h>

#include <cstring>

namespace custos::key {
namespace {

std::string reason_by(decltype(ERR_peek_error_all)& peek) {
  const char* data = nullptr;
  int flags = 0;
  const unsigned long code = peek(nullptr, nullptr, nullptr, &data, &flags);
  if (code == 0) return "OpenSSL gives no reason";
  OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CRYPTO_STRINGS, nullptr);
  const char* reason = ERR_SYSTEM_ERROR(code) ? std::strerror(ERR_GET_REASON(code)) : ERR_reason_error_string(code);
  std::string line = reason != nullptr ? reason : "OpenSSL error " + std::to_string(code);
  if (data != nullptr && *data != '\0' && (flags & ERR_TXT_STRING) != 0) line += ": " + std::string(data);
  return line;
}

}  // namespace

ErrorScope::ErrorScope() noexcept : was_empty_(ERR_peek_error() == 0) { ERR_set_mark(); }
ErrorScope::~ErrorScope() { ERR_pop_to_mark(); }

std::string ErrorScope::reason() const { return was_empty_ ? reason_by(ERR_peek_error_all) : last_reason(); }
std::string ErrorScope::last_reason() const { return reason_by(ERR_peek_last_error_all); }

OSSL_LIB_CTX* own_library() noexcept {
  static OSSL_LIB_CTX* const library = OSSL_LIB_CTX_new();
  return library;
}

BigNumber secret_number(ByteView big_endian) noexcept {
  BigNumber number(BN_secure_new());
  if (number == nullptr || BN_bin2bn(big_endian.data(), static_cast<int>(big_endian.size()), number.get()) == nullptr) return {};
  BN_set_flags(number.get(), BN_FLG_CONSTTIME);
  return number;
}

EvpKey key_from_parameters(OSSL_LIB_CTX* library, const char* properties, const char* type, int selection,
                           OSSL_PARAM* parameters) noexcept {
  const EvpKeyContext context(EVP_PKEY_CTX_new_from_name(library, type, properties));
  EVP_PKEY* key = nullptr;
  if (context == nullptr || parameters == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, selection, parameters) != 1) {
    return {};
  }
  return EvpKey(key);
}

EvpKey key_from_parameters(OSSL_LIB_CTX* library, const char* properties, const char* type, int selection,
                           OSSL_PARAM_BLD* builder) noexcept {
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder));
  return key_from_parameters(library, properties, type, selection, parameters.get());
}

}  // namespace custos::key
