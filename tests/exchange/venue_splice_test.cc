// No request of class read or trade can be spliced into the bytes of a dangerous one: for every sample of another class, each
// harmless row is given just the query or body that would make what it signs the same.
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "exchange/venue_case.h"
#include "support/sanitizers.h"

namespace custos::exchange::testing {
namespace {

using enum facts::OperationClass;

constexpr std::int64_t kNowMs = 1'700'000'000'000;
constexpr facts::ClassSet kHarmless{read, trade};

class VenueSplices : public ::testing::TestWithParam<const Venue*> {
 protected:
  struct Signed {
    std::string preimage;
    facts::ClassSet reachable;
    bool warned = false;
  };

  [[nodiscard]] const Venue& venue() const { return *GetParam(); }

  std::optional<Signed> sign(Json request) {
    request["now_ms"] = kNowMs;
    if (!request.contains("timestamp_ms")) request["timestamp_ms"] = kNowMs;
    request["nonce"] = nonce_for(request.value("path", ""));
    if (request["nonce"] == "") request.erase("nonce");
    VenueCase made(venue(), key_, request);
    if (!made.canonicalise().ok()) return std::nullopt;
    return Signed{std::string(made.draft.preimage), made.draft.facts.reachable, made.draft.warning_count != 0};
  }

  // times are the moment of the samples, and those whose digits are the first of its digits, as milliseconds and as seconds. A
  // sanitizer looks at how bytes are reached, not at which: one moment will do for it.
  static std::vector<std::int64_t> times() {
    std::vector<std::int64_t> list{kNowMs};
    if (test::kSanitized) return list;
    for (std::int64_t time = kNowMs / 10; time > 0; time /= 10) list.insert(list.end(), {time, time * 1000});
    return list;
  }

 private:
  [[nodiscard]] std::string nonce_for(const std::string& path) const {
    const auto scheme = std::ranges::find_if(
        venue().schemes, [&](const Scheme& one) { return one.kind == RequestKind::rest && path.starts_with(one.select); });
    switch (scheme == venue().schemes.end() ? NonceRule::none : scheme->nonce) {
      case NonceRule::rising_ms: return "1700000000000";
      case NonceRule::rising_us: return "1700000000000000";
      case NonceRule::uuid: return "0d5f6a1c-2b3c-4d5e-8f90-123456789abc";
      case NonceRule::hex: return "0123456789abcdef0123456789abcdef";
      default: return "";
    }
  }

  TestKey key_{venue(), throwaway_credential(venue())};
};

// first_name is a parameter that a row takes, or any where it lists none.
std::string first_name(const Operation& row) {
  std::string names = std::string(row.required) + ' ' + std::string(row.optional);
  std::erase(names, '*');
  const std::size_t begin = names.find_first_not_of(' ');
  return begin == std::string::npos ? "zq" : names.substr(begin, names.find(' ', begin) - begin);
}

std::string concrete(std::string_view pattern, const std::string& segment) {
  std::string path(pattern);
  for (std::size_t at = path.find("{}"); at != std::string::npos; at = path.find("{}", at)) path.replace(at, 2, segment);
  return path;
}

TEST_P(VenueSplices, NoHarmlessRequestSignsADangerousOnesBytes) {
  std::vector<Signed> dangerous;
  const Json samples = load_json("operations/" + std::string(venue().name) + ".json").at("rows");
  for (Json sample : samples) {
    if (sample.value("kind", "rest") != "rest" || sample.contains("algorithm")) continue;
    sample.erase("timestamp_ms");
    const auto made = sign(sample);
    if (made && !kHarmless.has_all(made->reachable)) dangerous.push_back(*made);
  }
  for (const Operation& row : venue().operations) {
    if (row.method == "WS" || row.method == "FIX" || !kHarmless.has(row.operation_class)) continue;
    const std::string name = first_name(row);
    for (const char* segment : {"x1", "1", "withdraw"}) {
      const std::string path = concrete(row.path, segment);
      for (const std::int64_t time : times()) {
        for (const auto& [part, mark] : {std::pair<const char*, std::string>{"query", name + "=8Z8"},
                                         {"body", name + "=8Z8"},
                                         {"body", "{\"" + name + "\":\"8Z8\"}"}}) {
          Json request{{"method", row.method}, {"path", path}, {"timestamp_ms", time}, {part, mark}};
          const auto marked = sign(request);
          const std::size_t at = marked ? marked->preimage.find(mark) : std::string::npos;
          if (at == std::string::npos) continue;  // refused, or only its digest is signed
          const std::string before = marked->preimage.substr(0, at), behind = marked->preimage.substr(at + mark.size());
          for (const Signed& aim : dangerous) {
            const bool fits = aim.preimage.size() >= before.size() + behind.size() && aim.preimage.starts_with(before) &&
                              aim.preimage.ends_with(behind);
            if (!fits) continue;
            request[part] = aim.preimage.substr(at, aim.preimage.size() - before.size() - behind.size());
            const auto spliced = sign(request);
            if (!spliced || spliced->preimage != aim.preimage || spliced->warned) continue;
            EXPECT_TRUE(spliced->reachable.has_all(aim.reachable)) << request.dump() << "\nsigns " << aim.preimage;
          }
        }
      }
      if (path == row.path) break;  // no pattern
    }
  }
}

std::string name_of(const ::testing::TestParamInfo<const Venue*>& info) {
  std::string name(info.param->name);
  std::ranges::replace(name, '-', '_');
  return name;
}
// A venue that signs a digest leaves no bytes to splice.
std::vector<const Venue*> venues_that_sign_text() {
  std::vector<const Venue*> list;
  std::ranges::copy_if(venues(), std::back_inserter(list), [](const Venue* venue) { return !venue->signs_digest; });
  return list;
}
INSTANTIATE_TEST_SUITE_P(Every, VenueSplices, ::testing::ValuesIn(venues_that_sign_text()), name_of);

}  // namespace
}  // namespace custos::exchange::testing
