#include "hash/keccak.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "encode/hex.h"
#include "support/test_data.h"

namespace custos::hash {
namespace {

Bytes random_bytes(std::size_t size) {
  static std::mt19937 random(7);
  Bytes bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

// sha3_256 is ours with the padding of FIPS 202, which OpenSSL has too.
std::string sha3_256(ByteView message) { return encode::to_hex(keccak256({&message, 1}, KeccakPadding::sha3)); }

std::string openssl_sha3_256(ByteView message) {
  Digest32 digest;
  EXPECT_EQ(EVP_Digest(message.data(), message.size(), digest.data(), nullptr, EVP_sha3_256(), nullptr), 1);
  return encode::to_hex(digest);
}

TEST(Keccak, PermutesAsOpenSslDoesForEveryLength) {
  for (std::size_t size = 0; size <= 500; ++size) {
    const auto message = random_bytes(size);
    ASSERT_EQ(sha3_256(message), openssl_sha3_256(message)) << size << " bytes";
  }
  for (const std::size_t size : {4'096U, 65'535U, 100'003U}) {
    const auto message = random_bytes(size);
    ASSERT_EQ(sha3_256(message), openssl_sha3_256(message)) << size << " bytes";
  }
}

TEST(Keccak, AgreesWithKnownVectors) {
  std::ifstream file(test::test_data("vectors/keccak256.json"));
  const auto vectors = nlohmann::json::parse(file).at("vectors");
  ASSERT_GE(vectors.size(), 5U);
  for (const auto& vector : vectors) {
    const std::string text = vector.at("text");
    EXPECT_EQ(encode::to_hex(keccak256(as_bytes(text))), vector.at("keccak256").get<std::string>()) << text;
  }
}

TEST(Keccak, JoinsItsParts) {
  const auto message = random_bytes(400);
  for (const std::size_t cut : {0U, 1U, 135U, 136U, 137U, 272U, 400U}) {
    const std::array<ByteView, 2> parts{ByteView(message).first(cut), ByteView(message).subspan(cut)};
    EXPECT_EQ(keccak256(parts), keccak256(message)) << cut;
  }
}

}  // namespace
}  // namespace custos::hash
