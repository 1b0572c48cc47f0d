#include <gtest/gtest.h>

#include <string>

#include "authorise/grants.h"
#include "exchange/venue.h"
#include "memory/heap_watch.h"
#include "memory/memory_scan.h"
#include "noalloc/signers.h"

namespace custos {
namespace {

using memory::AllocationRecord;

// ours tells the allocations that were not made inside the token's module, one stack each, for people.
std::string ours(AllocationRecord& record) {
  record.stop();
  const auto mappings = memory::read_mappings();
  std::string found;
  for (const auto& frames : record.kept()) {
    if (!memory::passes_through(frames, mappings, "softhsm")) found += memory::describe_frames(frames) + "\n";
  }
  return found;
}

class NoAllocation : public test::SignersFixture {};

TEST_F(NoAllocation, InCanonicaliseAuthoriseAndPlace) {
  const auto& venue = *exchange::find_venue("binance");
  const authorise::Grants grants(authorise::kDefaultGrants.classes, 1);
  exchange::Draft draft(16 * 1024);
  exchange::CanonicalContext context;
  context.credential = "c";
  context.environment = "live";
  context.api_key = "k";
  context.algorithm = "HMAC-SHA256";
  context.signature_size = 32;
  context.now_ms = 1'700'000'000'000;
  const auto request = test::order();
  AllocationRecord record;
  const auto canonicalised = venue.canonicalise(venue, request, context, draft);
  EXPECT_EQ(record.count(), 0U) << "canonicalise";
  const auto decision = grants.authorise(draft.facts, authorise::Intent(draft.facts), {});
  EXPECT_EQ(record.count(), 0U) << "authorise";
  constexpr std::array<std::uint8_t, 32> kMac{};
  const auto placed = venue.place(venue, kMac, context, draft);
  EXPECT_EQ(record.count(), 0U) << "place";
  EXPECT_TRUE(canonicalised.ok() && placed.ok());
  EXPECT_EQ(decision.verdict, authorise::Decision::Verdict::allow);
}

TEST_F(NoAllocation, InAWholeOrderInSoftware) {
  const auto signer = in_software();
  SignedRequest out;
  const auto request = test::order();
  ASSERT_TRUE(signer.sign(request, out).ok());
  AllocationRecord record;
  for (int i = 0; i < 100; ++i) static_cast<void>(signer.sign(request, out));
  EXPECT_EQ(record.count(), 0U) << ours(record);
  EXPECT_EQ(signer.stats().signatures, 101U);
}

TEST_F(NoAllocation, WithNoncesAndAPassphrase) {
  const auto signer = with_nonces();
  SignedRequest out;
  const auto request = test::house_order();
  ASSERT_TRUE(signer.sign(request, out).ok()) << signer.explain(signer.sign(request, out), out);
  AllocationRecord record;
  for (int i = 0; i < 100; ++i) static_cast<void>(signer.sign(request, out));
  EXPECT_EQ(record.count(), 0U) << ours(record);
  EXPECT_EQ(signer.stats().signatures, 101U);
}

TEST_F(NoAllocation, OfOursInAWholeOrderThroughTheToken) {
  const auto signer = through_token(16);
  SignedRequest out;
  const auto request = test::order();
  ASSERT_TRUE(signer.sign(request, out).ok());
  {
    AllocationRecord record;
    for (int i = 0; i < 10; ++i) static_cast<void>(signer.sign(request, out));
    EXPECT_EQ(ours(record), "") << "armed";
    EXPECT_EQ(record.count(), record.kept().size()) << "more than the record keeps";
    RecordProperty("module_allocations_per_signature", static_cast<int>(record.count() / 10));
  }
  EXPECT_EQ(signer.stats().armed, 11U);
  {
    AllocationRecord record;
    for (int i = 0; i < 3; ++i) static_cast<void>(signer.rearm(1));
    EXPECT_EQ(ours(record), "") << "rearm";
    EXPECT_EQ(record.count(), record.kept().size());
  }
}

TEST_F(NoAllocation, OfOursInAFallback) {
  const auto signer = through_token(1);
  SignedRequest out;
  const auto request = test::order();
  ASSERT_TRUE(signer.sign(request, out).ok());
  AllocationRecord record;
  static_cast<void>(signer.sign(request, out));
  EXPECT_EQ(ours(record), "");
  EXPECT_EQ(signer.stats().fallback, 1U);
}

TEST_F(NoAllocation, OfOursWhileAFallbackStandsReady) {
  const auto admin = custodian_->administration();
  ASSERT_TRUE(
      admin.import_key({{"software", "spare"}, "hmac-sha256", "venue:binance", ""}, test::secret_of(test::kDocumentedSecret)));
  CredentialChange change;
  change.fallback = KeyName{"software", "spare"};
  ASSERT_TRUE(admin.set_credential("binance-main", change));
  ASSERT_TRUE(admin.grant("binance-main", {"fallback"}));
  const auto signer = through_token(16);
  SignedRequest out;
  const auto request = test::order();
  ASSERT_TRUE(signer.sign(request, out).ok());
  AllocationRecord record;
  for (int i = 0; i < 10; ++i) static_cast<void>(signer.sign(request, out));
  EXPECT_EQ(ours(record), "");
  EXPECT_EQ(signer.stats().armed, 11U);
}

TEST_F(NoAllocation, InARefusal) {
  const auto signer = through_token(1);
  SignedRequest out;
  auto request = test::order();
  request.path = "/api/v3/nothing";
  EXPECT_EQ(signer.sign(request, out).code, Errc::refused);
  AllocationRecord record;
  static_cast<void>(signer.sign(request, out));
  EXPECT_EQ(record.count(), 0U) << ours(record);
}

TEST(AllocationRecordTest, SeesAnAllocation) {
  AllocationRecord record;
  const std::string text(100, 'x');
  EXPECT_EQ(record.count(), 1U);
  EXPECT_NE(ours(record), "");
  EXPECT_EQ(text.size(), 100U);
}

}  // namespace
}  // namespace custos
