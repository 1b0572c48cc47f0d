// Properties of Binance's canonicaliser over random requests.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "encode/percent.h"
#include "exchange/support.h"

namespace custos::exchange::testing {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// Judged is an accepted request: what was signed and what was understood.
struct Judged {
  std::string preimage, method, path, host;
  Pairs params;
  facts::OperationClass operation_class{};
  facts::ClassSet reachable;

  friend bool operator==(const Judged&, const Judged&) = default;
};

std::optional<Judged> judge(Attempt& attempt) {
  if (!attempt.canonicalise().ok()) return std::nullopt;
  const auto& facts = attempt.draft.facts;
  Judged judged{std::string(attempt.draft.preimage),
                std::string(facts.method),
                std::string(facts.path),
                std::string(facts.host),
                {},
                facts.operation_class,
                facts.reachable};
  for (const auto& [name, value] : facts.params) judged.params.emplace_back(name, value);
  return judged;
}

class Random {
 public:
  explicit Random(std::uint32_t seed) : engine_(seed) {}
  std::size_t below(std::size_t bound) { return engine_() % bound; }

  const Operation& operation() {
    const auto rows = rest_operations();
    return rows[below(rows.size())];
  }
  // value is text of one to six characters, some of which need escapes.
  std::string value() {
    static constexpr std::array<std::string_view, 16> kPieces{"1", "0", "a", "Z", ".", "-", "_", "~",
                                                              " ", "&", "=", "%", "+", "/", "ä", "€"};
    std::string text;
    for (std::size_t n = 1 + below(6); n > 0; --n) text += kPieces[below(kPieces.size())];
    return text;
  }
  Pairs params(const Operation& operation) {
    Pairs pairs;
    for (const auto name : words(operation.required)) pairs.emplace_back(name, value());
    for (const auto name : words(operation.optional)) {
      if (below(4) == 0) pairs.emplace_back(name, value());
    }
    std::shuffle(pairs.begin(), pairs.end(), engine_);
    return pairs;
  }

