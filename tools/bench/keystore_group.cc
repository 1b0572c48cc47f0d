// Growth of the software keystore: opening it, listing it and signing the first time with one of its keys.
#include <malloc.h>

#include <array>

#include "base/clock.h"
#include "software/software_backend.h"
#include "tools/bench/groups.h"
#include "tools/bench/interrupt.h"
#include "tools/bench/resident_memory.h"
#include "tools/bench/sample_keystore.h"
#include "tools/bench/sample_message.h"
#include "tools/bench/tick_clock.h"

namespace custos::bench {
namespace {

using software::SoftwareBackend;

constexpr std::size_t kMessageSize = 150;
constexpr std::string_view kPassphrase = "custos-bench";

// Sample is a keystore that stands in a file.
struct Sample {
  software::KeystoreConfig config;
  key::KeyId key;  // one of its keys
  std::size_t size;
};

Result<std::shared_ptr<SoftwareBackend>> open(const Sample& sample) {
  const auto passphrase = [](auto) { return SecretBytes::copy_of(as_bytes(kPassphrase)); };
  const auto no_sealer = [](const auto&) -> Result<std::shared_ptr<key::Sealer>> {
    return fail(Errc::internal, Origin::none, "the benchmark's keystore holds no sealed keys");
  };
  auto backend = SoftwareBackend::open(sample.config, passphrase, no_sealer, Clock::system());
  if (!backend) return backend;
  if (auto state = (*backend)->state(); !state) return state.failure();
  return backend;
}

Result<void> sign_first(SoftwareBackend& backend, const key::KeyId& id) {
  const SampleMessage message(kMessageSize);
  std::array<std::uint8_t, 32> mac{};
  auto key = backend.prepare(id, key::Algorithm::hmac_sha256, 0);
  if (!key) return key.failure();
  if ((*key)->sign(message.view(), mac, std::nullopt).ok()) return {};
  return fail(Errc::internal, Origin::key, "the benchmark's keystore did not sign");
}

// measure_once opens the keystore anew. Memory is what stays taken: what was freed before and meanwhile is given back.
Result<KeystoreSize> measure_once(const Sample& sample) {
  KeystoreSize seen;
  seen.keys = sample.size;
  ::malloc_trim(0);
  const double before = resident_mib();
  Result<std::shared_ptr<SoftwareBackend>> backend = fail(Errc::internal, Origin::none, {});
  seen.open_ms = 1000 * seconds_of([&] { backend = open(sample); });
  if (!backend) return backend.failure();
  ::malloc_trim(0);
  seen.resident_mib = resident_mib() - before;

  Result<std::vector<key::StoredKey>> keys = fail(Errc::internal, Origin::none, {});
  seen.list_ms = 1000 * seconds_of([&] { keys = (*backend)->list(); });
  if (!keys) return keys.failure();
  if (keys->size() != sample.size) return fail(Errc::internal, Origin::none, "the benchmark's keystore lists other keys");

  if (auto unlocked = (*backend)->unlock(); !unlocked) return unlocked.failure();
  Result<void> is_signed;
  seen.first_sign_ms = 1000 * seconds_of([&] { is_signed = sign_first(**backend, sample.key); });
  if (!is_signed) return is_signed.failure();
  return seen;
}

// measure gives the median of each figure.
Result<KeystoreSize> measure(const Sample& sample, const Run& run) {
  std::vector<KeystoreSize> all;
  for (std::size_t i = 0; i < run.effort.repetitions && !(i > 0 && interrupted()); ++i) {
    auto seen = measure_once(sample);
    if (!seen) return seen;
    all.push_back(*seen);
  }
  const auto middle = [&](double KeystoreSize::* figure) {
    std::vector<double> values;
    values.reserve(all.size());
    for (const KeystoreSize& each : all) values.push_back(each.*figure);
    return median(std::move(values));
  };
  return KeystoreSize{sample.size, middle(&KeystoreSize::open_ms), middle(&KeystoreSize::list_ms),
                      middle(&KeystoreSize::first_sign_ms), middle(&KeystoreSize::resident_mib)};
}

}  // namespace

Result<void> run_keystore_group(const Run& run) {
  auto home = TemporaryHome::make();
  if (!home) return home.failure();
  auto passphrase = SecretBytes::copy_of(as_bytes(kPassphrase));
  if (!passphrase) return passphrase.failure();
  const key::KeyId id = key::KeyId::random();
  for (const std::size_t size : {std::size_t{1}, std::size_t{1'000}, kManyKeys}) {
    if (interrupted() || size > run.effort.keys) break;
    run.progress.show("keystore", std::to_string(size) + " keys", size, run.effort.keys);
    Sample sample{{.file = home->path() / "keystore", .home_id = id.text(), .provider = {}}, {}, size};
    auto key = write_sample_keystore(sample.config.file, id, *passphrase, size);
    if (!key) return key.failure();
    sample.key = *key;
    auto seen = measure(sample, run);
    if (!seen) return seen.failure();
    run.report.keystore.push_back(*seen);
  }
  return {};
}

}  // namespace custos::bench
