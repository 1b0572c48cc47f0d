// Every venue's operations against grants: the requests of tests/data/operations, written from the deny-list, not from the
// tables.
#include <gtest/gtest.h>

#include "exchange/operation_index.h"
#include "exchange/venue_case.h"

namespace custos::exchange::testing {
namespace {

using enum facts::OperationClass;

class VenueGrants : public ::testing::TestWithParam<const Venue*> {
 protected:
  [[nodiscard]] const Venue& venue() const { return *GetParam(); }
  [[nodiscard]] Json rows() const { return load_json("operations/" + std::string(venue().name) + ".json").at("rows"); }
  [[nodiscard]] TestKey key_for(const Json& row) const {
    Json credential = throwaway_credential(venue());
    if (row.contains("algorithm")) {
      const Json vectors = load_json("vectors/venues/" + std::string(venue().name) + ".json");
      for (const auto& [name, one] : vectors.at("credentials").items()) {
        if (one.at("algorithm") == row.at("algorithm")) credential = one;
      }
    }
    return TestKey(venue(), credential);
  }
};

std::string show(const Json& row) { return row.dump(); }

facts::OperationClass class_of(const Json& row) { return *facts::parse_operation_class(row.at("class").get<std::string>()); }

// default_allows is what a credential may do when nothing else was granted.
constexpr facts::ClassSet kDefault = authorise::kDefaultGrants.classes;

TEST_P(VenueGrants, RefuseByDefaultWhatIsNeitherReadNorTrade) {
  for (const Json& row : rows()) {
    const TestKey key = key_for(row);
    VenueCase made(venue(), key, row);
    const SignStatus status = made.canonicalise();
    ASSERT_TRUE(status.ok()) << show(row) << ": " << made.explain(status);
    EXPECT_EQ(made.draft.facts.operation_class, class_of(row)) << show(row);
    EXPECT_TRUE(made.draft.facts.reachable.has(class_of(row))) << show(row);
    const bool harmless = class_of(row) == read || class_of(row) == trade;
    if (!harmless) {
      EXPECT_FALSE(made.is_granted(kDefault)) << show(row);
    } else if (row.value("default", true)) {
      EXPECT_TRUE(made.is_granted(kDefault)) << show(row);
    }
  }
}

TEST_P(VenueGrants, AllowWithTheGrantOfAllThatIsReached) {
  for (const Json& row : rows()) {
    const TestKey key = key_for(row);
    VenueCase made(venue(), key, row);
    ASSERT_TRUE(made.canonicalise().ok()) << show(row);
    facts::ClassSet granted = made.draft.facts.reachable;
    EXPECT_TRUE(made.is_granted(granted)) << show(row);
    granted.remove(class_of(row));
    EXPECT_FALSE(made.is_granted(granted)) << show(row);
  }
}

// near_misses are spellings of a path that a lenient server may take for the same.
std::vector<std::string> near_misses(const std::string& path) {
  std::vector<std::string> list{path + "/",   "/" + path,    path + "//",   "/." + path, path + "/.", path + "/../x",
                                path + "%20", path + "?a=1", path + ";a=1", path + "#",  path + "\\", path + " "};
  const std::size_t slash = path.rfind('/');
  list.push_back(path.substr(0, slash) + "/" + path.substr(slash));        // a double slash inside
  list.push_back(path.substr(0, slash) + "/./" + path.substr(slash + 1));  // a dot segment
  list.push_back(path.substr(0, slash) + "/x/../" + path.substr(slash + 1));
  for (std::size_t i = slash + 1; i < path.size(); ++i) {
    if (path[i] < 'a' || path[i] > 'z') continue;
    std::string upper = path, escaped = path;
    upper[i] = static_cast<char>(path[i] - 'a' + 'A');
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(path[i]);
    escaped.replace(i, 1, {'%', kDigits[byte >> 4U], kDigits[byte & 15U]});
    list.push_back(upper);
    list.push_back(escaped);
    break;
  }
  return list;
}

// A near miss is refused, or names an operation that needs a grant: it never passes as read or trade.
TEST_P(VenueGrants, RefuseNearMisses) {
  for (const Json& row : rows()) {
    if (row.value("kind", "rest") != "rest" || !row.value("near_misses", true)) continue;
    const TestKey key = key_for(row);
    for (const std::string& path : near_misses(row.at("path"))) {
      Json near = row;
      near["path"] = path;
      VenueCase made(venue(), key, near);
      if (!made.canonicalise().ok()) continue;
      EXPECT_FALSE(made.is_granted(kDefault)) << show(near) << " is " << to_string(made.draft.facts.operation_class);
    }
  }
}

TEST_P(VenueGrants, RefuseMethodOverrides) {
  for (const Json& row : rows()) {
    if (row.value("kind", "rest") != "rest") continue;
    const TestKey key = key_for(row);
    for (const char* name : {"X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method", "Authorization", "X-Original-URL"}) {
      Json near = row;
      near["headers"] = Json::array({Json::array({name, "DELETE"})});
      VenueCase made(venue(), key, near);
      EXPECT_FALSE(made.canonicalise().ok()) << name << ' ' << show(near);
    }
    break;  // headers are judged alike for every row
  }
}

TEST_P(VenueGrants, RefuseAParameterThatIsGivenTwiceInJson) {
  for (const Json& row : rows()) {
    if (!row.contains("body") || !row.at("body").is_string()) continue;
    std::string body = row.at("body");
    if (!body.starts_with('{') || body.find(':') == std::string::npos) continue;
    body.insert(1, body.substr(1, body.find_first_of(",}") - 1) + ",");
    Json near = row;
    near["body"] = body;
    const TestKey key = key_for(row);
    VenueCase made(venue(), key, near);
    EXPECT_FALSE(made.canonicalise().ok()) << show(near);
  }
}

// An operation that no list has is unknown, whatever its method.
TEST_P(VenueGrants, RefuseWhatNoListNames) {
  const TestKey key(venue(), throwaway_credential(venue()));
  for (const Json& row : rows()) {
    if (row.value("kind", "rest") != "rest") continue;
    for (const char* method : {"GET", "POST", "PUT", "DELETE", "PATCH"}) {
      Json other = row;
      other["method"] = method;
      other["path"] = row.at("path").get<std::string>() + "-x9/zz/yy/xx/ww";
      VenueCase made(venue(), key, other);
      if (!made.canonicalise().ok()) continue;
      EXPECT_EQ(made.draft.facts.operation_class, unknown) << show(other);
      EXPECT_FALSE(made.is_granted(kDefault)) << show(other);
    }
  }
}

TEST_P(VenueGrants, HaveSamplesOfEveryDangerousClassOfTheTable) {
  facts::ClassSet sampled;
  for (const Json& row : rows()) sampled.add(class_of(row));
  for (const Operation& operation : venue().operations) {
    EXPECT_TRUE(sampled.has(operation.operation_class)) << "no sample of class " << to_string(operation.operation_class);
  }
}

std::string name_of(const ::testing::TestParamInfo<const Venue*>& info) {
  std::string name(info.param->name);
  std::ranges::replace(name, '-', '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(Every, VenueGrants, ::testing::ValuesIn(venues().begin(), venues().end()), name_of);

}  // namespace
}  // namespace custos::exchange::testing
