#include "software/engine.h"

#include <openssl/core_names.h>
#include <sodium.h>

#include <array>
#include <string>

#include "base/wipe_stack.h"
#include "key/elliptic_curve.h"
#include "key/key_tree.h"
#include "key/rsa_material.h"
#include "software/evp_engine.h"
#include "software/hmac_engine.h"
#include "software/p256_engine.h"
#include "software/rsa_engine.h"
#include "software/schnorr_engine.h"
#include "software/secp256k1_engine.h"
#include "software/tree_engine.h"

namespace custos::software {
namespace {

using key::Algorithm;
using key::Family;
using key::Scheme;

constexpr InsecureSecretAccess kAccess{};
constexpr std::size_t kSeedSize = 32;  // of a tree that is generated (BIP 32: 128 to 512 bits, 256 advised)

template <class Kind, class... Arguments>
Result<std::unique_ptr<Engine>> keeping(const SecretBytes& material, Arguments... arguments) {
  auto copy = material.clone();
  if (!copy) return copy.failure();
  return std::unique_ptr<Engine>(std::make_unique<Kind>(std::move(arguments)..., *std::move(copy)));
}

Result<std::unique_ptr<Engine>> make_hmac(Algorithm algorithm, const SecretBytes& secret) {
  auto key = hash::HmacKey::make(key::facts_of(algorithm).hash, secret);
  if (!key) return key.failure();
  return std::unique_ptr<Engine>(std::make_unique<HmacEngine>(*std::move(key)));
}

// random_bytes come from libsodium, that is, from the kernel.
Result<SecretBytes> random_bytes(std::size_t size) {
  auto bytes = SecretBytes::allocate(size);
  if (bytes) randombytes_buf(bytes->mutable_view(kAccess).data(), size);
  return bytes;
}

// random_scalar draws until the number is one (FIPS 186-5, A.2.2): at once, but for one in 2^32.
Result<SecretBytes> random_scalar(Algorithm algorithm) {
  auto scalar = random_bytes(key::kScalarSize);
  while (scalar && !key::is_scalar(algorithm, scalar->view(kAccess))) scalar = random_bytes(key::kScalarSize);
  return scalar;
}

Result<SecretBytes> generate_rsa(const OpenSslContext& context, Algorithm algorithm) {
  const key::ErrorScope errors;
  const key::EvpKeyContext generator(EVP_PKEY_CTX_new_from_name(context.get(), "RSA", context.properties()));
  EVP_PKEY* made = nullptr;
  const auto bits = static_cast<unsigned>(8 * key::facts_of(algorithm).signature_size);
  std::array parameters{OSSL_PARAM_construct_uint(OSSL_PKEY_PARAM_RSA_BITS, const_cast<unsigned*>(&bits)),
                        OSSL_PARAM_construct_end()};
  const bool done = generator != nullptr && EVP_PKEY_keygen_init(generator.get()) == 1 &&
                    EVP_PKEY_CTX_set_params(generator.get(), parameters.data()) == 1 &&
                    EVP_PKEY_generate(generator.get(), &made) == 1;
  const key::EvpKey key(made);
  wipe_stack();
  if (!done) return fail(Errc::system, Origin::crypto, "OpenSSL cannot generate an RSA key: " + errors.reason());
  return key::rsa_material(key.get());
}

// generate_root draws a seed and makes a root of it: at once, but for one in 2^127.
Result<SecretBytes> generate_root(Algorithm tree) {
  for (;;) {
    auto seed = random_bytes(kSeedSize);
    if (!seed) return seed;
    auto root = key::master_of_seed(tree, *seed);
    if (root || root.error().code != Errc::bad_input) return root;
  }
}

Result<std::unique_ptr<Engine>> make_secp256k1(Scheme scheme, const SecretBytes& scalar) {
  return key::is_schnorr(scheme) ? keeping<SchnorrEngine>(scalar, scheme) : keeping<Secp256k1Engine>(scalar, scheme);
}

}  // namespace

Result<key::TreeNode> Engine::node(std::span<const std::uint32_t>) const { return key::no_tree(); }
Result<std::unique_ptr<Engine>> Engine::derive(std::span<const std::uint32_t>) const { return key::no_tree(); }

Result<void> check_scheme(key::KeyUse use) {
  const auto& facts = key::facts_of(use.algorithm);
  const bool is_digest = use.scheme == Scheme::ecdsa_digest && facts.family == Family::ecdsa;
  const bool is_its_schnorr = key::is_schnorr(use.scheme) && key::leaf_of(use.algorithm) == Algorithm::ecdsa_secp256k1;
  if (facts.signature_size != 0 && (is_digest || is_its_schnorr || use.scheme == key::default_scheme(use.algorithm))) return {};
  return fail(Errc::bad_input, Origin::key, "a key of " + std::string(facts.name) + " has no such signature scheme");
}

Result<std::unique_ptr<Engine>> make_engine(const std::shared_ptr<const OpenSslContext>& context, key::KeyUse use,
                                            const SecretBytes& material) {
  if (auto checked = check_scheme(use); !checked) return checked.failure();
  switch (use.algorithm) {
    case Algorithm::ed25519: return EvpEngine::make(context, use, material);
    case Algorithm::ecdsa_secp256k1: return make_secp256k1(use.scheme, material);
    case Algorithm::bip32:
    case Algorithm::slip10_ed25519: return TreeEngine::make(context, use, material);
    case Algorithm::ecdsa_p256:
      if (context->is_default()) return keeping<P256Engine>(material, context, use.scheme);
      return EvpEngine::make(context, use, material);
    case Algorithm::rsa_2048:
    case Algorithm::rsa_3072:
    case Algorithm::rsa_4096: return keeping<RsaEngine>(material, context, use);
    default: return make_hmac(use.algorithm, material);
  }
}

Result<SecretBytes> generate_material(const OpenSslContext& context, Algorithm algorithm) {
  if (key::is_tree(algorithm)) return generate_root(algorithm);
  const auto& facts = key::facts_of(algorithm);
  switch (facts.family) {
    case Family::hmac:
    case Family::ed25519: return random_bytes(facts.secret_size);
    case Family::ecdsa: return random_scalar(algorithm);
    case Family::rsa: return generate_rsa(context, algorithm);
    case Family::aes: break;
  }
  return fail(Errc::bad_input, Origin::key, "an " + std::string(facts.name) + " key seals, and stands in tokens only");
}

}  // namespace custos::software
