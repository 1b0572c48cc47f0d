// Every venue's documented requests (tests/data/vectors/venues) are canonicalised, judged and placed without an allocation.
#include <gtest/gtest.h>

#include "exchange/venue_case.h"
#include "memory/heap_watch.h"
#include "memory/memory_scan.h"

namespace custos::exchange::testing {
namespace {

using memory::AllocationRecord;

std::string frames_of(AllocationRecord& record) {
  record.stop();
  std::string text;
  for (const auto& frames : record.kept()) text += memory::describe_frames(frames) + "\n";
  return text;
}

class NoAllocationAt : public ::testing::TestWithParam<const Venue*> {};

void expect_no_allocation(VenueCase& made) {
  const authorise::Grants grants(authorise::kDefaultGrants.classes, 1);
  SignStatus status;
  {
    AllocationRecord record;
    status = made.canonicalise();
    EXPECT_EQ(record.count(), 0U) << "canonicalise\n" << frames_of(record);
  }
  ASSERT_TRUE(status.ok()) << made.explain(status);
  {
    AllocationRecord record;
    static_cast<void>(grants.authorise(made.draft.facts, authorise::Intent(made.draft.facts), {}));
    EXPECT_EQ(record.count(), 0U) << "authorise\n" << frames_of(record);
  }
  Bytes signature(made.key.signature_size);
  ASSERT_TRUE(made.key.engine->sign(as_bytes(made.draft.preimage), signature).ok());
  {
    AllocationRecord record;
    status = made.venue.place(made.venue, signature, made.context, made.draft);
    EXPECT_EQ(record.count(), 0U) << "place\n" << frames_of(record);
  }
  EXPECT_TRUE(status.ok()) << made.explain(status);
}

TEST_P(NoAllocationAt, InItsDocumentedRequests) {
  const Venue& venue = *GetParam();
  const Json file = load_json("vectors/venues/" + std::string(venue.name) + ".json");
  for (const Json& vector : file.at("vectors")) {
    SCOPED_TRACE(vector.at("name").get<std::string>());
    const TestKey key(venue, file.at("credentials").at(vector.value("credential", "main")));
    VenueCase made(venue, key, vector.at("request"));
    expect_no_allocation(made);
  }
}

TEST_P(NoAllocationAt, InARefusal) {
  const Venue& venue = *GetParam();
  const TestKey key(venue, throwaway_credential(venue));
  VenueCase made(venue, key, {{"method", "POST"}, {"path", "/nothing/../here"}, {"body", "{\"a\":"}});
  AllocationRecord record;
  const SignStatus status = made.canonicalise();
  EXPECT_EQ(record.count(), 0U) << frames_of(record);
  EXPECT_FALSE(status.ok());
}

std::string name_of(const ::testing::TestParamInfo<const Venue*>& info) {
  std::string name(info.param->name);
  std::ranges::replace(name, '-', '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(Every, NoAllocationAt, ::testing::ValuesIn(venues().begin(), venues().end()), name_of);

}  // namespace
}  // namespace custos::exchange::testing
