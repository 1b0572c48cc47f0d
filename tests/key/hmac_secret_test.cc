#include "key/hmac_secret.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <numeric>
#include <string>

#include "encode/hex.h"
#include "hash/hash.h"

namespace custos::key {
namespace {

// secret_of_size gives a secret whose bytes count up from 1, so that padding shows.
SecretBytes secret_of_size(std::size_t size) {
  auto secret = *SecretBytes::allocate(size);
  const auto bytes = secret.mutable_view(InsecureSecretAccess{});
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{1});
  return secret;
}

// openssl_mac is the reference: OpenSSL's one-call HMAC, which shares no code with ours.
Bytes openssl_mac(const SecretBytes& secret, Algorithm algorithm, ByteView message) {
  const EVP_MD* digest = algorithm == Algorithm::hmac_sha256   ? EVP_sha256()
                         : algorithm == Algorithm::hmac_sha384 ? EVP_sha384()
                                                               : EVP_sha512();
  Bytes mac(facts_of(algorithm).signature_size);
  const auto key = secret.view(InsecureSecretAccess{});
  HMAC(digest, key.data(), static_cast<int>(key.size()), message.data(), message.size(), mac.data(), nullptr);
  return mac;
}

TEST(HmacSecret, NormalisedSecretsMakeTheSameMac) {
  std::vector<std::size_t> sizes(200);
  std::iota(sizes.begin(), sizes.end(), 1U);
  sizes.insert(sizes.end(), {5'000, kMaxImportedSecret});
  const auto message = as_bytes("symbol=LTCBTC&side=BUY&timestamp=1499827319559");
  for (const auto& facts : kHmacAlgorithms) {
    for (const auto size : sizes) {
      const auto secret = secret_of_size(size);
      const auto normalised = normalise_hmac_secret(secret, facts.algorithm);
      ASSERT_TRUE(normalised) << facts.name << ' ' << size;
      EXPECT_EQ(openssl_mac(*normalised, facts.algorithm, message), openssl_mac(secret, facts.algorithm, message))
          << facts.name << ' ' << size;
      EXPECT_GE(normalised->size(), facts.secret_size) << facts.name << ' ' << size;
      EXPECT_LE(normalised->size(), facts.block_size) << facts.name << ' ' << size;
    }
  }
}

TEST(HmacSecret, LeavesASecretBetweenDigestAndBlockAsItIs) {
  for (const auto& facts : kHmacAlgorithms) {
    for (const auto size : {facts.secret_size, facts.block_size}) {
      const auto secret = secret_of_size(size);
      const auto normalised = normalise_hmac_secret(secret, facts.algorithm);
      ASSERT_TRUE(normalised);
      EXPECT_TRUE(normalised->equals(secret)) << facts.name << ' ' << size;
    }
  }
}

TEST(HmacSecret, RefusesAnEmptySecret) {
  const auto normalised = normalise_hmac_secret(SecretBytes(), Algorithm::hmac_sha256);
  ASSERT_FALSE(normalised);
  EXPECT_EQ(normalised.error().code, Errc::bad_input);
  EXPECT_EQ(normalised.error().detail, "the secret is empty");
}

TEST(HmacSecret, RefusesASecretAbove64KiB) {
  const auto normalised = normalise_hmac_secret(secret_of_size(kMaxImportedSecret + 1), Algorithm::hmac_sha256);
  ASSERT_FALSE(normalised);
  EXPECT_EQ(normalised.error().code, Errc::bad_input);
  EXPECT_EQ(normalised.error().detail, "the secret has 65537 bytes: at most 65536");
}

TEST(HmacSecret, TheCheckMessageIsTheDesigns) {
  CheckSalt salt;
  salt.fill(0xAB);
  const auto message = check_message(salt);
  std::string salt_hex;
  for (int i = 0; i < 32; ++i) salt_hex += "ab";
  EXPECT_EQ(encode::to_hex(message), "00637573746f732d636865636b2d7631" + salt_hex);  // 0x00 "custos-check-v1" salt
}

TEST(HmacSecret, TheCheckValueIsTheFirstHalfOfAMac) {
  Bytes mac(32);
  std::iota(mac.begin(), mac.end(), std::uint8_t{0});
  EXPECT_EQ(encode::to_hex(check_value(mac)), "000102030405060708090a0b0c0d0e0f");
}

TEST(HmacSecret, TheSoftwareCheckValueIsThatOfTheMacAndTheSameAfterNormalising) {
  CheckSalt salt;
  salt.fill(7);
  for (const auto& facts : kHmacAlgorithms) {
    for (const std::size_t size : {1U, 40U, 300U}) {
      const auto secret = secret_of_size(size);
      const auto expected = check_value(openssl_mac(secret, facts.algorithm, check_message(salt)));
      const auto value = software_check_value(secret, facts.algorithm, salt);
      ASSERT_TRUE(value) << value.error().detail;
      EXPECT_EQ(*value, expected) << facts.name << ' ' << size;
      const auto normalised = software_check_value(*normalise_hmac_secret(secret, facts.algorithm), facts.algorithm, salt);
      ASSERT_TRUE(normalised) << normalised.error().detail;
      EXPECT_EQ(*normalised, expected) << facts.name << ' ' << size;
    }
  }
}

TEST(HmacSecret, AnotherSaltOrSecretGivesAnotherCheckValue) {
  CheckSalt salt{};
  CheckSalt other{};
  other[31] = 1;
  const auto value = *software_check_value(secret_of_size(32), Algorithm::hmac_sha256, salt);
  EXPECT_NE(*software_check_value(secret_of_size(32), Algorithm::hmac_sha256, other), value);
  EXPECT_NE(*software_check_value(secret_of_size(33), Algorithm::hmac_sha256, salt), value);
}

}  // namespace
}  // namespace custos::key
