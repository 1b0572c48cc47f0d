#include "software/evp_sign.h"

#include <array>

#include "base/wipe_stack.h"
#include "encode/ecdsa_signature.h"
#include "key/openssl.h"

namespace custos::software {
namespace {

using key::Scheme;

// sign_message has OpenSSL hash and sign; Ed25519 hashes by itself.
bool sign_message(const OpenSslContext& context, EVP_PKEY* key, const char* digest, ByteView message, std::uint8_t* out,
                  std::size_t& size) noexcept {
  const key::EvpDigestContext work(EVP_MD_CTX_new());
  return work != nullptr &&
         EVP_DigestSignInit_ex(work.get(), nullptr, digest, context.get(), context.properties(), key, nullptr) == 1 &&
         EVP_DigestSign(work.get(), out, &size, message.data(), message.size()) == 1;
}

bool sign_digest(const OpenSslContext& context, EVP_PKEY* key, ByteView digest, std::uint8_t* out, std::size_t& size) noexcept {
  const key::EvpKeyContext work(EVP_PKEY_CTX_new_from_pkey(context.get(), key, context.properties()));
  return work != nullptr && EVP_PKEY_sign_init(work.get()) == 1 &&
         EVP_PKEY_sign(work.get(), out, &size, digest.data(), digest.size()) == 1;
}

// sign_ecdsa turns OpenSSL's form into ours.
bool sign_ecdsa(const OpenSslContext& context, EVP_PKEY* key, Scheme scheme, ByteView message,
                std::span<std::uint8_t, encode::kEcdsaSize> out) noexcept {
  encode::EcdsaDer der;
  std::size_t size = der.size();
  if (scheme == Scheme::ecdsa_digest && message.size() != 32) return false;
  const bool done = scheme == Scheme::ecdsa_digest ? sign_digest(context, key, message, der.data(), size)
                                                   : sign_message(context, key, "SHA256", message, der.data(), size);
  return done && encode::read_ecdsa_der({der.data(), size}, out);
}

bool sign(const OpenSslContext& context, EVP_PKEY* key, Scheme scheme, ByteView message, std::span<std::uint8_t> out) noexcept {
  std::size_t size = out.size();
  switch (scheme) {
    case Scheme::ed25519: return sign_message(context, key, nullptr, message, out.data(), size) && size == out.size();
    case Scheme::rsa_pkcs1_sha256:  // OpenSSL pads an RSA signature so unless it is told otherwise
      return sign_message(context, key, "SHA256", message, out.data(), size) && size == out.size();
    case Scheme::ecdsa_sha256:
    case Scheme::ecdsa_digest: return sign_ecdsa(context, key, scheme, message, out.first<encode::kEcdsaSize>());
    case Scheme::schnorr_digest:
    case Scheme::schnorr_tweaked:
    case Scheme::mac: break;
  }
  return false;
}

}  // namespace

SignStatus evp_sign(const OpenSslContext& context, EVP_PKEY* key, key::KeyUse use, ByteView message,
                    std::span<std::uint8_t> out) noexcept {
  const key::ErrorScope errors;
  const bool done = out.size() == key::facts_of(use.algorithm).signature_size && sign(context, key, use.scheme, message, out);
  wipe_stack();
  return done ? SignStatus{} : SignStatus{Errc::internal, Origin::crypto, 0};
}

}  // namespace custos::software
