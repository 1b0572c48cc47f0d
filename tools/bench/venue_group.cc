// A whole order of each venue in software: canonicalise, authorise, MAC, place.
#include <algorithm>

#include "authorise/grants.h"
#include "exchange/operation_index.h"
#include "exchange/venue.h"
#include "hash/hmac_key.h"
#include "key/algorithm.h"
#include "tools/bench/closed_loop.h"
#include "tools/bench/groups.h"
#include "tools/bench/plan.h"
#include "tools/bench/venue_samples.h"

namespace custos::bench {
namespace {

// Counter is a credential's nonces where no other process takes any.
class Counter final : public exchange::NonceSource {
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

class VenueSubject final : public Subject {
 public:
  VenueSubject(const VenueSample& sample, const exchange::Venue& venue, const hash::HmacKey& key)
      : venue_(venue), key_(key), size_(hash::digest_size(key.algorithm())) {
    venue.index(venue);
    request_.method = sample.method;
    request_.path = sample.path;
    request_.query = sample.query;
    request_.body = sample.body;
    request_.params = sample.params;
    context_.credential = "main";
    context_.environment = "live";
    context_.api_key = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A";
    context_.passphrase = "phrase-1";
    context_.algorithm = sample.algorithm;
    context_.signature_size = size_;
    context_.nonces = &nonces_;
  }

  bool sign() noexcept override {
    context_.now_ms = ++clock_ms_;
    if (!venue_.canonicalise(venue_, request_, context_, draft_).ok()) return false;
    const authorise::Intent intent(draft_.facts);
    if (grants_.authorise(draft_.facts, intent, {}).verdict != authorise::Decision::Verdict::allow) return false;
    const auto mac = std::span(mac_).first(size_);
    key_.mac(as_bytes(draft_.preimage), mac);
    return venue_.place(venue_, mac, context_, draft_).ok();
  }

 private:
  const exchange::Venue& venue_;
  const hash::HmacKey& key_;
  const std::size_t size_;
  RequestView request_;
  exchange::CanonicalContext context_;
  Counter nonces_;
  const authorise::Grants grants_{{facts::OperationClass::read, facts::OperationClass::trade, facts::OperationClass::manage}, 1};
  exchange::Draft draft_{SignedRequest::kDefaultCapacity};
  std::array<std::uint8_t, 64> mac_{};
  std::int64_t clock_ms_ = 1'700'000'000'000;
};

}  // namespace

Result<void> run_venue_group(const Run& run) {
  constexpr std::array<std::uint8_t, 64> kSecret{0x4b, 0x1d, 0x7e, 0x92};  // what it is does not change the time
  auto secret = SecretBytes::copy_of(kSecret);
  if (!secret) return secret.failure();
  std::vector<hash::HmacKey> keys;
  for (const auto algorithm : {hash::Algorithm::sha256, hash::Algorithm::sha384, hash::Algorithm::sha512}) {
    auto key = hash::HmacKey::make(algorithm, *secret);
    if (!key) return key.failure();
    keys.push_back(*std::move(key));
  }

  std::vector<Case> cases;
  for (const VenueSample& sample : venue_samples()) {
    const exchange::Venue* venue = exchange::find_venue(sample.venue);
    const auto algorithm = key::parse_algorithm(sample.algorithm);
    if (venue == nullptr || !algorithm) return fail(Errc::internal, Origin::none, "no venue " + std::string(sample.venue));
    const hash::HmacKey& key = *std::ranges::find(keys, key::facts_of(*algorithm).hash, &hash::HmacKey::algorithm);
    const SubjectFactory make = [&sample, venue, &key] { return std::make_unique<VenueSubject>(sample, *venue, key); };
    if (!make()->sign()) return fail(Errc::internal, Origin::none, "the sample of " + std::string(sample.venue) + " is refused");
    const std::string title = std::string(venue->title) + ", " + std::string(sample.method) + ' ' + std::string(sample.path);
    cases.push_back({Measurement{"venues", std::string(sample.venue), title},
                     [make, &run] { return run_closed_loop(make, 1, run.effort.call, Rearming::counted); }});
  }
  run_cases(std::move(cases), run.effort.repetitions, run.progress, run.report);
  return {};
}

}  // namespace custos::bench