 private:
  std::mt19937 engine_;
};

std::string form(const Pairs& pairs) {
  std::string buffer(16'384, '\0');
  BoundedWriter out(buffer);
  for (const auto& [name, value] : pairs) {
    if (out.size() != 0) out.append('&');
    out.append(name).append('=');
    encode::percent_encode(value, out);
  }
  return std::string(out.written());
}

TEST(BinanceProperty, FactsAndBytesDescribeTheSameRequest) {
  Random random(1);
  for (int round = 0; round < 3000; ++round) {
    const Operation& operation = random.operation();
    const Pairs pairs = random.params(operation);
    const std::size_t cut = random.below(pairs.size() + 1);
    const std::string query = form(Pairs(pairs.begin(), pairs.begin() + static_cast<std::ptrdiff_t>(cut)));
    const std::string body = form(Pairs(pairs.begin() + static_cast<std::ptrdiff_t>(cut), pairs.end()));
    Attempt attempt(operation.method, operation.path);
    attempt.query(query).body(body);
    const auto judged = judge(attempt);
    if (!judged) {
      ASSERT_TRUE(cut != 0 && cut != pairs.size()) << show(operation) << ' ' << query << " | " << body;
      continue;  // a split that reads two ways
    }
    Pairs expected = pairs;
    expected.emplace_back("timestamp", std::to_string(kNowMs));
    EXPECT_EQ(judged->params, expected) << show(operation);
    EXPECT_EQ(judged->path, operation.path);
    EXPECT_EQ(judged->method, operation.method);
    EXPECT_EQ(judged->operation_class, operation.operation_class);
  }
}

TEST(BinanceProperty, ParametersAndRawBytesAreOneRequest) {
  Random random(2);
  for (int round = 0; round < 2000; ++round) {
    const Operation& operation = random.operation();
    const Pairs pairs = random.params(operation);
    std::vector<NameValue> views;
    for (const auto& [name, value] : pairs) views.push_back({name, value});
    const std::string bytes = form(pairs);
    Attempt typed(operation.method, operation.path);
    typed.params(views);
    Attempt raw(operation.method, operation.path);
    if (operation.method == "POST" || operation.method == "PUT") {
      raw.body(bytes);
    } else {
      raw.query(bytes);
    }
    const auto a = judge(typed);
    const auto b = judge(raw);
    ASSERT_TRUE(a && b) << show(operation) << ' ' << bytes;
    EXPECT_EQ(*a, *b);
    EXPECT_EQ(typed.draft.url, raw.draft.url);
    EXPECT_EQ(typed.draft.body, raw.draft.body);
  }
}

TEST(BinanceProperty, AChangedByteChangesThePreimageOrTheFactsOrIsRefused) {
  Random random(3);
  for (int round = 0; round < 400; ++round) {
    const Operation& operation = random.operation();
    const std::string method(operation.method);
    const std::string path(operation.path);
    std::string query = form(random.params(operation));
    if (query.empty()) continue;
    Attempt attempt(method, path);
    const auto before = judge(attempt.query(query));
    ASSERT_TRUE(before);
    for (std::size_t i = 0; i < query.size(); ++i) {
      std::string changed = query;
      changed[i] = static_cast<char>(changed[i] ^ static_cast<char>(1 + random.below(255)));
      Attempt other(method, path);
      const auto after = judge(other.query(changed));
      if (after) {
        EXPECT_NE(after->preimage, before->preimage) << query << " and " << changed;
      }
    }
    for (std::size_t i = 0; i < path.size(); ++i) {
      std::string changed = path;
      changed[i] = static_cast<char>(changed[i] ^ static_cast<char>(1 + random.below(255)));
      Attempt other(method, changed);
      const auto after = judge(other.query(query));
      if (after) {
        EXPECT_NE(after->path, before->path);
      }
    }
  }
}

// Where two accepted requests have one preimage, they have one list of parameters, and each names the other's class as
// reachable, unless the venue's file lists the other as a collision.
TEST(BinanceProperty, RequestsThatShareAPreimageKnowOfEachOther) {
  Random random(4);
  const auto collisions = binance().collisions;
  const auto is_listed = [&](const Judged& judged) {
    return std::ranges::any_of(collisions,
                               [&](const Collision& c) { return c.method == judged.method && c.path == judged.path; });
  };
  std::map<std::string, std::vector<Judged>> by_preimage;
  for (const auto& operation : rest_operations()) {
    Attempt attempt = with_required(operation);
    const auto judged = judge(attempt);
    ASSERT_TRUE(judged) << show(operation);
    by_preimage[judged->preimage].push_back(*judged);
  }
  // Every split of a few preimages, sent to operations that take their names.
  for (int round = 0; round < 150; ++round) {
    const Operation& operation = random.operation();
    const std::string bytes = form(random.params(operation)) + "&timestamp=1699999999999";
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
      const std::string query = bytes.substr(0, cut);
      const std::string body = bytes.substr(cut);
      Attempt attempt(operation.method, operation.path);
      if (const auto judged = judge(attempt.query(query).body(body)); judged) by_preimage[judged->preimage].push_back(*judged);
    }
  }
  std::size_t shared = 0;
  for (const auto& [preimage, group] : by_preimage) {
    for (const auto& a : group) {
      for (const auto& b : group) {
        EXPECT_EQ(a.params, b.params) << preimage;
        if (!is_listed(b)) {
          EXPECT_TRUE(a.reachable.has(b.operation_class))
              << a.method << ' ' << a.path << " reaches " << b.method << ' ' << b.path;
        }
        if (a.path != b.path || a.method != b.method) ++shared;
      }
    }
  }
  EXPECT_GT(shared, 100U) << "the test met no shared preimages";
}

TEST(BinanceProperty, NoPreimageBeginsWithAZeroByte) {
  Random random(5);
  for (int round = 0; round < 2000; ++round) {
    const Operation& operation = random.operation();
    std::string query = form(random.params(operation));
    std::string body = random.below(2) == 0 ? "" : "x=1";
    if (!query.empty() && random.below(2) == 0) query[0] = '\0';
    if (!body.empty() && random.below(2) == 0) body[0] = '\0';
    Attempt attempt(operation.method, operation.path);
    if (!attempt.query(query).body(body).canonicalise().ok()) continue;
    ASSERT_FALSE(attempt.draft.preimage.empty());
    ASSERT_NE(attempt.draft.preimage.front(), '\0');
  }
}

// The judgement against the plain definition: for every split of the signed bytes, read both parts as a lenient server would, and
// look for rows whose demands are met.
TEST(BinanceProperty, ReachableIsNoLessThanWhatEverySplitMeets) {
  Random random(6);
  const auto rows = rest_operations();
  const auto collisions = binance().collisions;
  const auto add_names = [](std::string_view part, std::vector<std::string>& names) {
    while (!part.empty()) {
      const auto end = std::min(part.find('&'), part.size());
      const auto pair = part.substr(0, end);
      if (const auto equals = pair.find('='); equals != std::string_view::npos && equals + 1 < pair.size()) {
        std::string buffer(equals, '\0');
        BoundedWriter out(buffer);
        if (encode::form_decode(pair.substr(0, equals), out)) names.emplace_back(out.written());
      }
      part.remove_prefix(std::min(end + 1, part.size()));
    }
  };
  for (int round = 0; round < 60; ++round) {
    const Operation& operation = random.operation();
    const std::string query = form(random.params(operation));
    Attempt attempt(operation.method, operation.path);
    const auto judged = judge(attempt.query(query));
    ASSERT_TRUE(judged);
    for (std::size_t cut = 0; cut <= judged->preimage.size(); ++cut) {
      std::vector<std::string> names;
      add_names(std::string_view(judged->preimage).substr(0, cut), names);
      add_names(std::string_view(judged->preimage).substr(cut), names);
      for (const auto& row : rows) {
        const auto needed = words(row.required);
        const bool is_met = std::ranges::all_of(needed, [&](auto name) { return std::ranges::find(names, name) != names.end(); });
        const bool is_listed =
            std::ranges::any_of(collisions, [&](const Collision& c) { return c.method == row.method && c.path == row.path; });
        if (is_met && !is_listed) {
          ASSERT_TRUE(judged->reachable.has(row.operation_class)) << query << " reaches " << show(row);
        }
      }
    }
  }
}

}  // namespace
}  // namespace custos::exchange::testing
