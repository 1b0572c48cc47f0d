#include "hash/hash.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "encode/hex.h"
#include "support/test_data.h"

namespace custos::hash {
namespace {

struct Named {
  const char* name;
  Algorithm algorithm;
};
constexpr std::array kAlgorithms{Named{"sha256", Algorithm::sha256}, Named{"sha384", Algorithm::sha384},
                                 Named{"sha512", Algorithm::sha512}};

SecretBytes secret_of(ByteView bytes) { return *SecretBytes::copy_of(bytes); }

Bytes from_hex(const std::string& text) {
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(text.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

nlohmann::json load(const char* name) {
  std::ifstream file(test::test_data(std::string("vectors/") + name));
  return nlohmann::json::parse(file).at("vectors");
}

TEST(Hash, HmacAgreesWithRfc4231) {
  for (const auto& vector : load("rfc4231_hmac.json")) {
    const auto key = secret_of(from_hex(vector.at("key")));
    const auto data = from_hex(vector.at("data"));
    for (const auto& [name, algorithm] : kAlgorithms) {
      Bytes mac(digest_size(algorithm));
      ASSERT_TRUE(hmac(algorithm, key, data, mac));
      const std::string expected = vector.at(name);
      EXPECT_EQ(encode::to_hex(mac).substr(0, expected.size()), expected) << vector.at("name") << ' ' << name;
    }
  }
}

TEST(Hash, DigestsAgreeWithFips180) {
  for (const auto& vector : load("fips180_digests.json")) {
    const auto message = from_hex(vector.at("data"));
    for (const auto& [name, algorithm] : kAlgorithms) {
      Bytes digest(digest_size(algorithm));
      ASSERT_TRUE(digest_secret(algorithm, secret_of(message), digest));
      EXPECT_EQ(encode::to_hex(digest), vector.at(name).get<std::string>()) << vector.at("name");
    }
    EXPECT_EQ(encode::to_hex(sha256(message)), vector.at("sha256").get<std::string>()) << vector.at("name");
  }
}

TEST(Hash, Sha256JoinsItsParts) {
  const std::array parts{as_bytes("ab"), as_bytes(""), as_bytes("c")};
  EXPECT_EQ(sha256(parts), sha256(as_bytes("abc")));
}

TEST(Hash, HmacTakesAnEmptySecretAndAnEmptyMessage) {
  // RFC 2104: a short key is padded with zeroes, so that no key at all equals a block of zeroes.
  Bytes empty(32);
  Bytes zeroes(32);
  ASSERT_TRUE(hmac(Algorithm::sha256, SecretBytes(), as_bytes(""), empty));
  ASSERT_TRUE(hmac(Algorithm::sha256, *SecretBytes::allocate(64), as_bytes(""), zeroes));
  EXPECT_EQ(empty, zeroes);
}

TEST(HashDeathTest, RefusesABufferOfAnotherSize) {
  Bytes wrong(33);
  EXPECT_DEATH(static_cast<void>(hmac(Algorithm::sha256, SecretBytes(), as_bytes("x"), wrong)), "");
  EXPECT_DEATH(static_cast<void>(digest_secret(Algorithm::sha512, SecretBytes(), wrong)), "");
}

}  // namespace
}  // namespace custos::hash
