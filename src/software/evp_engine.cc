#include "software/evp_engine.h"

#include <openssl/core_names.h>

#include <string>

#include "base/wipe_stack.h"
#include "key/elliptic_curve.h"
#include "software/evp_sign.h"

namespace custos::software {
namespace {

// load_ed25519 gives a copy of the key that OpenSSL makes: OpenSSL 3.0 keeps a seed that it is handed in ordinary memory, and a
// copy's in the secure heap.
key::EvpKey load_ed25519(const OpenSslContext& context, ByteView seed) {
  const key::EvpKey key(
      EVP_PKEY_new_raw_private_key_ex(context.get(), "ED25519", context.properties(), seed.data(), seed.size()));
  return key::EvpKey(key == nullptr ? nullptr : EVP_PKEY_dup(key.get()));
}

key::EvpKey load_p256(const OpenSslContext& context, ByteView scalar) {
  key::Point point;  // providers want the public half too
  const key::BigNumber number = key::secret_number(scalar);
  const key::ParameterBuilder builder(OSSL_PARAM_BLD_new());
  if (builder == nullptr || number == nullptr || !key::multiply_generator(key::Algorithm::ecdsa_p256, scalar, point) ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, number.get()) != 1) {
    return {};
  }
  return key::key_from_parameters(context.get(), context.properties(), "EC", EVP_PKEY_KEYPAIR, builder.get());
}

}  // namespace

Result<std::unique_ptr<Engine>> EvpEngine::make(std::shared_ptr<const OpenSslContext> context, key::KeyUse use,
                                                const SecretBytes& material) {
  const key::ErrorScope errors;
  const ByteView bytes = material.view(InsecureSecretAccess{});
  key::EvpKey key = use.algorithm == key::Algorithm::ed25519 ? load_ed25519(*context, bytes) : load_p256(*context, bytes);
  wipe_stack();
  if (key == nullptr) {
    return fail(Errc::internal, Origin::crypto,
                "OpenSSL does not take an " + std::string(key::facts_of(use.algorithm).name) + " key: " + errors.reason());
  }
  return std::unique_ptr<Engine>(new EvpEngine(std::move(context), use, std::move(key)));
}

SignStatus EvpEngine::sign(ByteView message, std::span<std::uint8_t> out, RecoveryId&) const noexcept {
  return evp_sign(*context_, key_.get(), use_, message, out);
}

}  // namespace custos::software
