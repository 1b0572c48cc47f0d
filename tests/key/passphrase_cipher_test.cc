#include "key/passphrase_cipher.h"

#include <gtest/gtest.h>

#include "key/key_files.h"

namespace custos::key {
namespace {

std::string cost_of(const Derivation& derivation, const KdfLimits& limits = {}) {
  const auto checked = check_cost(derivation, limits);
  return checked ? "bearable" : std::string(to_string(checked.error().code)) + ": " + checked.error().detail;
}

TEST(PassphraseCipher, ScryptAgreesWithRfc7914) {
  for (const auto& vector : vectors("rfc7914_scrypt.json")) {
    const std::string salt = vector.at("salt");
    const auto key = derive(Scrypt{as_bytes(salt), vector.at("n"), vector.at("r"), vector.at("p")},
                            test::secret_of(vector.at("passphrase").get<std::string>()), 64);
    ASSERT_TRUE(key) << key.error().detail;
    EXPECT_EQ(encode::to_hex(key->view(InsecureSecretAccess{})), vector.at("key").get<std::string>()) << vector.at("n");
  }
}

TEST(PassphraseCipher, Pbkdf2AgreesWithRfc7914AndRfc6070) {
  const auto pbkdf2 = [](const char* digest, std::string_view word, std::string_view salt, std::uint64_t rounds,
                         std::size_t size) {
    const auto key = derive(Pbkdf2{digest, as_bytes(salt), rounds}, test::secret_of(word), size);
    return key ? encode::to_hex(key->view(InsecureSecretAccess{})) : key.error().detail;
  };
  EXPECT_EQ(pbkdf2("SHA256", "passwd", "salt", 1, 64),  // RFC 7914, section 11
            "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
            "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783");
  EXPECT_EQ(pbkdf2("SHA1", "password", "salt", 4096, 20), "4b007901b765489abead49d926f721d065a429c1");  // RFC 6070
}

TEST(PassphraseCipher, BoundsTheRoundsOfPbkdf2) {
  EXPECT_EQ(cost_of(Pbkdf2{"SHA256", {}, 10'000'000}), "bearable");
  EXPECT_EQ(
      cost_of(Pbkdf2{"SHA256", {}, 10'000'001}),
      "bad_input: the key file asks for 10000001 rounds of PBKDF2, at most 10000000 are allowed: encrypt it anew with less");
  EXPECT_EQ(cost_of(Pbkdf2{"SHA256", {}, 0}), "bad_input: the key file asks for no round of PBKDF2: it is damaged");
}

TEST(PassphraseCipher, BoundsTheMemoryAndWorkOfScrypt) {
  EXPECT_EQ(cost_of(Scrypt{{}, 1U << 19U, 8, 1}), "bearable");
  EXPECT_EQ(cost_of(Scrypt{{}, 1U << 19U, 8, 4}), "bearable");
  EXPECT_EQ(
      cost_of(Scrypt{{}, 1U << 20U, 8, 1}),
      "bad_input: the key file asks for 1073741824 bytes of memory for scrypt, at most 536870912 are allowed: encrypt it anew "
      "with less");
  EXPECT_EQ(
      cost_of(Scrypt{{}, 1U << 19U, 8, 5}),
      "bad_input: the key file asks for 2684354560 bytes of work by scrypt, at most 2147483648 are allowed: encrypt it anew "
      "with less");
  constexpr auto kHuge = ~std::uint64_t{0};
  for (const auto& scrypt : {Scrypt{{}, 2, kHuge, 1}, Scrypt{{}, 2, 1, kHuge}, Scrypt{{}, std::uint64_t{1} << 63U, 1, 1}}) {
    EXPECT_TRUE(cost_of(scrypt).starts_with("bad_input: the key file asks for ")) << cost_of(scrypt);
  }
}

TEST(PassphraseCipher, RefusesParametersThatScryptHasNot) {
  for (const auto& scrypt :
       {Scrypt{{}, 0, 8, 1}, Scrypt{{}, 1, 8, 1}, Scrypt{{}, 12, 8, 1}, Scrypt{{}, 16, 0, 1}, Scrypt{{}, 16, 8, 0}}) {
    EXPECT_EQ(cost_of(scrypt),
              "bad_input: the key file's scrypt parameters are none: N must be a power of 2 above 1, r and p above 0");
  }
}

TEST(PassphraseCipher, RefusesACiphertextOfBrokenBlocks) {
  const Bytes key(16);
  const Bytes iv(16);
  for (const std::size_t size : {0U, 15U, 17U}) {
    const auto plain = decrypt(kAes128Cbc, key, iv, Bytes(size));
    ASSERT_FALSE(plain) << size;
    EXPECT_EQ(plain.error().code, Errc::bad_input);
  }
}

}  // namespace
}  // namespace custos::key
