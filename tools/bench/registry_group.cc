// Growth with the registry: preparing a signer and signing beside 1, 100 and 10,000 credentials.
#include "registry/registry.h"
#include "tools/bench/closed_loop.h"
#include "tools/bench/groups.h"
#include "tools/bench/interrupt.h"
#include "tools/bench/request_subject.h"
#include "tools/bench/resident_memory.h"
#include "tools/bench/tick_clock.h"

namespace custos::bench {
namespace {

using registry::Change;

constexpr int kPreparations = 5;
constexpr double kLongestFillSeconds = 60;  // rows are sealed by the token, one HMAC each

// put_stranger writes one more credential, whose key exists in the registry alone.
Result<void> put_stranger(Change& change, std::size_t number, const std::string& token) {
  const std::string name = "stranger-" + std::to_string(number);
  registry::KeyRow key;
  key.id = key::KeyId::random().text();
  key.name = name;
  key.token = token;
  key.algorithm = "hmac-sha256";
  key.purpose = "venue:binance";
  key.origin = "imported";
  key.state = "active";
  key.recoverability = "none";
  registry::CredentialRow credential;
  credential.id = key::KeyId::random().text();
  credential.label = name;
  credential.venue = "binance";
  credential.environment = "live";
  credential.status = "approved";
  credential.grants = "read,trade";
  registry::CredentialVersionRow version;
  version.credential_id = credential.id;
  version.api_key = name;
  version.key_id = key.id;
  version.role = "current";
  if (auto put = change.put(key); !put) return put;
  if (auto put = change.put(registry::CopyRow{key.id, token, "pkcs11:object=" + name, "device", 0}); !put) return put;
  if (auto put = change.put(credential); !put) return put;
  return change.put(version);
}

// fill adds credentials up to `wanted` in one change.
Result<void> fill(Workbench& bench, std::size_t have, std::size_t wanted) {
  auto& home = *bench.custodian().impl();
  return home.registry->change(home.actor, [&](Change& change) -> Result<void> {
    for (std::size_t i = have; i < wanted; ++i) {
      if (auto put = put_stranger(change, i, bench.token().name); !put) return put;
    }
    return change.record("bench.filled", "registry", std::to_string(have), std::to_string(wanted));
  });
}

Result<RegistrySize> measure(Workbench& bench, const Run& run, std::size_t credentials) {
  RegistrySize seen;
  seen.credentials = credentials;
  std::vector<double> times;
  std::shared_ptr<const RequestSigner> signer;
  for (int i = 0; i <= kPreparations; ++i) {
    Result<RequestSigner> prepared = fail(Errc::internal, Origin::none, {});
    const double taken = seconds_of([&] { prepared = bench.custodian().prepare_request_signer(Workbench::kArmed); });
    if (!prepared) return prepared.failure();
    times.push_back(1000 * taken);
    signer = std::make_shared<const RequestSigner>(*std::move(prepared));
  }
  seen.first_prepare_ms = times.front();
  seen.prepare_ms = median({times.begin() + 1, times.end()});
  const SubjectFactory make = [&] { return std::make_unique<RequestSubject>(signer); };
  const Repetition signing = run_closed_loop(make, 1, run.effort.closed_loop, Rearming::counted);
  seen.sign_p50_ns = static_cast<double>(signing.latency.percentile(0.5));
  seen.resident_mib = resident_mib();
  return seen;
}

}  // namespace

Result<void> run_registry_group(Workbench& bench, const Run& run) {
  std::size_t have = 1;
  double seconds_per_credential = 0;
  for (const std::size_t wanted : {std::size_t{1}, std::size_t{100}, run.effort.credentials}) {
    if (interrupted()) break;
    const auto missing = static_cast<double>(wanted - have);
    if (seconds_per_credential * missing > kLongestFillSeconds) {
      run.report.notes.push_back("registry of " + std::to_string(wanted) + " credentials: left out, the token seals too slowly");
      break;
    }
    run.progress.show("registry", std::to_string(wanted) + " credentials", have, run.effort.credentials);
    if (wanted > have) {
      Result<void> filled;
      seconds_per_credential = seconds_of([&] { filled = fill(bench, have, wanted); }) / missing;
      if (!filled) return filled;
    }
    have = wanted;
    auto seen = measure(bench, run, wanted);
    if (!seen) return seen.failure();
    run.report.registry.push_back(*seen);
  }
  return {};
}

}  // namespace custos::bench
