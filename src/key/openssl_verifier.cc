#include <openssl/core_names.h>
#include <openssl/obj_mac.h>
#include <openssl/rsa.h>

#include <array>

#include "encode/ecdsa_signature.h"
#include "hash/hash.h"
#include "key/elliptic_curve.h"
#include "key/openssl.h"
#include "key/rsa_material.h"
#include "key/verifier.h"

namespace custos::key {
namespace {

// verifies_digest checks a signature of a digest, in OpenSSL's form.
bool verifies_digest(EVP_PKEY* key, bool is_rsa, ByteView digest, ByteView signature) noexcept {
  const EvpKeyContext context(EVP_PKEY_CTX_new_from_pkey(own_library(), key, nullptr));
  if (context == nullptr || EVP_PKEY_verify_init(context.get()) != 1) return false;
  if (is_rsa) {
    static const EVP_MD* const sha256 = EVP_MD_fetch(own_library(), SN_sha256, nullptr);
    if (EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) != 1 ||
        EVP_PKEY_CTX_set_signature_md(context.get(), sha256) != 1) {
      return false;
    }
  }
  return EVP_PKEY_verify(context.get(), signature.data(), signature.size(), digest.data(), digest.size()) == 1;
}

class Ed25519Verifier final : public Verifier {
 public:
  explicit Ed25519Verifier(EvpKey key) noexcept : key_(std::move(key)) {}

  [[nodiscard]] bool verifies(Scheme scheme, ByteView message, ByteView signature) const noexcept override {
    const ErrorScope errors;
    const EvpDigestContext context(EVP_MD_CTX_new());
    return scheme == Scheme::ed25519 && context != nullptr &&
           EVP_DigestVerifyInit_ex(context.get(), nullptr, nullptr, own_library(), nullptr, key_.get(), nullptr) == 1 &&
           EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) == 1;
  }

 private:
  const EvpKey key_;
};

class P256Verifier final : public Verifier {
 public:
  explicit P256Verifier(EvpKey key) noexcept : key_(std::move(key)) {}

  [[nodiscard]] bool verifies(Scheme scheme, ByteView message, ByteView signature) const noexcept override {
    const auto digest = ecdsa_digest(scheme, message);
    if (!digest || signature.size() != encode::kEcdsaSize) return false;
    const ErrorScope errors;
    encode::EcdsaDer place;
    const ByteView der = encode::write_ecdsa_der(signature.first<encode::kEcdsaSize>(), place);
    return verifies_digest(key_.get(), false, *digest, der);
  }

 private:
  const EvpKey key_;
};

class RsaVerifier final : public Verifier {
 public:
  explicit RsaVerifier(EvpKey key) noexcept : key_(std::move(key)) {}

  [[nodiscard]] bool verifies(Scheme scheme, ByteView message, ByteView signature) const noexcept override {
    const ErrorScope errors;
    return scheme == Scheme::rsa_pkcs1_sha256 && verifies_digest(key_.get(), true, hash::sha256(message), signature);
  }

 private:
  const EvpKey key_;
};

template <class Checker>
std::unique_ptr<const Verifier> made(EvpKey key) {
  if (key == nullptr) return nullptr;
  return std::make_unique<Checker>(std::move(key));
}

}  // namespace

std::unique_ptr<const Verifier> make_ed25519_verifier(ByteView point) {
  const ErrorScope errors;
  return made<Ed25519Verifier>(
      EvpKey(EVP_PKEY_new_raw_public_key_ex(own_library(), "ED25519", nullptr, point.data(), point.size())));
}

std::unique_ptr<const Verifier> make_p256_verifier(ByteView point) {
  const ErrorScope errors;
  Bytes copy(point.begin(), point.end());
  char group[] = "P-256";
  std::array parameters{OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
                        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, copy.data(), copy.size()),
                        OSSL_PARAM_construct_end()};
  return made<P256Verifier>(key_from_parameters(own_library(), nullptr, "EC", EVP_PKEY_PUBLIC_KEY, parameters.data()));
}

std::unique_ptr<const Verifier> make_rsa_verifier(ByteView modulus, ByteView exponent) {
  const ErrorScope errors;
  return made<RsaVerifier>(rsa_public_key(own_library(), modulus, exponent));
}

}  // namespace custos::key
