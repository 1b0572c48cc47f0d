// VenueCase: one request of a venue's data files, made, judged and signed in software.
#pragma once

#include <deque>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "authorise/grants.h"
#include "exchange/venue.h"
#include "software/engine.h"

namespace custos::exchange::testing {

using Json = nlohmann::json;

// load_json reads a file below tests/data, which must be there.
[[nodiscard]] Json load_json(const std::string& path);

// LocalNonces counts in this process.
class LocalNonces final : public NonceSource {
 public:
  std::uint64_t next(std::uint64_t clock) noexcept override { return last_ = std::max(clock, last_ + 1); }
  bool take(std::uint64_t nonce) noexcept override {
    if (nonce <= last_) return false;
    last_ = nonce;
    return true;
  }

 private:
  std::uint64_t last_ = 0;
};

// TestKey is a credential of a data file: {"algorithm","api_key","secret","passphrase"}.
struct TestKey {
  TestKey(const Venue& venue, const Json& credential);

  std::string algorithm, api_key, passphrase;
  std::size_t signature_size = 0;
  Bytes public_key;
  std::shared_ptr<software::Engine> engine;
};

// VenueCase owns all that the views of its request name.
class VenueCase {
 public:
  // `request` has the names of a JSONL line. The clock stands at the request's timestamp.
  VenueCase(const Venue& of, const TestKey& key, const Json& request);
  VenueCase(const Venue& of, TestKey&& key, const Json& request) = delete;  // it keeps a reference
  VenueCase(const VenueCase&) = delete;
  VenueCase& operator=(const VenueCase&) = delete;

  SignStatus canonicalise() { return venue.canonicalise(venue, view, context, draft); }
  // sign canonicalises, signs the preimage and places the signature.
  SignStatus sign();
  // is_granted asks the authoriser about the facts.
  [[nodiscard]] bool is_granted(facts::ClassSet granted) const;
  [[nodiscard]] std::string explain(const SignStatus& status) const { return exchange::explain(status, draft); }
  [[nodiscard]] std::vector<std::string> warnings() const;

  const Venue& venue;
  const TestKey& key;
  RequestView view;
  CanonicalContext context;
  Draft draft{256 * 1024};

 private:
  std::string_view keep(std::string text) { return texts_.emplace_back(std::move(text)); }
  std::string_view text(const Json& request, const char* name);
  std::vector<NameValue> pairs(const Json& request, const char* name);

  std::deque<std::string> texts_;
  std::vector<NameValue> params_, headers_;
  LocalNonces nonces_;
};

// throwaway_credential makes a credential of a venue whose key is worth nothing, for requests that have no vector.
[[nodiscard]] Json throwaway_credential(const Venue& venue);

}  // namespace custos::exchange::testing
