#include "key/algorithm.h"

#include <gtest/gtest.h>

namespace custos::key {
namespace {

TEST(Algorithm, ParsesBothSpellingsInAnyCase) {
  for (const auto& row : kAlgorithms) {
    EXPECT_EQ(parse_algorithm(row.name), row.algorithm) << row.name;
    EXPECT_EQ(parse_algorithm(row.option), row.algorithm) << row.option;
    EXPECT_EQ(&facts_of(row.algorithm), &row) << row.name;
  }
  EXPECT_EQ(parse_algorithm("Hmac-Sha512"), Algorithm::hmac_sha512);
}

TEST(Algorithm, RefusesAnythingElse) {
  for (const auto* text : {"", "hmac", "hmac-sha1", "hmac-sha256 ", "hmac_sha256", "sha256"}) {
    EXPECT_FALSE(parse_algorithm(text)) << text;
  }
}

TEST(Algorithm, SizesAreThoseOfFips180) {
  EXPECT_EQ(facts_of(Algorithm::hmac_sha256).signature_size, 32U);
  EXPECT_EQ(facts_of(Algorithm::hmac_sha256).block_size, 64U);
  EXPECT_EQ(facts_of(Algorithm::hmac_sha384).signature_size, 48U);
  EXPECT_EQ(facts_of(Algorithm::hmac_sha384).block_size, 128U);
  EXPECT_EQ(facts_of(Algorithm::hmac_sha512).signature_size, 64U);
  EXPECT_EQ(facts_of(Algorithm::hmac_sha512).block_size, 128U);
}

}  // namespace
}  // namespace custos::key
