#include "software/rfc6979.h"

#include <gtest/gtest.h>

#include <set>

#include "hash/hash.h"
#include "software/p256_scalar.h"
#include "support/vectors.h"

namespace custos::software {
namespace {

using Block = Rfc6979::Block;

Block block_of(ByteView bytes) {
  Block block{};
  std::ranges::copy(bytes, block.begin());
  return block;
}

// digest_of is the digest that a vector signs, reduced as P-256 wants it.
Block digest_of(const nlohmann::json& vector) {
  const Block digest = vector.contains("digest") ? block_of(test::hex(vector.at("digest")))
                                                 : hash::sha256(as_bytes(vector.at("message").get<std::string>()));
  Block reduced;
  P256Scalar::from_bytes(digest).write(reduced);
  return reduced;
}

TEST(Rfc6979, GivesTheNoncesOfTheStandard) {
  for (const auto& vector : test::vectors_of("rfc6979_ecdsa.json")) {
    if (!vector.contains("nonce")) continue;
    Rfc6979 nonces(block_of(test::hex(vector.at("private_key"))), digest_of(vector));
    EXPECT_EQ(encode::to_hex(nonces.next()), vector.at("nonce").get<std::string>()) << vector.at("source");
  }
}

// The second and third candidates, which a curve of this order needs once in 2^32; computed with Python's hmac.
TEST(Rfc6979, GoesOnAfterARefusedCandidate) {
  const Block one = block_of(*encode::from_hex("0000000000000000000000000000000000000000000000000000000000000001"));
  Rfc6979 nonces(one, hash::sha256(as_bytes("sample")));
  EXPECT_EQ(encode::to_hex(nonces.next()), "0f23d7a2ba580b716ff2a03d43e26b3148eea2eb3a1fc6e7abf7cef3877b35be");
  EXPECT_EQ(encode::to_hex(nonces.next()), "58156259476fb9ff5093bd38a8277da74e2e8ef3234b3558707bdc3feb46d99d");
  EXPECT_EQ(encode::to_hex(nonces.next()), "690a246dcb65c9233435209a56481d30ada2119b3dd11d0ddfcd2134c54926f0");
}

TEST(Rfc6979, DependsOnKeyAndDigest) {
  std::set<Block> seen;
  for (unsigned i = 0; i < 16; ++i) {
    Block key{}, digest{};
    key[31] = static_cast<std::uint8_t>(1 + i % 4);
    digest[0] = static_cast<std::uint8_t>(i / 4);
    seen.insert(Rfc6979(key, digest).next());
  }
  EXPECT_EQ(seen.size(), 16U);
}

}  // namespace
}  // namespace custos::software
