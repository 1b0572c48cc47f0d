#include "key/key_material.h"

#include <gtest/gtest.h>

#include <string>

#include "key/rsa_material.h"
#include "support/vectors.h"

namespace custos::key {
namespace {

constexpr std::string_view kOrderP256 = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
constexpr std::string_view kOrderSecp256k1 = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";

// check is "ok" or the error.
std::string check(Algorithm algorithm, const Bytes& material) {
  const auto checked = check_material(algorithm, *SecretBytes::copy_of(material));
  return checked ? "ok" : std::string(to_string(checked.error().code)) + ": " + checked.error().detail;
}

Bytes rsa_of(Algorithm algorithm) {
  for (const auto& key : test::vectors_of("rsa_keys.json", "keys")) {
    if (test::algorithm_of(key) == algorithm) return test::hex(key.at("material"));
  }
  return {};
}

TEST(KeyMaterial, CountsTheBytesOfASeed) {
  EXPECT_EQ(check(Algorithm::ed25519, Bytes(32)), "ok");
  EXPECT_EQ(check(Algorithm::ed25519, Bytes(31, 1)), "bad_input: an Ed25519 seed has 32 bytes, this one has 31");
  EXPECT_EQ(check(Algorithm::ed25519, Bytes(64, 1)), "bad_input: an Ed25519 seed has 32 bytes, this one has 64");
  EXPECT_EQ(check(Algorithm::ed25519, {}), "bad_input: an Ed25519 seed has 32 bytes, this one has 0");
}

TEST(KeyMaterial, CountsTheBytesOfAnHmacSecret) {
  EXPECT_EQ(check(Algorithm::hmac_sha256, Bytes(32)), "ok");
  EXPECT_EQ(check(Algorithm::hmac_sha256, Bytes(64)), "ok");
  EXPECT_EQ(check(Algorithm::hmac_sha256, Bytes(31)), "bad_input: an HMAC-SHA256 key has 32 to 64 bytes, this one has 31");
  EXPECT_EQ(check(Algorithm::hmac_sha256, Bytes(65)), "bad_input: an HMAC-SHA256 key has 32 to 64 bytes, this one has 65");
  EXPECT_EQ(check(Algorithm::hmac_sha384, Bytes(48)), "ok");
  EXPECT_EQ(check(Algorithm::hmac_sha512, Bytes(128)), "ok");
}

TEST(KeyMaterial, KeepsScalarsBelowTheOrderOfTheirCurve) {
  for (const auto& [algorithm, order] :
       {std::pair{Algorithm::ecdsa_p256, kOrderP256}, std::pair{Algorithm::ecdsa_secp256k1, kOrderSecp256k1}}) {
    const std::string name(facts_of(algorithm).name);
    const std::string refusal =
        "bad_input: an " + name + " private key must be greater than 0 and less than the order of its curve; this one is not";
    Bytes scalar = *encode::from_hex(order);
    EXPECT_EQ(check(algorithm, scalar), refusal);
    --scalar[31];
    EXPECT_EQ(check(algorithm, scalar), "ok");
    EXPECT_EQ(check(algorithm, Bytes(32)), refusal);
    EXPECT_EQ(check(algorithm, Bytes(32, 0xFF)), refusal);
    EXPECT_EQ(check(algorithm, Bytes(33)), "bad_input: an " + name + " private key has 32 bytes, this one has 33");
    Bytes one(32);
    one[31] = 1;
    EXPECT_EQ(check(algorithm, one), "ok");
  }
}

TEST(KeyMaterial, TakesRsaKeysOfExactlyTheirSize) {
  EXPECT_EQ(check(Algorithm::rsa_2048, rsa_of(Algorithm::rsa_2048)), "ok");
  EXPECT_EQ(check(Algorithm::rsa_2048, rsa_of(Algorithm::rsa_3072)),
            "bad_input: an RSA-2048 key has 2048 bits, this one has 3072");
}

TEST(KeyMaterial, RefusesRsa1024) {
  const EvpKey key(EVP_PKEY_Q_keygen(own_library(), nullptr, "RSA", std::size_t{1024}));
  const auto material = rsa_material(key.get());
  ASSERT_TRUE(material);
  const auto checked = check_material(Algorithm::rsa_2048, *material);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().detail, "an RSA-2048 key has 2048 bits, this one has 1024");
}

// One bit of a number is changed: each is bound to the others.
TEST(KeyMaterial, RefusesRsaNumbersThatDoNotBelongTogether) {
  Bytes der = rsa_of(Algorithm::rsa_2048);
  const auto numbers = read_rsa(der);
  ASSERT_TRUE(numbers);
  const auto check_changed = [&](ByteView number) {
    auto& byte = der[static_cast<std::size_t>(number.data() - der.data()) + number.size() / 2];
    byte ^= 0x10;
    auto outcome = check(Algorithm::rsa_2048, der);
    byte ^= 0x10;
    return outcome;
  };
  const std::string refusal = "bad_input: the parts of this RSA key do not belong together: ";
  EXPECT_EQ(check_changed(numbers->modulus), refusal + "p·q is not n");
  EXPECT_EQ(check_changed(numbers->prime1), refusal + "p·q is not n");
  EXPECT_EQ(check_changed(numbers->prime2), refusal + "p·q is not n");
  EXPECT_EQ(check_changed(numbers->private_exponent), refusal + "d is not the inverse of e");
  EXPECT_EQ(check_changed(numbers->public_exponent), refusal + "d is not the inverse of e");
  EXPECT_EQ(check_changed(numbers->exponent1), refusal + "dP is not d mod p-1");
  EXPECT_EQ(check_changed(numbers->exponent2), refusal + "dQ is not d mod q-1");
  EXPECT_EQ(check_changed(numbers->coefficient), refusal + "qInv is not the inverse of q");
  EXPECT_EQ(check(Algorithm::rsa_2048, der), "ok");
}

TEST(KeyMaterial, RefusesWhatIsNoRsaPrivateKey) {
  const std::string refusal = "bad_input: this is no RSAPrivateKey of two primes in DER (RFC 8017, A.1.2)";
  Bytes der = rsa_of(Algorithm::rsa_2048);
  EXPECT_EQ(check(Algorithm::rsa_2048, {}), refusal);
  EXPECT_EQ(check(Algorithm::rsa_2048, {der.begin(), der.end() - 1}), refusal);
  der.push_back(0);
  EXPECT_EQ(check(Algorithm::rsa_2048, der), refusal) << "a byte after it";
  der.pop_back();
  der[6] = 1;  // the version of keys with more than two primes
  EXPECT_EQ(check(Algorithm::rsa_2048, der), refusal);
}

TEST(KeyMaterial, GivesThePublicKeyOfRfc8032) {
  for (const auto& vector : test::vectors_of("rfc8032_ed25519.json")) {
    const auto key = public_key_of(Algorithm::ed25519, test::secret_hex(vector.at("secret_key")));
    ASSERT_TRUE(key);
    EXPECT_EQ(key->raw(), test::hex(vector.at("public_key"))) << vector.at("name");
  }
}

TEST(KeyMaterial, GivesThePublicKeysOfBothCurves) {
  const auto point_of = [](Algorithm algorithm, std::string_view scalar) {
    const auto key = public_key_of(algorithm, *SecretBytes::copy_of(*encode::from_hex(scalar)));
    return key ? encode::to_hex(key->raw()) : key.error().detail;
  };
  EXPECT_EQ(
      point_of(Algorithm::ecdsa_p256, "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"),
      "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c2"
      "94d4462299")  // RFC 6979, A.2.5
      << "P-256";
  EXPECT_EQ(
      point_of(Algorithm::ecdsa_secp256k1, "0000000000000000000000000000000000000000000000000000000000000001"),
      "0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d0"
      "8ffb10d4b8")  // SEC 2, 2.4.1
      << "secp256k1";
}

TEST(KeyMaterial, GivesThePublicKeyThatOpenSslGivesForRsa) {
  for (const auto& key : test::vectors_of("rsa_keys.json", "keys")) {
    const auto made = public_key_of(test::algorithm_of(key), test::secret_hex(key.at("material")));
    ASSERT_TRUE(made);
    EXPECT_EQ(made->spki(), test::hex(key.at("public_key"))) << key.at("algorithm");
  }
}

TEST(KeyMaterial, HasNoPublicHalfOfASecret) {
  EXPECT_FALSE(public_key_of(Algorithm::hmac_sha256, *SecretBytes::copy_of(Bytes(32))));
}

}  // namespace
}  // namespace custos::key
