#include "authorise/grants.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "authorise/audit_sink.h"

namespace custos::authorise {
namespace {

using facts::ClassSet;
using facts::Facts;
using enum facts::OperationClass;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Decision judge(ClassSet granted, facts::OperationClass operation_class, ClassSet reachable) {
  Facts facts;
  facts.operation_class = operation_class;
  facts.reachable = reachable;
  return Grants(granted, 7).authorise(facts, Intent(facts), {});
}

TEST(Grants, AllowWhatIsGrantedInFull) {
  const auto decision = judge({read, trade}, trade, {read, trade});
  EXPECT_EQ(decision.verdict, Decision::Verdict::allow);
  EXPECT_EQ(decision.rule_id, 0U);
}

TEST(Grants, DenyWhenTheSameBytesReachMore) {
  const auto decision = judge({read, trade}, read, {read, withdraw, transfer});
  EXPECT_EQ(decision.verdict, Decision::Verdict::deny);
  EXPECT_EQ(decision.rule_id, (ClassSet{withdraw, transfer}.bits()));
}

TEST(Grants, DenyWhenTheOperationItselfIsNotGranted) {
  const auto decision = judge({read}, trade, {});
  EXPECT_EQ(decision.verdict, Decision::Verdict::deny);
  EXPECT_EQ(decision.rule_id, ClassSet{trade}.bits());
}

TEST(Grants, DenyUnknownUnlessItIsGranted) {
  EXPECT_EQ(judge({read, trade, transfer, withdraw, manage, session}, unknown, {unknown}).verdict, Decision::Verdict::deny);
  EXPECT_EQ(judge({unknown}, unknown, {unknown}).verdict, Decision::Verdict::allow);
}

TEST(Grants, DenyEverythingWhenNothingIsGranted) { EXPECT_EQ(judge({}, read, {read}).verdict, Decision::Verdict::deny); }

TEST(Grants, NameTheVersionTheyJudgedBy) { EXPECT_EQ(judge({read}, read, {read}).grants_version, 7U); }

TEST(Grants, ByDefaultAreReadAndTrade) { EXPECT_THAT(grant_names(kDefaultGrants), ElementsAre("read", "trade")); }

TEST(ParseGrants, ReadsEveryClassName) {
  const auto granted = parse_grants({"unknown", "read", "session", "manage", "approve", "withdraw", "transfer", "trade", "read"});
  ASSERT_TRUE(granted);
  EXPECT_THAT(grant_names(*granted),
              ElementsAre("read", "trade", "transfer", "withdraw", "manage", "session", "unknown", "approve"));
}

TEST(ParseGrants, OfNothingIsNothing) {
  const auto granted = parse_grants({});
  ASSERT_TRUE(granted);
  EXPECT_EQ(*granted, Granted{});
}

TEST(ParseGrants, KnowTheFallbackBesidesTheClasses) {
  const auto granted = parse_grants({"fallback", "trade"});
  ASSERT_TRUE(granted);
  EXPECT_EQ(granted->classes, ClassSet{trade});
  EXPECT_TRUE(granted->fallback);
  EXPECT_THAT(grant_names(*granted), ElementsAre("trade", "fallback"));
  EXPECT_FALSE(parse_grants({"read", "trade"})->fallback) << "as older homes have it";
}

TEST(Granted, AddsAndTakesAwayTheFallbackLikeAClass) {
  Granted granted = kDefaultGrants;
  granted.add({{}, true});
  EXPECT_EQ(granted, (Granted{{read, trade}, true}));
  EXPECT_EQ(granted.without({{trade}}), (Granted{{read}, true}));
  EXPECT_EQ(granted.without({{}, true}), kDefaultGrants);
}

TEST(ParseGrants, NamesTheUnknownWordAndTheKnownOnes) {
  for (const std::string word : {"Trade", "", "all", "read,trade", "trade\n"}) {
    const auto granted = parse_grants({"read", word});
    ASSERT_FALSE(granted) << word;
    EXPECT_EQ(granted.error().code, Errc::bad_input);
    EXPECT_THAT(granted.error().detail,
                HasSubstr("read, trade, transfer, withdraw, manage, session, unknown, approve, fallback or generic"));
  }
  EXPECT_THAT(parse_grants({"all"}).error().detail, HasSubstr("'all'"));
}

TEST(CountingSink, CountsClaimsAndCommits) {
  CountingSink sink;
  EXPECT_TRUE(sink.claim(Facts(), {}, {}));
  EXPECT_TRUE(sink.claim(facts::TransactionFacts(), {}, {}));
  EXPECT_TRUE(sink.commit(Facts(), {}));
  EXPECT_EQ(sink.claimed(), 2U);
  EXPECT_EQ(sink.committed(), 1U);
}

}  // namespace
}  // namespace custos::authorise
