#include "key/public_key.h"

#include <gtest/gtest.h>

#include <string>

#include "support/vectors.h"

namespace custos::key {
namespace {

using test::hex;

Scheme scheme_of(const std::string& name) {
  if (name == "ed25519") return Scheme::ed25519;
  return name == "ecdsa-digest" ? Scheme::ecdsa_digest : Scheme::ecdsa_sha256;
}

PublicKey key_of(Algorithm algorithm, const Bytes& point) {
  auto key = algorithm == Algorithm::ed25519 ? PublicKey::ed25519(point) : PublicKey::ecdsa(algorithm, point);
  if (!key) ADD_FAILURE() << key.error().detail;
  return *std::move(key);
}

// rsa_spki is the public key of tests/data's RSA key.
Bytes rsa_spki(Algorithm algorithm) {
  for (const auto& key : test::vectors_of("rsa_keys.json", "keys")) {
    if (test::algorithm_of(key) == algorithm) return hex(key.at("public_key"));
  }
  return {};
}

const Bytes kEd25519Point = *encode::from_hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
const Bytes kGeneratorP256 = *encode::from_hex(
    "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837"
    "bf51f5");
const Bytes kGeneratorSecp256k1 = *encode::from_hex(
    "0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb"
    "1"
    "0d4b8");

// why is the error of a refused key.
template <class Outcome>
std::string why(const Outcome& key) {
  if (key) return "taken";
  return std::string(to_string(key.error().code)) + ": " + key.error().detail;
}

TEST(PublicKey, JudgesEverySignatureCaseAsItShould) {
  for (const auto& vector : test::vectors_of("signature_cases.json")) {
    const auto key = key_of(test::algorithm_of(vector), hex(vector.at("key")));
    const bool valid = key.verifies(scheme_of(vector.at("scheme")), hex(vector.at("message")), hex(vector.at("signature")));
    EXPECT_EQ(valid, vector.at("valid").get<bool>()) << vector.at("algorithm") << ' ' << vector.at("name");
  }
}

TEST(PublicKey, VerifiesInNoSchemeOfAnotherAlgorithm) {
  for (const auto& vector : test::vectors_of("signature_cases.json")) {
    if (!vector.at("valid").get<bool>()) continue;
    const auto key = key_of(test::algorithm_of(vector), hex(vector.at("key")));
    for (const Scheme scheme :
         {Scheme::mac, Scheme::ed25519, Scheme::ecdsa_sha256, Scheme::ecdsa_digest, Scheme::rsa_pkcs1_sha256}) {
      if (scheme == scheme_of(vector.at("scheme"))) continue;
      EXPECT_FALSE(key.verifies(scheme, hex(vector.at("message")), hex(vector.at("signature")))) << vector.at("name");
    }
  }
}

TEST(PublicKey, ReadsBackTheSpkiThatItWrites) {
  const auto ed25519 = key_of(Algorithm::ed25519, kEd25519Point);
  const auto p256 = key_of(Algorithm::ecdsa_p256, kGeneratorP256);
  const auto secp256k1 = key_of(Algorithm::ecdsa_secp256k1, kGeneratorSecp256k1);
  for (const auto* key : {&ed25519, &p256, &secp256k1}) {
    const auto back = PublicKey::from_spki(key->algorithm(), key->spki());
    ASSERT_TRUE(back) << back.error().detail;
    EXPECT_EQ(back->raw(), key->raw());
    EXPECT_EQ(back->spki(), key->spki());
  }
  for (const auto algorithm : {Algorithm::rsa_2048, Algorithm::rsa_3072, Algorithm::rsa_4096}) {
    const auto key = PublicKey::from_spki(algorithm, rsa_spki(algorithm));  // written by OpenSSL
    ASSERT_TRUE(key) << key.error().detail;
    EXPECT_EQ(key->spki(), rsa_spki(algorithm));
    EXPECT_TRUE(key->raw().empty());
  }
}

TEST(PublicKey, WritesTheSpkiOfTheStandards) {
  EXPECT_EQ(encode::to_hex(key_of(Algorithm::ed25519, kEd25519Point).spki()),  // RFC 8410, section 10.1, has its first 12 bytes
            "302a300506032b6570032100" + encode::to_hex(kEd25519Point));
  EXPECT_EQ(encode::to_hex(key_of(Algorithm::ecdsa_p256, kGeneratorP256).spki()),
            "3059301306072a8648ce3d020106082a8648ce3d030107034200" + encode::to_hex(kGeneratorP256));
  EXPECT_EQ(encode::to_hex(key_of(Algorithm::ecdsa_secp256k1, kGeneratorSecp256k1).spki()),
            "3056301006072a8648ce3d020106052b8104000a034200" + encode::to_hex(kGeneratorSecp256k1));
}

TEST(PublicKey, WritesPem) {
  EXPECT_EQ(key_of(Algorithm::ed25519, kEd25519Point).pem(),
            "-----BEGIN PUBLIC KEY-----\n"
            "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
            "-----END PUBLIC KEY-----\n");
  const std::string rsa = PublicKey::from_spki(Algorithm::rsa_2048, rsa_spki(Algorithm::rsa_2048))->pem();
  EXPECT_EQ(rsa.find('\n', 27), 27U + 64) << "lines of 64 characters";
}

TEST(PublicKey, TakesCompressedPoints) {
  for (const auto& [algorithm, point] :
       {std::pair{Algorithm::ecdsa_p256, kGeneratorP256}, std::pair{Algorithm::ecdsa_secp256k1, kGeneratorSecp256k1}}) {
    Bytes compressed(point.begin(), point.begin() + 33);
    compressed[0] = static_cast<std::uint8_t>(2 + point.back() % 2);
    EXPECT_EQ(key_of(algorithm, compressed).raw(), point);
    compressed[0] ^= 1;
    EXPECT_NE(key_of(algorithm, compressed).raw(), point) << "the other root";
  }
}

TEST(PublicKey, RefusesWhatIsNoPointOfTheCurve) {
  for (const auto& [of, point] :
       {std::pair{Algorithm::ecdsa_p256, kGeneratorP256}, std::pair{Algorithm::ecdsa_secp256k1, kGeneratorSecp256k1}}) {
    const Algorithm algorithm = of;
    const auto refused = [algorithm](const Bytes& bytes) { return !PublicKey::ecdsa(algorithm, bytes); };
    Bytes changed = point;
    changed[64] ^= 1;
    EXPECT_TRUE(refused(changed)) << "off the curve";
    changed = point;
    changed[0] = 6 + point.back() % 2;
    EXPECT_TRUE(refused(changed)) << "the hybrid form";
    EXPECT_TRUE(refused({0})) << "the point at infinity";
    EXPECT_TRUE(refused(Bytes(65))) << "zeroes";
    EXPECT_TRUE(refused({}));
    EXPECT_TRUE(refused({point.begin(), point.end() - 1}));
    EXPECT_TRUE(refused(algorithm == Algorithm::ecdsa_p256 ? kGeneratorSecp256k1 : kGeneratorP256)) << "the other curve";
    changed.assign(33, 0xFF);
    changed[0] = 2;
    EXPECT_TRUE(refused(changed)) << "x is not below the field's prime";
  }
}

TEST(PublicKey, RefusesEd25519PointsOutsideTheGroup) {
  const auto refused = [](std::string_view point) { return !PublicKey::ed25519(*encode::from_hex(point)); };
  EXPECT_TRUE(refused("0100000000000000000000000000000000000000000000000000000000000000")) << "the neutral point";
  EXPECT_TRUE(refused("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")) << "of order 2";
  EXPECT_TRUE(refused("0000000000000000000000000000000000000000000000000000000000000000")) << "of order 4";
  EXPECT_TRUE(refused("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")) << "of order 8";
  EXPECT_TRUE(refused("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")) << "y is not below the prime";
  EXPECT_TRUE(refused("0200000000000000000000000000000000000000000000000000000000000000")) << "not on the curve";
  EXPECT_TRUE(refused("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f70751")) << "31 bytes";
}

TEST(PublicKey, SaysWhoseKeyItIsInstead) {
  const auto secp256k1 = key_of(Algorithm::ecdsa_secp256k1, kGeneratorSecp256k1);
  EXPECT_EQ(why(PublicKey::from_spki(Algorithm::ecdsa_p256, secp256k1.spki())),
            "bad_input: no public key of ECDSA-P256: it is one of ECDSA-secp256k1");
  EXPECT_EQ(why(PublicKey::from_spki(Algorithm::rsa_3072, rsa_spki(Algorithm::rsa_2048))),
            "bad_input: an RSA-3072 key has 3072 bits, this one has 2048");
  EXPECT_EQ(why(PublicKey::from_spki(Algorithm::hmac_sha256, secp256k1.spki())),
            "bad_input: no public key of HMAC-SHA256: that algorithm has none");
}

TEST(PublicKey, RefusesEveryChangedHeaderByte) {
  for (const auto& key : {key_of(Algorithm::ed25519, kEd25519Point), key_of(Algorithm::ecdsa_p256, kGeneratorP256),
                          key_of(Algorithm::ecdsa_secp256k1, kGeneratorSecp256k1)}) {
    for (std::size_t i = 0; i + key.raw().size() < key.spki().size(); ++i) {
      Bytes changed = key.spki();
      changed[i] ^= 0x01;
      EXPECT_FALSE(PublicKey::from_spki(key.algorithm(), changed)) << facts_of(key.algorithm()).name << ", byte " << i;
    }
    for (std::size_t size = 0; size < key.spki().size(); ++size) {
      EXPECT_FALSE(PublicKey::from_spki(key.algorithm(), ByteView(key.spki()).first(size))) << "cut to " << size;
    }
    Bytes longer = key.spki();
    longer.push_back(0);
    EXPECT_FALSE(PublicKey::from_spki(key.algorithm(), longer)) << "a byte after it";
  }
}

TEST(PublicKey, RefusesWeakRsaNumbers) {
  const Bytes modulus = [] {
    Bytes bytes(256, 0xFF);
    bytes[0] = 0x80;
    return bytes;
  }();
  const auto refused = [](const Bytes& n, const Bytes& e) { return !PublicKey::rsa(Algorithm::rsa_2048, n, e); };
  EXPECT_FALSE(refused(modulus, {1, 0, 1}));
  EXPECT_TRUE(refused(modulus, {3}));
  EXPECT_TRUE(refused(modulus, {1, 0, 0})) << "even";
  EXPECT_TRUE(refused(modulus, {})) << "zero";
  EXPECT_TRUE(refused(modulus, {1, 0, 0, 0, 0, 0, 0, 0, 1})) << "of 65 bits";
  EXPECT_TRUE(refused(Bytes(256), {1, 0, 1})) << "a modulus of zero";
  EXPECT_TRUE(refused(Bytes(128, 0xFF), {1, 0, 1})) << "1024 bits";
  Bytes even = modulus;
  even.back() = 0xFE;
  EXPECT_TRUE(refused(even, {1, 0, 1})) << "an even modulus";
  Bytes short_by_a_bit = modulus;
  short_by_a_bit[0] = 0x7F;
  EXPECT_TRUE(refused(short_by_a_bit, {1, 0, 1})) << "2047 bits";
}

}  // namespace
}  // namespace custos::key
