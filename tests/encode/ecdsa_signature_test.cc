#include "encode/ecdsa_signature.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "encode/hex.h"

namespace custos::encode {
namespace {

using Signature = std::array<std::uint8_t, kEcdsaSize>;

std::string round_trip(const Signature& signature) {
  EcdsaDer place;
  Signature back;
  back.fill(0xEE);
  return read_ecdsa_der(write_ecdsa_der(signature, place), back) ? to_hex(back) : "not read";
}

TEST(EcdsaSignature, SurvivesTheWayThroughDer) {
  std::mt19937 generator(3279);  // NOLINT: the same signatures in every run
  for (int i = 0; i < 2000; ++i) {
    Signature signature{};
    for (auto& byte : signature) byte = static_cast<std::uint8_t>(generator());
    for (std::size_t zeroes = generator() % 33, j = 0; j < zeroes; ++j) signature[j] = 0;
    for (std::size_t zeroes = generator() % 33, j = 0; j < zeroes; ++j) signature[32 + j] = 0;
    ASSERT_EQ(round_trip(signature), to_hex(signature));
  }
}

TEST(EcdsaSignature, FillsTheLongestDer) {
  Signature signature;
  signature.fill(0xFF);
  EcdsaDer place;
  EXPECT_EQ(write_ecdsa_der(signature, place).size(), kMaxEcdsaDer);
}

TEST(EcdsaSignature, ReadsNothingButOneSignatureOfTwoNumbers) {
  Signature out;
  const auto reads = [&](const std::string& der) { return read_ecdsa_der(*from_hex(der), out); };
  EXPECT_TRUE(reads("3006020101020102"));
  EXPECT_FALSE(reads(""));
  EXPECT_FALSE(reads("3003020101")) << "one number";
  EXPECT_FALSE(reads("3009020101020102020103")) << "three numbers";
  EXPECT_FALSE(reads("300602010102010200")) << "a byte after it";
  EXPECT_FALSE(reads("30060201010201ff")) << "a negative number";
  EXPECT_FALSE(reads("300702020001020102")) << "a number that is not in its shortest form";
  EXPECT_FALSE(reads("3026022101" + std::string(64, '0') + "020102")) << "a number of 33 bytes";
}

}  // namespace
}  // namespace custos::encode
