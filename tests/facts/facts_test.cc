#include "facts/facts.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

#include "encode/hex.h"

namespace custos::facts {
namespace {

// Sample owns what a Facts views.
struct Sample {
  std::vector<std::string> fields = {"binance", "live", "main", "api.binance.com", "POST", "/api/v3/order", R"({"a":1})"};
  std::vector<std::pair<std::string, std::string>> params = {{"symbol", "BTCUSDT"}, {"side", "BUY"}};
  std::int64_t timestamp_ms = 1'700'000'000'000;
  OperationClass operation_class = OperationClass::trade;
  ClassSet reachable = {OperationClass::read, OperationClass::trade};

  [[nodiscard]] Digest32 digest() const {
    std::vector<NameValue> views;
    views.reserve(params.size());
    for (const auto& [name, value] : params) views.push_back({name, value});
    Facts facts;
    facts.venue = fields[0];
    facts.environment = fields[1];
    facts.credential = fields[2];
    facts.host = fields[3];
    facts.method = fields[4];
    facts.path = fields[5];
    facts.params = views;
    facts.body = fields[6];
    facts.timestamp_ms = timestamp_ms;
    facts.operation_class = operation_class;
    facts.reachable = reachable;
    return intent_digest(facts);
  }
  friend auto operator<=>(const Sample& a, const Sample& b) {
    return std::tuple(a.fields, a.params, a.timestamp_ms, a.operation_class, a.reachable.bits()) <=>
           std::tuple(b.fields, b.params, b.timestamp_ms, b.operation_class, b.reachable.bits());
  }
};

// The encoding is a contract with whoever stores approvals: another digest for the same facts needs another version name.
TEST(IntentDigest, IsFixedForVersionTwo) {
  EXPECT_EQ(encode::to_hex(Sample().digest()), "f83ea08843709427c961e0c6a6a4797748bee8295db3abf4f1e4bdbe734f3a90");
}

TEST(IntentDigest, IsTheSameForTheSameFacts) { EXPECT_EQ(Sample().digest(), Sample().digest()); }

TEST(IntentDigest, ChangesWithEveryField) {
  const Digest32 plain = Sample().digest();
  for (std::size_t i = 0; i < Sample().fields.size(); ++i) {
    Sample other;
    other.fields[i] += 'x';
    EXPECT_NE(other.digest(), plain) << "field " << i;
  }
  Sample other;
  other.timestamp_ms += 1;
  EXPECT_NE(other.digest(), plain);
  other = {};
  other.operation_class = OperationClass::read;
  EXPECT_NE(other.digest(), plain);
  other = {};
  other.reachable.add(OperationClass::withdraw);
  EXPECT_NE(other.digest(), plain);
  other = {};
  std::swap(other.params[0], other.params[1]);
  EXPECT_NE(other.digest(), plain);
}

TEST(IntentDigest, DoesNotConfuseWhereOneFieldEnds) {
  Sample a;
  Sample b;
  a.params = {{"ab", "c"}};
  b.params = {{"a", "bc"}};
  EXPECT_NE(a.digest(), b.digest());
  a.params = {{"a", "b"}, {"c", "d"}};
  b.params = {{"a", std::string("b\0\0\0\1c\0\0\0\1d", 11)}};
  EXPECT_NE(a.digest(), b.digest());
}

TEST(IntentDigest, NeverCollidesForRandomFactsOfAFewSymbols) {
  std::mt19937 random(7);
  const auto word = [&random] {
    std::string text(random() % 3, '\0');
    for (char& c : text) c = static_cast<char>(random() % 2);
    return text;
  };
  std::map<Digest32, Sample> seen;
  for (int round = 0; round < 20'000; ++round) {
    Sample sample;
    for (auto& field : sample.fields) field = word();
    sample.params.resize(random() % 4);
    for (auto& [name, value] : sample.params) {
      name = word();
      value = word();
    }
    sample.timestamp_ms = static_cast<std::int64_t>(random() % 3);
    sample.operation_class = static_cast<OperationClass>(random() % 7);
    const auto [at, is_new] = seen.emplace(sample.digest(), sample);
    if (!is_new) {
      ASSERT_TRUE((at->second <=> sample) == 0) << "two facts share a digest";
    }
  }
}

}  // namespace
}  // namespace custos::facts
