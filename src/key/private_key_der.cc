#include "key/private_key_der.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <string>

#include "encode/der.h"
#include "key/elliptic_curve.h"
#include "key/key_material.h"
#include "key/oid.h"
#include "key/public_key.h"
#include "key/rsa_material.h"

namespace custos::key {
namespace {

using encode::DerReader;
using encode::DerTag;

Unexpected refuse(std::string detail) { return fail(Errc::bad_input, Origin::key, std::move(detail)); }
Unexpected malformed(std::string_view structure) {
  return refuse("the key in this file is damaged: it is no " + std::string(structure));
}

// checked gives the key when its material is one of its algorithm.
Result<ReadKey> checked(Algorithm algorithm, SecretBytes material) {
  if (auto valid = check_material(algorithm, material); !valid) return valid.failure();
  return ReadKey{algorithm, std::move(material)};
}

// match refuses a key whose public half is not `point`, unless the file carries none.
Result<ReadKey> match(Result<ReadKey> key, ByteView point) {
  if (!key || point.empty()) return key;
  auto own = public_key_of(key->algorithm, key->material);
  if (!own) return own.failure();
  const auto carried = key->algorithm == Algorithm::ed25519 ? PublicKey::ed25519(point) : PublicKey::ecdsa(key->algorithm, point);
  if (carried && carried->raw() == own->raw()) return key;
  return fail(Errc::integrity, Origin::key,
              "the public key in this file is not that of its private key: the file is damaged, or was changed");
}

// read_curve reads ECParameters (RFC 5480, 2.1.1).
Result<Algorithm> read_curve(ByteView parameters) {
  DerReader reader(parameters);
  if (reader.next_is(DerTag::sequence)) {
    return refuse(
        "the file spells out the parameters of its curve instead of naming it: name it with openssl ec -in FILE -param_enc "
        "named_curve -out NEW");
  }
  const ByteView curve = reader.take_oid();
  if (!reader.finished()) return malformed("EC key with a named curve (RFC 5480)");
  if (oid::is(curve, oid::kP256)) return Algorithm::ecdsa_p256;
  if (oid::is(curve, oid::kSecp256k1)) return Algorithm::ecdsa_secp256k1;
  return refuse("wrong curve: this file holds " + oid::curve_name(curve) + ", Custos signs with P-256 and secp256k1");
}

Result<ReadKey> read_ed25519(ByteView private_key, ByteView point) {
  DerReader reader(private_key);  // CurvePrivateKey (RFC 8410, section 7)
  const ByteView bytes = reader.take_octet_string();
  if (!reader.finished()) return malformed("Ed25519 private key (RFC 8410)");
  auto seed = SecretBytes::copy_of(bytes);
  if (!seed) return seed.failure();
  return match(checked(Algorithm::ed25519, *std::move(seed)), point);
}

std::optional<Algorithm> rsa_algorithm(std::size_t bits) {
  switch (bits) {
    case 2048: return Algorithm::rsa_2048;
    case 3072: return Algorithm::rsa_3072;
    case 4096: return Algorithm::rsa_4096;
    default: return std::nullopt;
  }
}

}  // namespace

Result<ReadKey> read_rsa_private_key(ByteView der) {
  const auto numbers = read_rsa(der);
  if (!numbers || numbers->modulus.empty()) return malformed("RSAPrivateKey of two primes (RFC 8017, A.1.2)");
  const std::size_t bits = numbers->modulus.size() * 8 - static_cast<std::size_t>(std::countl_zero(numbers->modulus[0]));
  const auto algorithm = rsa_algorithm(bits);
  if (!algorithm) {
    return refuse("an RSA key of " + std::to_string(bits) + " bits is " + (bits < 2048 ? "too short" : "not supported") +
                  ": 2048, 3072 or 4096");
  }
  auto material = SecretBytes::copy_of(der);
  if (!material) return material.failure();
  return checked(*algorithm, *std::move(material));
}

Result<ReadKey> read_ec_private_key(ByteView der, ByteView curve) {
  DerReader file(der);
  DerReader reader = file.enter(DerTag::sequence);
  const std::uint64_t version = reader.take_number();
  const ByteView scalar = reader.take_octet_string();
  const ByteView own_curve = reader.next_is(DerTag::context_0) ? reader.take(DerTag::context_0) : ByteView();
  ByteView point;
  if (reader.next_is(DerTag::context_1)) {
    DerReader bits = reader.enter(DerTag::context_1);
    point = bits.take_bits();
    if (point.empty() || !bits.finished()) return malformed("ECPrivateKey (RFC 5915)");
  }
  if (version != 1 || scalar.empty() || !reader.finished() || !file.finished()) return malformed("ECPrivateKey (RFC 5915)");
  if (curve.empty() && own_curve.empty()) return refuse("the EC key in this file does not say on which curve it is");
  if (!curve.empty() && !own_curve.empty() && !std::ranges::equal(curve, own_curve))
    return refuse("the file names two curves for its EC key");
  auto algorithm = read_curve(curve.empty() ? own_curve : curve);
  if (!algorithm) return algorithm.failure();
  auto material = padded_scalar(scalar);
  if (!material) return material.failure();
  return match(checked(*algorithm, *std::move(material)), point);
}

Result<ReadKey> read_private_key_info(ByteView der) {
  DerReader file(der);
  DerReader reader = file.enter(DerTag::sequence);
  const std::uint64_t version = reader.take_number();
  DerReader algorithm = reader.enter(DerTag::sequence);
  const ByteView name = algorithm.take_oid();
  const ByteView private_key = reader.take_octet_string();
  if (reader.next_is(DerTag::context_0)) reader.take(DerTag::context_0);  // attributes, of no use here
  const ByteView point = reader.next_is(DerTag::context_1_primitive) ? reader.take_bits(DerTag::context_1_primitive) : ByteView();
  if (version > 1 || name.empty() || !reader.finished() || !file.finished()) return malformed("PrivateKeyInfo (RFC 5958)");

  if (oid::is(name, oid::kRsa)) {
    algorithm.take_null();
    return algorithm.finished() && point.empty() ? read_rsa_private_key(private_key) : malformed("PrivateKeyInfo of an RSA key");
  }
  if (oid::is(name, oid::kEc)) return match(read_ec_private_key(private_key, algorithm.rest()), point);
  if (oid::is(name, oid::kEd25519))
    return algorithm.finished() ? read_ed25519(private_key, point) : malformed("PrivateKeyInfo of an Ed25519 key");
  return refuse("this file holds a key for " + oid::name(name) +
                ": Custos signs with Ed25519, ECDSA on P-256 and secp256k1, and RSA (PKCS#1 v1.5)");
}

Result<SecretBytes> padded_scalar(ByteView bytes) {
  if (bytes.size() > kScalarSize)
    return refuse("a private key of " + std::to_string(bytes.size()) + " bytes is too long for its curve: 32");
  auto scalar = SecretBytes::allocate(kScalarSize);
  if (scalar) std::ranges::copy(bytes, scalar->mutable_view(InsecureSecretAccess{}).last(bytes.size()).begin());
  return scalar;
}

bool looks_like_key(ByteView der) noexcept {
  DerReader file(der);
  DerReader reader = file.enter(DerTag::sequence);
  return reader.next_is(DerTag::integer) && reader.take_number() <= 1 && file.finished();
}

}  // namespace custos::key
