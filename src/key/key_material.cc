#include "key/key_material.h"

#include <sodium.h>

#include <array>
#include <string>

#include "base/wipe_stack.h"
#include "key/elliptic_curve.h"
#include "key/rsa_material.h"

namespace custos::key {
namespace {

constexpr InsecureSecretAccess kAccess{};

Unexpected refuse(std::string why) { return fail(Errc::bad_input, Origin::key, std::move(why)); }

// what_of names what an algorithm's material is: "an Ed25519 seed".
std::string what_of(const AlgorithmFacts& facts) {
  const std::string name(facts.name);
  if (is_tree(facts.algorithm)) return "a " + name + " root";
  switch (facts.family) {
    case Family::ed25519: return "an " + name + " seed";
    case Family::ecdsa: return "an " + name + " private key";
    default: return "an " + name + " key";
  }
}

Result<void> check_hmac_size(const AlgorithmFacts& facts, std::size_t size) {
  if (size >= facts.secret_size && size <= facts.block_size) return {};
  return refuse(what_of(facts) + " has " + std::to_string(facts.secret_size) + " to " + std::to_string(facts.block_size) +
                " bytes, this one has " + std::to_string(size));
}

Result<void> check_rsa(Algorithm algorithm, const SecretBytes& material) {
  const auto numbers = read_rsa(material.view(kAccess));
  if (!numbers) return refuse("this is no RSAPrivateKey of two primes in DER (RFC 8017, A.1.2)");
  if (auto size = check_rsa_size(algorithm, numbers->modulus, numbers->public_exponent); !size) return size;
  const std::string_view wrong = what_is_wrong_with(*numbers);
  wipe_stack();
  if (wrong.empty()) return {};
  return refuse("the parts of this RSA key do not belong together: " + std::string(wrong));
}

Result<PublicKey> ed25519_public_key(Algorithm algorithm, ByteView seed) {
  auto expanded = SecretBytes::allocate(crypto_sign_SECRETKEYBYTES);  // the seed and the public key
  if (!expanded) return expanded.failure();
  std::array<std::uint8_t, crypto_sign_PUBLICKEYBYTES> point;
  crypto_sign_seed_keypair(point.data(), expanded->mutable_view(kAccess).data(), seed.data());
  wipe_stack();
  return PublicKey::ed25519(algorithm, point);
}

}  // namespace

Result<void> check_material(Algorithm algorithm, const SecretBytes& material) {
  const auto& facts = facts_of(algorithm);
  if (facts.family == Family::hmac) return check_hmac_size(facts, material.size());
  if (facts.family == Family::rsa) return check_rsa(algorithm, material);
  if (material.size() != facts.secret_size) {
    return refuse(what_of(facts) + " has " + std::to_string(facts.secret_size) + " bytes, this one has " +
                  std::to_string(material.size()));
  }
  if (facts.family == Family::ecdsa && !is_scalar(algorithm, material.view(kAccess).first(kScalarSize))) {
    return refuse(what_of(facts) + " must be greater than 0 and less than the order of its curve; this one is not");
  }
  return {};
}

Result<PublicKey> public_key_of(Algorithm algorithm, const SecretBytes& material) {
  const auto bytes = material.view(kAccess);
  switch (facts_of(algorithm).family) {
    case Family::ed25519: return ed25519_public_key(algorithm, bytes.first(crypto_sign_SEEDBYTES));
    case Family::ecdsa: {
      Point point;
      if (!multiply_generator(algorithm, bytes.first(kScalarSize), point)) {
        return fail(Errc::system, Origin::crypto, "no memory left to compute a public key");
      }
      return PublicKey::ecdsa(algorithm, point);
    }
    case Family::rsa: {
      const auto numbers = read_rsa(bytes);
      if (!numbers) return refuse("this is no RSAPrivateKey");
      return PublicKey::rsa(algorithm, numbers->modulus, numbers->public_exponent);
    }
    default: return refuse(what_of(facts_of(algorithm)) + " has no public half");
  }
}

}  // namespace custos::key
