#include "hash/hmac_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <utility>

#include "encode/hex.h"
#include "support/test_data.h"

namespace custos::hash {
namespace {

struct Named {
  const char* name;
  Algorithm algorithm;
  const EVP_MD* (*digest)();
};
constexpr std::array kAlgorithms{Named{"sha256", Algorithm::sha256, EVP_sha256}, Named{"sha384", Algorithm::sha384, EVP_sha384},
                                 Named{"sha512", Algorithm::sha512, EVP_sha512}};

Bytes from_hex(const std::string& text) {
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(text.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

HmacKey key_of(Algorithm algorithm, ByteView secret) {
  auto key = HmacKey::make(algorithm, *SecretBytes::copy_of(secret));
  if (!key) std::abort();
  return *std::move(key);
}

std::string mac_of(const HmacKey& key, ByteView message) {
  Bytes mac(digest_size(key.algorithm()));
  key.mac(message, mac);
  return encode::to_hex(mac);
}

// reference is OpenSSL's one-shot HMAC.
std::string reference(const Named& named, ByteView secret, ByteView message) {
  Bytes mac(digest_size(named.algorithm));
  static constexpr std::uint8_t kNothing = 0;
  const void* bytes = secret.empty() ? &kNothing : secret.data();
  if (HMAC(named.digest(), bytes, static_cast<int>(secret.size()), message.data(), message.size(), mac.data(), nullptr) ==
      nullptr)
    return "OpenSSL failed";
  return encode::to_hex(mac);
}

class RandomBytes {
 public:
  Bytes operator()(std::size_t size) {
    Bytes bytes(size);
    std::ranges::generate(bytes, [this] { return static_cast<std::uint8_t>(generator_()); });
    return bytes;
  }

 private:
  std::mt19937 generator_{4231};  // NOLINT: the same bytes in every run
};

TEST(HmacKey, AgreesWithRfc4231) {
  std::ifstream file(test::test_data("vectors/rfc4231_hmac.json"));
  const auto vectors = nlohmann::json::parse(file).at("vectors");
  EXPECT_EQ(vectors.size(), 7U);
  for (const auto& vector : vectors) {
    for (const auto& named : kAlgorithms) {
      const auto key = key_of(named.algorithm, from_hex(vector.at("key")));
      const std::string expected = vector.at(named.name);
      EXPECT_EQ(mac_of(key, from_hex(vector.at("data"))).substr(0, expected.size()), expected)
          << vector.at("name") << ' ' << named.name;
    }
  }
}

TEST(HmacKey, AgreesWithOpenSslForEveryMessageLength) {
  RandomBytes random;
  for (const auto& named : kAlgorithms) {
    for (std::size_t size = 0; size <= 300; ++size) {
      const auto secret = random(1 + size % 140);
      const auto message = random(size);
      ASSERT_EQ(mac_of(key_of(named.algorithm, secret), message), reference(named, secret, message))
          << named.name << ", message of " << size;
    }
  }
}

TEST(HmacKey, AgreesWithOpenSslForEverySecretLength) {
  RandomBytes random;
  for (const auto& named : kAlgorithms) {
    for (std::size_t size = 0; size <= 300; ++size) {
      const auto secret = random(size);
      const auto message = random(150);
      ASSERT_EQ(mac_of(key_of(named.algorithm, secret), message), reference(named, secret, message))
          << named.name << ", secret of " << size;
    }
  }
}

TEST(HmacKey, AgreesWithOpenSslForLongMessagesAtAnyAddress) {
  RandomBytes random;
  const auto secret = random(32);
  for (const auto& named : kAlgorithms) {
    const auto key = key_of(named.algorithm, secret);
    for (std::size_t offset = 0; offset < 16; ++offset) {
      const auto buffer = random(4096 + 77 + offset);
      const auto message = ByteView(buffer).subspan(offset);
      EXPECT_EQ(mac_of(key, message), reference(named, secret, message)) << named.name << ", offset " << offset;
    }
  }
}

TEST(HmacKey, IsTheSameAfterAMove) {
  auto first = key_of(Algorithm::sha256, as_bytes("secret"));
  const auto expected = mac_of(first, as_bytes("message"));
  const HmacKey second = std::move(first);
  EXPECT_EQ(mac_of(second, as_bytes("message")), expected);
}

TEST(HmacKey, WritesOverItsMessage) {
  const auto key = key_of(Algorithm::sha256, as_bytes("secret"));
  Bytes buffer = from_hex("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
  const auto expected = mac_of(key, buffer);
  key.mac(buffer, buffer);
  EXPECT_EQ(encode::to_hex(buffer), expected);
}

TEST(HmacKeyDeathTest, RefusesABufferOfAnotherSize) {
  const auto key = key_of(Algorithm::sha384, as_bytes("secret"));
  Bytes wrong(32);
  EXPECT_DEATH(key.mac(as_bytes("message"), wrong), "");
}

}  // namespace
}  // namespace custos::hash
