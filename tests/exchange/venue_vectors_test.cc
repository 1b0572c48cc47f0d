// Every venue against its documented requests: tests/data/vectors/venues.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "encode/hex.h"
#include "exchange/venue_case.h"

namespace custos::exchange::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

class VenueVectors : public ::testing::TestWithParam<const Venue*> {};

std::string header_of(const Draft& draft, const std::string& name) {
  for (const auto& header : std::span(draft.headers).first(draft.header_count)) {
    if (header.name == name) return std::string(header.value);
  }
  return "(no such header)";
}

void expect_signed(VenueCase& made, const Json& expect) {
  const SignStatus status = made.sign();
  ASSERT_TRUE(status.ok()) << made.explain(status);
  const Draft& draft = made.draft;
  if (expect.contains("preimage")) {
    EXPECT_EQ(draft.preimage, expect.at("preimage").get<std::string>());
  }
  if (expect.contains("preimage_hex")) {
    EXPECT_EQ(encode::to_hex(as_bytes(draft.preimage)), expect.at("preimage_hex").get<std::string>());
  }
  if (expect.contains("signature")) {
    EXPECT_EQ(draft.signature, expect.at("signature").get<std::string>());
  }
  if (expect.contains("url")) {
    EXPECT_EQ(draft.url, expect.at("url").get<std::string>());
  }
  if (expect.contains("body")) {
    EXPECT_EQ(draft.body, expect.at("body").is_null() ? "" : expect.at("body").get<std::string>());
  }
  if (expect.contains("message")) {
    EXPECT_EQ(draft.message, expect.at("message").get<std::string>());
  }
  if (expect.contains("class")) {
    EXPECT_EQ(to_string(draft.facts.operation_class), expect.at("class").get<std::string>());
  }
  const Json headers = expect.value("headers", Json::object());
  for (const auto& [name, value] : headers.items()) {
    EXPECT_EQ(header_of(draft, name), value.get<std::string>()) << name;
  }
  const Json warnings = expect.value("warnings", Json::array());
  for (const Json& warning : warnings) EXPECT_THAT(made.warnings(), Contains(HasSubstr(warning.get<std::string>())));
}

TEST_P(VenueVectors, AreSignedExactly) {
  const Venue& venue = *GetParam();
  const Json file = load_json("vectors/venues/" + std::string(venue.name) + ".json");
  ASSERT_FALSE(file.at("vectors").empty());
  for (const Json& vector : file.at("vectors")) {
    SCOPED_TRACE(vector.at("name").get<std::string>());
    const TestKey key(venue, file.at("credentials").at(vector.value("credential", "main")));
    VenueCase made(venue, key, vector.at("request"));
    expect_signed(made, vector.at("expect"));
  }
}

// What is signed is what is sent: a draft that was used before gives the same bytes.
TEST_P(VenueVectors, AreTheSameInAUsedDraft) {
  const Venue& venue = *GetParam();
  const Json file = load_json("vectors/venues/" + std::string(venue.name) + ".json");
  for (const Json& vector : file.at("vectors")) {
    SCOPED_TRACE(vector.at("name").get<std::string>());
    if (!vector.at("expect").contains("signature")) continue;
    const TestKey key(venue, file.at("credentials").at(vector.value("credential", "main")));
    VenueCase used(venue, key, vector.at("request"));
    std::fill_n(used.draft.memory.get(), used.draft.capacity, '#');
    ASSERT_TRUE(used.sign().ok());
    EXPECT_EQ(used.draft.signature, vector.at("expect").at("signature").get<std::string>());
  }
}

std::string name_of(const ::testing::TestParamInfo<const Venue*>& info) {
  std::string name(info.param->name);
  std::ranges::replace(name, '-', '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(Every, VenueVectors, ::testing::ValuesIn(venues().begin(), venues().end()), name_of);

}  // namespace
}  // namespace custos::exchange::testing
