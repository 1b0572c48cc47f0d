// What holds for every request of every venue: facts, preimage and answer describe one request.
#include <gtest/gtest.h>

#include "exchange/venue_case.h"

namespace custos::exchange::testing {
namespace {

class VenueProperties : public ::testing::TestWithParam<const Venue*> {
 protected:
  [[nodiscard]] const Venue& venue() const { return *GetParam(); }

  // requests are all that the venue's data files hold, each with its credential.
  [[nodiscard]] std::vector<std::pair<Json, Json>> requests() const {
    std::vector<std::pair<Json, Json>> list;
    const Json vectors = load_json("vectors/venues/" + std::string(venue().name) + ".json");
    for (const Json& vector : vectors.at("vectors")) {
      list.emplace_back(vectors.at("credentials").at(vector.value("credential", "main")), vector.at("request"));
    }
    const Json rows = load_json("operations/" + std::string(venue().name) + ".json").at("rows");
    for (const Json& row : rows) {
      if (!row.contains("algorithm")) list.emplace_back(throwaway_credential(venue()), row);
    }
    return list;
  }
};

// Judged is what was understood of an accepted request, what was signed and what is sent.
struct Judged {
  std::string facts, preimage, sent;
  bool warned = false;
};

std::optional<Judged> judge(VenueCase& made) {
  if (!made.sign().ok()) return std::nullopt;
  const Draft& draft = made.draft;
  Judged judged;
  const auto& facts = draft.facts;
  judged.facts =
      std::string(facts.method) + ' ' + std::string(facts.host) + std::string(facts.path) + ' ' + std::string(facts.body);
  for (const auto& [name, value] : facts.params) judged.facts += '\n' + std::string(name) + '=' + std::string(value);
  judged.preimage = draft.preimage;
  judged.sent =
      std::string(draft.method) + ' ' + std::string(draft.url) + '\n' + std::string(draft.body) + std::string(draft.message);
  for (const auto& header : std::span(draft.headers).first(draft.header_count)) judged.sent += '\n' + std::string(header.value);
  judged.warned = draft.warning_count != 0;
  return judged;
}

// mutants change one thing of a request each.
std::vector<Json> mutants(const Json& request) {
  std::vector<Json> list;
  const auto change = [&](const char* part, std::size_t at) {
    Json other = request;
    std::string text = other.at(part);
    const char c = text[at];
    if (!((c >= 'a' && c <= 'y') || (c >= 'A' && c <= 'Y') || (c >= '0' && c <= '8'))) return;
    ++text[at];
    other[part] = text;
    list.push_back(other);
  };
  for (const char* part : {"query", "body", "path"}) {
    if (!request.contains(part) || !request.at(part).is_string()) continue;
    for (std::size_t i = 0; i < request.at(part).get<std::string>().size(); ++i) change(part, i);
  }
  if (request.contains("params")) {
    for (std::size_t i = 0; i < request.at("params").size(); ++i) {
      Json other = request;
      other["params"][i][1] = other["params"][i][1].get<std::string>() + "1";
      list.push_back(other);
    }
  }
  return list;
}

// is_echo tells of a message whose id only comes back with its answer.
bool is_echo(const Json& request) {
  return request.value("kind", "rest") == "ws" && request.dump().find("id\"") != std::string::npos;
}

bool covers_path(const Venue& venue, const Json& request) {
  for (const Scheme& scheme : venue.schemes) {
    if (scheme.kind == RequestKind::rest && request.value("path", "").starts_with(scheme.select)) return scheme.binding.path;
  }
  return false;
}

TEST_P(VenueProperties, AMutationChangesFactsAndBytesAndTheSignatureUnlessTheAnswerWarns) {
  for (const auto& [credential, request] : requests()) {
    const TestKey key(venue(), credential);
    VenueCase original(venue(), key, request);
    const auto standing = judge(original);
    if (!standing) continue;  // the other tests tell
    for (const Json& mutant : mutants(request)) {
      VenueCase changed(venue(), key, mutant);
      const auto other = judge(changed);
      if (!other) continue;
      EXPECT_NE(other->facts, standing->facts) << mutant.dump();
      EXPECT_NE(other->sent, standing->sent) << mutant.dump();
      if (other->preimage != standing->preimage || is_echo(mutant)) continue;
      // Where the path is not covered, facts.reachable says what else the bytes do.
      if (mutant.value("path", "") != request.value("path", "") && !covers_path(venue(), request)) continue;
      EXPECT_TRUE(other->warned) << "signed the same, without a warning: " << mutant.dump();
    }
  }
}

// Bytes that move from one part of a request to the next make another signature, or are refused.
TEST_P(VenueProperties, NoBytesMoveBetweenThePartsOfARequest) {
  for (const auto& [credential, request] : requests()) {
    if (request.value("kind", "rest") != "rest") continue;
    const TestKey key(venue(), credential);
    VenueCase original(venue(), key, request);
    const auto standing = judge(original);
    if (!standing) continue;
    const std::array<std::pair<const char*, const char*>, 3> borders{{{"path", "query"}, {"path", "body"}, {"query", "body"}}};
    for (const auto& [front, back] : borders) {
      const std::string whole =
          request.value(front, "") +
          (request.contains(back) && request.at(back).is_string() ? request.at(back).get<std::string>() : "");
      for (std::size_t cut = 1; cut <= whole.size(); ++cut) {
        Json moved = request;
        moved[front] = whole.substr(0, cut);
        moved[back] = whole.substr(cut);
        if (moved == request || (front == std::string("path") && moved["path"] == request.value("path", ""))) continue;
        VenueCase changed(venue(), key, moved);
        const auto other = judge(changed);
        if (!other || other->facts == standing->facts || other->preimage != standing->preimage) continue;
        const bool all_granted =
            original.is_granted(changed.draft.facts.reachable) == changed.is_granted(original.draft.facts.reachable);
        EXPECT_TRUE(all_granted && original.draft.facts.reachable == changed.draft.facts.reachable)
            << request.dump() << "\nand " << moved.dump() << "\nshare a preimage and differ in what they reach";
      }
    }
  }
}

// An answer never shows the passphrase anywhere but where the venue wants it, and never a secret.
TEST_P(VenueProperties, ARefusedRequestHoldsNothingThatCouldBeSent) {
  const TestKey key(venue(), throwaway_credential(venue()));
  VenueCase made(venue(), key, Json{{"method", "NONSENSE"}, {"path", "/nowhere"}});
  EXPECT_FALSE(made.canonicalise().ok());
  const Draft& draft = made.draft;
  EXPECT_TRUE(draft.url.empty() && draft.body.empty() && draft.preimage.empty() && draft.message.empty() &&
              draft.signature.empty());
  Bytes signature(key.signature_size);
  EXPECT_FALSE(venue().place(venue(), signature, made.context, made.draft).ok());
}

TEST_P(VenueProperties, AnySmallBufferIsRefusedWithoutWritingPastIt) {
  for (const auto& [credential, request] : requests()) {
    const TestKey key(venue(), credential);
    VenueCase made(venue(), key, request);
    if (!made.canonicalise().ok()) continue;
    for (std::size_t capacity : {0U, 1U, 16U, 64U, 100U, 128U, 200U, 256U, 300U, 400U, 512U, 700U}) {
      Draft small(capacity + 32);
      small.capacity = capacity;
      std::fill_n(small.memory.get() + capacity, 32, '#');
      static_cast<void>(venue().canonicalise(venue(), made.view, made.context, small));
      EXPECT_EQ(std::string(small.memory.get() + capacity, 32), std::string(32, '#')) << capacity << ' ' << request.dump();
    }
  }
}

std::string name_of(const ::testing::TestParamInfo<const Venue*>& info) {
  std::string name(info.param->name);
  std::ranges::replace(name, '-', '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(Every, VenueProperties, ::testing::ValuesIn(venues().begin(), venues().end()), name_of);

}  // namespace
}  // namespace custos::exchange::testing
