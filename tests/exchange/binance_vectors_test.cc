#include <gtest/gtest.h>

#include <fstream>

#include "encode/hex.h"
#include "exchange/support.h"
#include "hash/hash.h"
#include "support/test_data.h"

namespace custos::exchange::testing {
namespace {

struct Vector {
  std::string name, secret, preimage, signature;
};

std::vector<Vector> load_vectors() {
  std::ifstream file(test::test_data("vectors/binance.txt"));
  EXPECT_TRUE(file.is_open()) << "tests/data/vectors/binance.txt is missing";
  std::vector<Vector> vectors;
  for (std::string line; std::getline(file, line);) {
    const auto value_of = [&line](std::string_view key) { return line.substr(key.size()); };
    if (line.starts_with("name: ")) vectors.push_back({value_of("name: "), {}, {}, {}});
    if (line.starts_with("secret: ")) vectors.back().secret = value_of("secret: ");
    if (line.starts_with("preimage: ")) vectors.back().preimage = value_of("preimage: ");
    if (line.starts_with("signature: ")) vectors.back().signature = value_of("signature: ");
  }
  return vectors;
}

// sign places the HMAC of the draft's own preimage.
void sign(Attempt& attempt, const std::string& secret) {
  auto key = SecretBytes::copy_of(as_bytes(secret));
  ASSERT_TRUE(key);
  Digest32 mac;
  ASSERT_TRUE(hash::hmac(hash::Algorithm::sha256, *key, as_bytes(attempt.draft.preimage), mac));
  ASSERT_TRUE(attempt.place(mac).ok());
}

Attempt for_preimage(const Vector& vector) {
  return vector.preimage.starts_with("symbol=") ? Attempt("POST", "/api/v3/order") : Attempt("GET", "/api/v3/account");
}

TEST(BinanceVectors, AreThree) { EXPECT_EQ(load_vectors().size(), 3U); }

TEST(BinanceVectors, SignAsDocumentedInTheQuery) {
  for (const auto& vector : load_vectors()) {
    Attempt attempt = for_preimage(vector);
    const auto status = attempt.query(vector.preimage).canonicalise();
    ASSERT_TRUE(status.ok()) << vector.name << ": " << explain(status, attempt.draft);
    EXPECT_EQ(attempt.draft.preimage, vector.preimage) << vector.name;
    sign(attempt, vector.secret);
    EXPECT_EQ(attempt.draft.signature, vector.signature) << vector.name;
    EXPECT_TRUE(attempt.draft.target.ends_with("?" + vector.preimage + "&signature=" + vector.signature)) << attempt.draft.target;
  }
}

TEST(BinanceVectors, SignAsDocumentedInTheBody) {
  for (const auto& vector : load_vectors()) {
    Attempt attempt = for_preimage(vector);
    ASSERT_TRUE(attempt.body(vector.preimage).canonicalise().ok()) << vector.name;
    sign(attempt, vector.secret);
    EXPECT_EQ(attempt.draft.body, vector.preimage + "&signature=" + vector.signature) << vector.name;
    EXPECT_EQ(attempt.draft.target, attempt.request.path) << vector.name;
  }
}

TEST(BinanceVectors, SignAsDocumentedFromParameters) {
  const auto vector = load_vectors().front();
  Attempt attempt("POST", "/api/v3/order");
  attempt.params(
      {{"symbol", "LTCBTC"}, {"side", "BUY"}, {"type", "LIMIT"}, {"timeInForce", "GTC"}, {"quantity", "1"}, {"price", "0.1"}});
  attempt.request.recv_window = "5000";
  ASSERT_TRUE(attempt.timestamp(1499827319559).canonicalise().ok());
  sign(attempt, vector.secret);
  EXPECT_EQ(attempt.draft.body,
            "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559"
            "&signature=c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71");
}

TEST(BinanceVectors, ParametersOutsideAsciiAreEncodedAsDocumented) {
  const auto vector = load_vectors()[1];
  Attempt attempt("POST", "/api/v3/order");
  attempt.params({{"symbol", "１２３４５６"},
                  {"side", "BUY"},
                  {"type", "LIMIT"},
                  {"timeInForce", "GTC"},
                  {"quantity", "1"},
                  {"price", "0.1"},
                  {"recvWindow", "5000"}});
  ASSERT_TRUE(attempt.timestamp(1499827319559).canonicalise().ok());
  EXPECT_EQ(attempt.draft.preimage, vector.preimage);
  EXPECT_EQ(attempt.draft.facts.params[0].value, "１２３４５６");
}

// rest-api.md, "Mixed query string and request body": the parts are joined without '&'.
TEST(BinanceVectors, TheMixedFormIsJoinedWithoutASeparator) {
  Attempt attempt("POST", "/api/v3/order");
  attempt.query("symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC")
      .body("quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559");
  const auto status = attempt.canonicalise();
  ASSERT_TRUE(status.ok()) << explain(status, attempt.draft);
  EXPECT_EQ(attempt.draft.preimage,
            "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTCquantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559");
  // The documentation's own signature of the mixed example with this key.
  sign(attempt, load_vectors().front().secret);
  EXPECT_EQ(attempt.draft.target, "/api/v3/order?symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC");
  EXPECT_EQ(attempt.draft.signature, "0fd168b8ddb4876a0358a8d14d0c9f3da0e9b20c5d52b2a00fcf7d1c602f9a77");
  EXPECT_EQ(attempt.draft.body,
            "quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559&signature=" + std::string(attempt.draft.signature));
}

}  // namespace
}  // namespace custos::exchange::testing
